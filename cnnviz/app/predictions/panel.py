"""The Predictions panel: every image of the subset with the network's output."""

from dataclasses import replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QByteArray, Qt, Signal, Slot
from PySide6.QtGui import QFontMetrics, QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.predictions.model import PredictionsModel, are_correct, are_listed, by_digit
from cnnviz.app.predictions.plot_area import PlotArea
from cnnviz.app.predictions.shared_height import SharedHeight
from cnnviz.app.predictions.sorting_row import SortingRow
from cnnviz.app.predictions.summary import summary
from cnnviz.app.predictions.table import PredictionTable
from cnnviz.app.selection import Selection
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.buttons import tool_button
from cnnviz.app.widgets.fixed_size_label import FixedSizeLabel
from cnnviz.app.widgets.flow_layout import flow_row
from cnnviz.app.widgets.frame_panel import FramePanel
from cnnviz.app.widgets.held_out_text import held_out_words
from cnnviz.app.widgets.labels import text_label
from cnnviz.app.widgets.segmented_control import Segment, SegmentedControl
from cnnviz.app.widgets.splitter import made_splitter
from cnnviz.app.widgets.throttle import Throttle
from cnnviz.data.dataset import Dataset
from cnnviz.training.loop.frame import Frame
from cnnviz.training.run.predictions import OutsideImage, Predictions

if TYPE_CHECKING:
    from cnnviz.app.predictions.swarm import Region

REFRESH_INTERVAL: Final = 500
"""Milliseconds between changes of the numbers, and of the order, while training runs."""
PLOT_INTERVAL: Final = 90
"""Milliseconds between drawings of the plot while training runs: with every third frame."""
_HELD_OUT: Final = 1
"""The segment of held-out images."""
_READABLE: Final = 18 * GRID
"""Height of the plot at normal size, in pixels, from which on its columns are easy to read."""
_ROWS: Final = 2
"""Rows of the table that are seen, with its titles, before the plot gets more than its share; one
more if they are filtered."""


