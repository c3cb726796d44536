"""The Predictions panel: every image of the subset with the network's output."""

from dataclasses import replace
from math import isnan
from typing import Final

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.predictions.model import (
    Arrangement,
    PredictionColumn,
    PredictionsModel,
    counts,
)
from cnnviz.app.predictions.table import PredictionTable
from cnnviz.app.selection import Selection
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.fixed_size_label import FixedSizeLabel
from cnnviz.app.widgets.frame_panel import FramePanel
from cnnviz.app.widgets.wheel_focus import require_focus_for_wheel
from cnnviz.numerics.number_format import percent
from cnnviz.training.loop.frame import Frame
from cnnviz.training.run.predictions import Predictions

REFRESH_INTERVAL: Final = 400
"""Milliseconds between changes of the numbers, and of the order, while training runs."""
_MANY: Final = 10_000
"""Images from which on the counts leave no room for the word beside them."""
_ORDERS: Final = (
    ("index", Arrangement("index")),
    ("index, last first", Arrangement("index", descending=True)),
    ("error, largest first", Arrangement("error", descending=True)),
    ("error, smallest first", Arrangement("error")),
    ("output, largest first", Arrangement("output", descending=True)),
    ("output, smallest first", Arrangement("output")),
)
"""The choices of an order; the first one of a column is what a click on its title chooses."""
_KEYS: Final = {
    PredictionColumn.INDEX: "index",
    PredictionColumn.OUTPUT: "output",
    PredictionColumn.ERROR: "error",
}


class PredictionsPanel(FramePanel):
    """A table of all predictions, or of the wrong ones, in an order of choice."""

    def __init__(self, selection: Selection, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(REFRESH_INTERVAL, parent)
        self._selection = selection
        self._images = 0
        self._scroll_to_selected = True
        self.model = PredictionsModel(self)
        self.table = PredictionTable(self.model, style)
        self.table.image_chosen.connect(selection.select_image)
        self.table.scrolling_ended.connect(self._draw_newest)
        self.table.horizontalHeader().sectionClicked.connect(self._sort_by_column)
        selection.image_changed.connect(self._follow)
        self._create_widgets()
        self._lay_out()
        self.set_style(style)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        head = style.scaled(1.1).body_font
        head.setBold(True)
        for widget in (self.order_title, self.order, self.wrong_only, self.nothing):
            widget.setFont(style.body_font)
        self.confusion.setFont(style.scaled(0.9).body_font)
        self.summary.setFont(head)
        self.table.set_style(style)
        self.table.fit_columns(self._images)

    def _create_widgets(self) -> None:
        self.summary, self.confusion = FixedSizeLabel(), FixedSizeLabel()
        self.confusion.setProperty("muted", True)
        self.nothing = QLabel(wordWrap=True)
        self.nothing.setProperty("muted", True)
        self.nothing.hide()
        self.order_title = QLabel("Sort by")
        self.order = QComboBox()
        require_focus_for_wheel(self.order)
        self.order.addItems([text for text, _ in _ORDERS])
        self.order.setAccessibleName("Sort by")
        self.order.setToolTip("While training runs, the order is updated a few times a second")
        self.order.currentIndexChanged.connect(self._rearrange)
        self.wrong_only = QCheckBox("Wrong only")
        self.wrong_only.setToolTip("List only the images with a wrong prediction")
        self.wrong_only.toggled.connect(self._rearrange)
        for control in (self.order, self.wrong_only):
            # A click leaves the keyboard to the window: Space and the arrows control the run.
            control.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def _lay_out(self) -> None:
        order = QHBoxLayout()
        fill_box(order, self.order_title, self.order, stretched=self.order)
        fill_box(
            QVBoxLayout(self),
            *(self.summary, self.confusion, order, self.wrong_only, self.nothing, self.table),
            stretched=self.table,
            spacing=GRID // 2,
            margins=(GRID, 0, GRID // 2, GRID),
        )

    def _draw(self, frame: Frame) -> None:
        """Draw a frame; while the person scrolls, the rows keep their images."""
        self._show(frame, rearrange=not (frame.running and self.table.scrolling))

    def _show(self, frame: Frame, *, rearrange: bool) -> None:
        predictions = frame.predictions
        self._show_counts(predictions)
        if len(predictions.output) != self._images:
            self._images = len(predictions.output)
            self.table.fit_columns(self._images)
        _, order = _ORDERS[self.order.currentIndex()]
        arrangement = replace(order, wrong_only=self.wrong_only.isChecked())
        with self.table.updating():
            self.model.show(frame.dataset, predictions, arrangement, rearrange=rearrange)
        self.nothing.setVisible(self.model.rowCount() == 0)
        selected = self._selection.image
        image = selected if selected < self._images else frame.image.index
        self.table.show_image(image, scroll=self._scroll_to_selected)
        self._scroll_to_selected = False

    def _show_counts(self, predictions: Predictions) -> None:
        c = counts(predictions)
        images, correct = c.low + c.high, c.low_correct + c.high_correct
        if isnan(predictions.accuracy):
            self.summary.setText("undefined")
            self.confusion.setText(f"{images:,} images, none has an output\n")
            self.nothing.setText("No image has an output, so none is wrong.")
            return
        word = ":" if images >= _MANY else " correct,"
        self.summary.setText(f"{correct:,} of {images:,}{word} {percent(correct / images)}")
        self.confusion.setText(
            f"digits ≤ 4: {c.low_correct:,} of {c.low:,} correct\n"
            f"digits > 4: {c.high_correct:,} of {c.high:,} correct"
        )
        self.nothing.setText("Every prediction is correct.")

    @Slot()
    def _rearrange(self) -> None:
        """List other images, or in another order, from the top."""
        if self._frame is not None:
            self._show(self._frame, rearrange=True)
            self.table.scrollToTop()

    @Slot(int)
    def _sort_by_column(self, column: int) -> None:
        """Sort by the clicked column; reverse the order if it is sorted by that already."""
        if column in _KEYS:
            key = _KEYS[PredictionColumn(column)]
            first, second = (i for i, (_, order) in enumerate(_ORDERS) if order.key == key)
            self.order.setCurrentIndex(second if self.order.currentIndex() == first else first)

    @Slot(int)
    def _follow(self, image: int) -> None:
        """Select the row of the image that was selected, here or elsewhere."""
        if self._frame is None or not self.isVisible():
            self._scroll_to_selected = True
            return
        is_shown = self.model.row_of(image) == self.table.currentIndex().row()
        self.table.show_image(image, scroll=not is_shown)
