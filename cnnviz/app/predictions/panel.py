"""The Predictions panel: every image of the subset with the network's output."""

from dataclasses import replace
from math import isnan
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QByteArray, Qt, Signal, Slot
from PySide6.QtGui import QFontMetrics, QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.predictions.model import (
    Arrangement,
    PredictionColumn,
    PredictionsModel,
    are_correct,
    are_listed,
    by_digit,
    counts,
)
from cnnviz.app.predictions.plot_area import PlotArea
from cnnviz.app.predictions.swarm import Outputs, Region, positions
from cnnviz.app.predictions.table import PredictionTable
from cnnviz.app.selection import Selection
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.eliding_combo_box import ElidingComboBox
from cnnviz.app.widgets.fixed_size_label import FixedSizeLabel
from cnnviz.app.widgets.flow_layout import FlowLayout
from cnnviz.app.widgets.frame_panel import FramePanel
from cnnviz.app.widgets.held_out_text import held_out_words
from cnnviz.app.widgets.named_choice import name_choice
from cnnviz.app.widgets.segmented_control import Segment, SegmentedControl
from cnnviz.app.widgets.throttle import Throttle
from cnnviz.app.widgets.wheel_focus import require_focus_for_wheel
from cnnviz.data.dataset import Dataset
from cnnviz.numerics.number_format import percent
from cnnviz.training.loop.frame import Frame
from cnnviz.training.run.predictions import OutsideImage, Predictions

