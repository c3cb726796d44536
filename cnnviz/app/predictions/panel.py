"""The Predictions panel: every image of the subset, and what the network says of it."""

from typing import Final

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QCheckBox, QComboBox, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.predictions.model import (
    Arrangement,
    Column,
    PredictionsModel,
    SortKey,
    counts,
)
from cnnviz.app.predictions.table import PredictionTable
from cnnviz.app.selection import Selection
from cnnviz.app.widgets.fixed_size_label import SteadyLabel
from cnnviz.app.widgets.frame_panel import FramePanel
from cnnviz.numerics.number_format import percent
from cnnviz.training.loop.frame import Frame
from cnnviz.training.run.predictions import Predictions

REFRESH_INTERVAL: Final = 400
"""Milliseconds between changes of the numbers, and of the order, while training runs."""
_MANY: Final = 10_000
"""Images from which on the counts leave no room for the word beside them."""
_ORDERS: Final[tuple[tuple[str, SortKey, bool], ...]] = (
    ("index", "index", False),
    ("index, last first", "index", True),
    ("error, largest first", "error", True),
    ("error, smallest first", "error", False),
    ("output, largest first", "output", True),
    ("output, smallest first", "output", False),
)
"""What can be chosen: words, sort key, whether the largest comes first; the usual one first."""
_KEYS: Final[dict[int, SortKey]] = {
    Column.INDEX: "index",
    Column.OUTPUT: "output",
    Column.ERROR: "error",
}


class PredictionsPanel(FramePanel):
    """A table of all predictions, that can be sorted and narrowed down to the wrong ones."""

    def __init__(self, selection: Selection, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(REFRESH_INTERVAL, parent)
        self._selection = selection
        self._images = 0
        self._seek_selected = True
        self.model = PredictionsModel(self)
        self.table = PredictionTable(self.model, style)
        self.table.image_chosen.connect(selection.select_image)
        self.table.scrolling_ended.connect(self._draw_newest)
        self.table.horizontalHeader().sectionClicked.connect(self._sort_by_column)
        selection.image_changed.connect(self._follow)
        self._make_words()
        self._make_controls()
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

    def _make_words(self) -> None:
        self.summary, self.confusion = SteadyLabel(), SteadyLabel()
        self.confusion.setProperty("muted", True)
        self.nothing = QLabel()
        self.nothing.setProperty("muted", True)
        self.nothing.setWordWrap(True)
        self.nothing.hide()

    def _make_controls(self) -> None:
        self.order_title = QLabel("Sort by")
        self.order = QComboBox()
        self.order.addItems([words for words, _, _ in _ORDERS])
        self.order.setAccessibleName("Sort by")
        self.order.setToolTip("While training runs, the order is renewed a few times a second")
        self.order.currentIndexChanged.connect(self._rearrange)
        self.wrong_only = QCheckBox("Wrong only")
        self.wrong_only.setToolTip("List only the images that the network gets wrong")
        self.wrong_only.toggled.connect(self._rearrange)
        for control in (self.order, self.wrong_only):
            # A click must not take the keyboard from the window: Space and the arrows go on.
            control.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID, 0, GRID // 2, GRID)
        column.setSpacing(GRID // 2)
        column.addWidget(self.summary)
        column.addWidget(self.confusion)
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(self.order_title)
        row.addWidget(self.order, 1)
        column.addLayout(row)
        column.addWidget(self.wrong_only)
        column.addWidget(self.nothing)
        column.addWidget(self.table, 1)

    def _draw(self, frame: Frame) -> None:
        """Draw a frame; while the user scrolls, the rows keep their order."""
        self._show(frame, rearrange=not (frame.running and self.table.scrolling))

    def _show(self, frame: Frame, *, rearrange: bool) -> None:
        predictions = frame.predictions
        self._say(predictions)
        if len(predictions.output) != self._images:
            self._images = len(predictions.output)
            self.table.fit_columns(self._images)
        with self.table.showing():
            self.model.show(frame.dataset, predictions, self._arrangement(), rearrange=rearrange)
        self.nothing.setVisible(self.model.rowCount() == 0)
        self.table.show_image(self._shown_image(frame), scroll=self._seek_selected)
        self._seek_selected = False

    def _say(self, predictions: Predictions) -> None:
        c = counts(predictions)
        if predictions.accuracy != predictions.accuracy:
            self.summary.say("undefined")
            self.confusion.say(f"{c.images:,} images, none has an output\n")
            self.nothing.setText("No output, so none that is wrong.")
            return
        right = ":" if c.images >= _MANY else " right,"
        self.summary.say(f"{c.right:,} of {c.images:,}{right} {percent(c.right / c.images)}")
        self.confusion.say(
            f"of digits ≤ 4: {c.low - c.low_wrong:,} of {c.low:,} right\n"
            f"of digits > 4: {c.high - c.high_wrong:,} of {c.high:,} right"
        )
        self.nothing.setText("Every image is right.")

    def _arrangement(self) -> Arrangement:
        _, key, descending = _ORDERS[self.order.currentIndex()]
        return Arrangement(key, descending, self.wrong_only.isChecked())

    def _shown_image(self, frame: Frame) -> int:
        """Return the selected image, or the one that is shown in its place."""
        image = self._selection.image
        return image if image < len(frame.predictions.output) else frame.image.index

    @Slot()
    def _rearrange(self) -> None:
        """List other images, or in another order, from the top."""
        if self._frame is not None:
            self._show(self._frame, rearrange=True)
            self.table.scrollToTop()

    @Slot(int)
    def _sort_by_column(self, column: int) -> None:
        """Sort by a column whose title was pressed; by the same, the other way round."""
        if column not in _KEYS:
            return
        usual = [i for i, (_, key, _) in enumerate(_ORDERS) if key == _KEYS[column]]
        now = self.order.currentIndex()
        self.order.setCurrentIndex(usual[1] if now == usual[0] else usual[0])

    @Slot(int)
    def _follow(self, image: int) -> None:
        """Show that an image was selected, here or elsewhere."""
        if self._frame is None or not self.isVisible():
            self._seek_selected = True
            return
        shown = self.model.row_of(image) == self.table.currentIndex().row()
        self.table.show_image(image, scroll=not shown)