class PredictionsPanel(FramePanel):
    """A plot of all predictions, and a table of them or of those that are filtered."""

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
        self._across: NDArray[np.float64] | None = None  # once the plot needs them
        self._plotted: Predictions | None = None
        self._plot_due = Throttle(PLOT_INTERVAL, self)
        self._plot_due.due.connect(self._draw_plot)
        self.model = PredictionsModel(self)
        self._sorting = SortingRow()
        self._sorting.changed.connect(self._rearrange)
        self.order, self.wrong_only = self._sorting.order, self._sorting.wrong_only
        self.table = PredictionTable(self.model, style)
        self.table.image_chosen.connect(self._choose)
        self.table.scrolling_ended.connect(self._draw_newest)
        self.table.horizontalHeader().sectionClicked.connect(self._sorting.sort_by_column)
        self.plot_area = PlotArea(style)
        self.plot_area.created.connect(self._draw_created_plot)
        self.plot_area.image_chosen.connect(self._choose)
        self.plot_area.region_chosen.connect(self._filter)
        selection.image_changed.connect(self._follow)
        self._create_widgets(style)
        self._lay_out()
        self.set_style(style)

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
        for note in (self.confusion, self.filtered, self.show_all):
            note.setFont(small)
        self.summary.setFont(head)
        self.which.set_style(style)
        line = QFontMetrics(style.body_font).height()
        self.which.setFixedSize(self.which.sizeHint().width(), round(1.4 * line))
        self.plot_area.set_style(style)
        self.table.set_style(style)
        self.table.fit_columns(self._images)
        self._readable = round(_READABLE * style.scale)
        self._share_height()

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
        return self._height.keep()

    def restore_split(self, state: QByteArray) -> None:
        """Restore the saved split of the height."""
        self._height.restore(state)

    def reset_split(self) -> None:
        """Split the height as at the first start."""
        self._height.reset()

    def _share_height(self) -> None:
        """Require space for the plot's columns, and for some rows with what is above them."""
        least = self.table.horizontalHeader().sizeHint().height() + 2 * self.table.frameWidth()
        least += _ROWS * self.table.painter.row_height
        if not self._filter_row.isHidden():
            above = self._filter_row.sizeHint().height() + GRID // 2
            least += above + self.table.painter.row_height
        self._height.require(self._readable, least)

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
        self.nothing = text_label(look="muted")
        self.nothing.hide()
        self.filtered = QLabel()
        tip = "List all images again (Esc in the plot)"
        self.show_all = tool_button("Show all", tip, self._drop_filter)

    def _lay_out(self) -> None:
        top = flow_row(self.confusion, self.which)
        self._filter_row, below = QWidget(), QWidget()
        names = "the plot and the table"
        split = made_splitter(Qt.Orientation.Vertical, names, self.plot_area, below)
        self._height = SharedHeight(split)
        fill_box(
            QVBoxLayout(self),
            *(self.summary, top, self._sorting, split),
            stretched=split,
            spacing=GRID // 2,
            margins=(GRID, 0, GRID // 2, GRID),
        )
        # Only now: Qt styles a whole widget again when it gets a parent.
        fill_box(QHBoxLayout(self._filter_row), self.filtered, None, self.show_all)
        self._filter_row.hide()
        fill_box(
            QVBoxLayout(below),
            *(self._filter_row, self.nothing, self.table),
            stretched=self.table,
            spacing=GRID // 2,
        )

    def _draw(self, frame: Frame) -> None:
        """Draw a frame; while the person scrolls, the rows keep their images."""
        self._show(frame, rearrange=not (frame.running and self.table.scrolling))

    def _show(self, frame: Frame, *, rearrange: bool) -> None:
        predictions = frame.predictions
        self._summarise(frame)
        if len(predictions.output) != self._images:
            self._images = len(predictions.output)
            self.table.fit_columns(self._images)
        held = self._held(frame)
        with self.table.updating():
            self.model.show(
                frame.dataset, predictions, self._sorting.arrangement, held, rearrange=rearrange
            )
        self._show_filter(predictions, held)
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
        from cnnviz.app.predictions.swarm import Outputs  # noqa: PLC0415  (not at the start)

        outputs = Outputs(
            self._positions(frame)[: len(predictions.output)],
            predictions.output,
            are_correct(predictions),
            are_listed(predictions, self._sorting.arrangement, held),
        )
        self.plot_area.plot.show_outputs(frame.dataset, outputs, self._selected(frame))

    @Slot()
    def _draw_created_plot(self) -> None:
        self.plot_area.plot.show_region(self._region)
        if self._frame is not None:
            self._show(self._frame, rearrange=False)
        self._plotted = None
        self._draw_plot()

    def _held(self, frame: Frame) -> NDArray[np.bool_] | None:
        """Return which images the filter holds, None if there is none."""
        if frame.dataset is not self._dataset:
            self._dataset, self._plotted, self._across = frame.dataset, None, None
        if self._region is None:
            return None
        output = frame.predictions.output
        return self._region.holds(self._positions(frame)[: len(output)], output)

    def _positions(self, frame: Frame) -> NDArray[np.float64]:
        """Return where the images of the data set are across the plot."""
        if self._across is None:
            from cnnviz.app.predictions.swarm import positions  # noqa: PLC0415  (not at the start)

            self._across = positions(frame.dataset.labels)
        return self._across

    def _selected(self, frame: Frame) -> int:
        """Return the row's image that is selected; −1 for none."""
        if self.shows_held_out:
            outside = None if frame.outside is None else frame.outside.outside
            return -1 if outside is None or outside.number is None else outside.number
        selected = self._selection.image
        return selected if selected < len(frame.predictions.output) else frame.image.index

    def _show_filter(self, predictions: Predictions, held: NDArray[np.bool_] | None) -> None:
        """Describe the filter of the predictions, and explain an empty list."""
        region, wrong_only = self._region, self.wrong_only.isChecked()
        if self._filter_row.isHidden() == (held is not None):
            self._filter_row.setVisible(held is not None)
            self._share_height()
        if held is None or region is None:
            return
        where = "in the box" if region.digit is None else f"digit {region.digit}"
        count, of = np.count_nonzero(held), f"of {len(held):,}"
        if wrong_only:
            listed = are_listed(predictions, self._sorting.arrangement, held)
            count, of = np.count_nonzero(listed), f"wrong of {count:,}"
        self.filtered.setText(f"{where}: {count:,} {of} images")
        if held.any() and wrong_only:
            self.nothing.setText("No prediction for them is wrong.")
        elif not held.any():
            self.nothing.setText("There is none.")

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

    def _summarise(self, frame: Frame) -> None:
        """Say how many are correct, and of which images held-out ones are and when."""
        texts, held_out = summary(frame.predictions), frame.held_out
        self.confusion.setText(texts.by_target)
        self.nothing.setText(texts.nothing_wrong)
        if held_out is not None and self.shows_held_out:
            self.summary.setText(f"{texts.share} at iteration {held_out.iteration:,}")
            self.summary.setToolTip(held_out_words(held_out))
        else:
            self.summary.setText(texts.text)
            if self.summary.toolTip():  # even an equal one is an event
                self.summary.setToolTip("")

    @Slot(object)
    def _filter(self, region: "Region | None") -> None:
        """List the images of a region; all images if there is none."""
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