REFRESH_INTERVAL: Final = 400
"""Milliseconds between changes of the numbers, and of the order, while training runs."""
PLOT_INTERVAL: Final = 90
"""Milliseconds between drawings of the plot while training runs: with every third frame."""
_HELD_OUT: Final = 1
"""The segment of held-out images."""
_SHARES: Final = 2_000, 3_000
"""Heights of the plot and the table at the start; only their ratio counts."""
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
    """A plot of all predictions, and a table of them or of those that are filtered."""

    export_requested = Signal(object)
    """Carries an `Export` of the plot."""
    hold_out_requested = Signal(bool)
    """States are to be evaluated on images that are not trained on."""
    outside_requested = Signal(object)
    """Carries a held-out image to show, an `OutsideImage`."""

    def __init__(self, selection: Selection, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(REFRESH_INTERVAL, parent)
        self._selection = selection
        self._images = 0
        self._scroll_to_selected = True
        self._awaited = 0
        self._newest: Frame | None = None
        self._region: Region | None = None
        self._dataset: Dataset | None = None
        self._across: NDArray[np.float64] = np.empty(0)
        self._plotted: Predictions | None = None
        self._plot_due = Throttle(PLOT_INTERVAL, self)
        self._plot_due.due.connect(self._draw_plot)
        self.model = PredictionsModel(self)
        self.table = PredictionTable(self.model, style)
        self.table.image_chosen.connect(self._choose)
        self.table.scrolling_ended.connect(self._draw_newest)
        self.table.horizontalHeader().sectionClicked.connect(self._sort_by_column)
        self.plot_area = PlotArea(style)
        self.plot_area.created.connect(self._draw_created_plot)
        self.plot_area.image_chosen.connect(self._choose)
        self.plot_area.region_chosen.connect(self._filter)
        self.plot_area.export_requested.connect(self.export_requested)
        selection.image_changed.connect(self._follow)
        self._create_widgets(style)
        self._lay_out()
        self.set_style(style)

    @property
    def region(self) -> Region | None:
        """What the predictions are filtered to; None for no filter."""
        return self._region

    @Slot(object)
    def show_frame(self, frame: Frame) -> None:
        """Draw a frame, the plot more often than the numbers."""
        self._newest = frame
        if frame.held_out is None and frame.done >= self._awaited:
            self.which.choose(0)
        held_out = frame.held_out
        if held_out is not None and self.shows_held_out:
            frame = replace(frame, dataset=held_out.dataset, predictions=held_out.predictions)
        super().show_frame(frame)
        if self.isVisible():
            self._plot_due.follow(running=frame.running)

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what arrived while the panel was hidden."""
        super().showEvent(event)
        self._plot_due.now()

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        head = style.scaled(1.1).body_font
        head.setBold(True)
        small = style.scaled(0.9).body_font
        for part in (self.order_title, self.order, self.wrong_only, self.nothing):
            part.setFont(style.body_font)
        for note in (self.confusion, self.filtered, self.show_all):
            note.setFont(small)
        self.summary.setFont(head)
        self.which.set_style(style)
        line = QFontMetrics(style.body_font).height()
        self.which.setFixedSize(self.which.sizeHint().width(), round(1.4 * line))
        self.plot_area.set_style(style)
        self.table.set_style(style)
        self.table.fit_columns(self._images)

    def expect(self, command: int) -> None:
        """Keep the choice between trained-on and held-out images until this has been executed."""
        self._awaited = command

    @property
    def shows_held_out(self) -> bool:
        """Whether the predictions are those for held-out images."""
        newest = self._newest
        return self.which.index == _HELD_OUT and newest is not None and newest.held_out is not None

    def keep_split(self) -> QByteArray:
        """Return how the height is split between plot and table, to be kept."""
        return self._split.saveState()

    def restore_split(self, state: QByteArray) -> None:
        """Split the height as it was kept."""
        self._split.restoreState(state)

    def reset_split(self) -> None:
        """Split the height as at the first start."""
        self._split.setSizes(list(_SHARES))

    def _create_widgets(self, style: Style) -> None:
        self.summary, self.confusion = FixedSizeLabel(), FixedSizeLabel()
        self.confusion.setProperty("muted", True)
        self.which = SegmentedControl(
            "Predictions for",
            (
                Segment("Trained on", "images that are trained on"),
                Segment("Held out", "images that are not trained on"),
            ),
            style,
        )
        self.which.chosen.connect(self._change_images)
        self.nothing = QLabel(wordWrap=True)
        self.nothing.setProperty("muted", True)
        self.nothing.hide()
        self.order_title = QLabel("Sort by")
        self.order = ElidingComboBox()
        self.order.setMinimumContentsLength(6)
        self.order.setSizeAdjustPolicy(
            ElidingComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        require_focus_for_wheel(self.order)
        self.order.addItems([text for text, _ in _ORDERS])
        tip = "While training runs, the order is updated a few times a second"
        name_choice(self.order, "Sort by", tip)
        self.order.currentIndexChanged.connect(self._rearrange)
        self.wrong_only = QCheckBox("Wrong only")
        self.wrong_only.setToolTip("List only the images with a wrong prediction")
        self.wrong_only.toggled.connect(self._rearrange)
        self.filtered = QLabel()
        self.show_all = QToolButton()
        self.show_all.setText("Show all")
        self.show_all.setToolTip("List all images again (Esc in the plot)")
        self.show_all.clicked.connect(self._drop_filter)
        for control in (self.order, self.wrong_only, self.show_all):
            # A click leaves the keyboard to the window: Space and the arrows control the run.
            control.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def _lay_out(self) -> None:
        order, self._filter_row, below = QHBoxLayout(), QWidget(), QWidget()
        top = QWidget()
        flow = FlowLayout(top, GRID)
        flow.addWidget(self.confusion)
        flow.addWidget(self.which)
        fill_box(order, self.order_title, self.order, self.wrong_only, stretched=self.order)
        fill_box(QHBoxLayout(self._filter_row), self.filtered, None, self.show_all)
        self._filter_row.hide()
        fill_box(
            QVBoxLayout(below),
            *(self._filter_row, self.nothing, self.table),
            stretched=self.table,
            spacing=GRID // 2,
        )
        self._split = QSplitter(Qt.Orientation.Vertical)
        self._split.setChildrenCollapsible(False)
        for part in (self.plot_area, below):
            self._split.addWidget(part)
        self.reset_split()
        fill_box(
            QVBoxLayout(self),
            *(self.summary, top, order, self._split),
            stretched=self._split,
            spacing=GRID // 2,
            margins=(GRID, 0, GRID // 2, GRID),
        )

    def _draw(self, frame: Frame) -> None:
        """Draw a frame; while the person scrolls, the rows keep their images."""
        self._show(frame, rearrange=not (frame.running and self.table.scrolling))

    def _show(self, frame: Frame, *, rearrange: bool) -> None:
        predictions = frame.predictions
        self._show_counts(predictions)
        self._name_images(frame)
        if len(predictions.output) != self._images:
            self._images = len(predictions.output)
            self.table.fit_columns(self._images)
        held = self._held(frame)
        with self.table.updating():
            self.model.show(
                frame.dataset, predictions, self._arrangement(), held, rearrange=rearrange
            )
        self._show_filter(held)
        self.nothing.setVisible(self.model.rowCount() == 0)
        self.table.show_image(self._selected(frame), scroll=self._scroll_to_selected)
        self._scroll_to_selected = False
        self.plot_area.announce_data()
        if self.plot_area.is_created:
            labels = frame.dataset.labels[: self._images]
            self.plot_area.plot.show_counts(by_digit(labels, predictions))

    @Slot()
    def _draw_plot(self) -> None:
        """Draw the outputs of the newest frame if they are others."""
        frame = self._frame
        if frame is None or not self.isVisible() or not self.plot_area.is_created:
            return
        if frame.predictions is self._plotted and frame.dataset is self._dataset:
            return
        held, predictions = self._held(frame), frame.predictions
        self._plotted = predictions
        outputs = Outputs(
            self._across[: len(predictions.output)],
            predictions.output,
            are_correct(predictions),
            are_listed(predictions, self._arrangement(), held),
        )
        self.plot_area.plot.show_outputs(frame.dataset, outputs, self._selected(frame))

    @Slot()
    def _draw_created_plot(self) -> None:
        self.plot_area.plot.show_region(self._region)
        if self._frame is not None:
            self._show(self._frame, rearrange=False)
        self._plotted = None
        self._draw_plot()

    def _arrangement(self) -> Arrangement:
        _, order = _ORDERS[self.order.currentIndex()]
        return replace(order, wrong_only=self.wrong_only.isChecked())

    def _held(self, frame: Frame) -> NDArray[np.bool_] | None:
        """Return which images the filter holds, None if there is none."""
        if frame.dataset is not self._dataset:
            self._dataset, self._plotted = frame.dataset, None
            self._across = positions(frame.dataset.labels)
        if self._region is None:
            return None
        output = frame.predictions.output
        return self._region.holds(self._across[: len(output)], output)

    def _selected(self, frame: Frame) -> int:
        """Return the row's image that is selected; −1 for none."""
        if self.shows_held_out:
            outside = None if frame.outside is None else frame.outside.outside
            return -1 if outside is None or outside.number is None else outside.number
        selected = self._selection.image
        return selected if selected < len(frame.predictions.output) else frame.image.index

    def _show_filter(self, held: NDArray[np.bool_] | None) -> None:
        """Say what the predictions are filtered to, and why none is listed."""
        region, wrong_only = self._region, self.wrong_only.isChecked()
        self._filter_row.setVisible(held is not None)
        if held is None or region is None:
            return
        where = "in the box" if region.digit is None else f"digit {region.digit}"
        self.filtered.setText(f"{where}: {np.count_nonzero(held):,} of {len(held):,} images")
        if held.any() and wrong_only:
            self.nothing.setText("No prediction for them is wrong.")
        elif not held.any():
            self.nothing.setText("There is none.")

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

    @Slot(int)
    def _choose(self, image: int) -> None:
        """Select an image of the batch, or have a held-out one shown."""
        frame = self._frame
        if not self.shows_held_out or frame is None or frame.held_out is None:
            self._selection.select_image(image)
            return
        dataset = frame.held_out.dataset
        name, label = f"held-out image {image}", int(dataset.labels[image])
        self.outside_requested.emit(OutsideImage(dataset.image(image), label, name, image))

    @Slot(int)
    def _change_images(self, which: int) -> None:
        """Show the predictions for the images that are trained on, or for those held out."""
        frame = self._newest
        if which == _HELD_OUT and (frame is None or frame.held_out is None):
            self.hold_out_requested.emit(True)
        if frame is not None:
            self._scroll_to_selected = True
            self.show_frame(frame)
            self._rearrange()

    def _name_images(self, frame: Frame) -> None:
        """Say at which iteration held-out images were evaluated, and which they are."""
        held_out = frame.held_out
        if held_out is not None and self.shows_held_out:
            self.summary.setText(f"{self.summary.text()} at {held_out.iteration:,}")
            self.summary.setToolTip(held_out_words(held_out))
        else:
            self.summary.setToolTip("")

    @Slot(object)
    def _filter(self, region: Region | None) -> None:
        """List what a region holds; all images if there is none."""
        self._region = region
        if self.plot_area.is_created:
            self.plot_area.plot.show_region(region)
        self._rearrange()

    @Slot()
    def _drop_filter(self) -> None:
        self._filter(None)

    @Slot()
    def _rearrange(self) -> None:
        """List other images, or in another order, from the top."""
        if self._frame is not None:
            self._show(self._frame, rearrange=True)
            self.table.scrollToTop()
            self._plotted = None
            self._draw_plot()

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
        if self.shows_held_out:
            return
        if self._frame is None or not self.isVisible():
            self._scroll_to_selected = True
            return
        is_shown = self.model.row_of(image) == self.table.currentIndex().row()
        self.table.show_image(image, scroll=not is_shown)
        if self.plot_area.is_created:
            self.plot_area.plot.select(image)
