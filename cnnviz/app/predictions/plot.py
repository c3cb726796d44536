"""The plot of the predictions: every image's output, in a column for each digit."""

from typing import Final

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QAction,
    QFocusEvent,
    QFontMetricsF,
    QKeyEvent,
    QPainter,
    QPaintEvent,
    QRegion,
)
from PySide6.QtWidgets import QGraphicsItem

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.look.vector import is_vector
from cnnviz.app.predictions.box_view import BoxView
from cnnviz.app.predictions.digit_chart import DigitChart, digit_texts
from cnnviz.app.predictions.digit_header import DigitHeader
from cnnviz.app.predictions.model import ByDigit
from cnnviz.app.predictions.outputs_item import OutputsItem
from cnnviz.app.predictions.pointed_box import PointedBox, PointedImage
from cnnviz.app.predictions.swarm import DIGITS, Outputs, Region, column, nearest, neighbour
from cnnviz.app.predictions.zones import Zones
from cnnviz.app.widgets.arrow_keys import MOVES, move_of, plain_key
from cnnviz.app.widgets.framed_plot import FramedPlot
from cnnviz.app.widgets.plot_export import Columns
from cnnviz.app.widgets.plot_menu import PlotMenu
from cnnviz.app.widgets.spoken_picture import announce
from cnnviz.data.dataset import Dataset

_REACH: Final = 10.0
"""Pixels from a mark at which it is still pointed at, at normal size."""
_NEIGHBOURS: Final = 4
"""Images shown beside the one that is pointed at."""
_AROUND: Final = 3.0
"""How much farther away than the pointed image its neighbours may be, in reaches."""
_TICK_TYPE: Final = 0.85
"""Font size at the axis, relative to body text."""
_DIGIT_KEYS: Final = {Qt.Key(Qt.Key.Key_0 + digit): digit for digit in range(DIGITS)}
_LOW: Final = 190
"""Height, in pixels at normal size, up to which the chart below the columns has lower rows."""
_OUTPUT: Final = "output"
"""Name of the axis if it is high enough; else it is its symbol."""
_SHARED: Final = 2
"""Pixels at the top of the chart into which the axis at the left reaches; nothing else does."""
_TICKS: Final = [(0.0, "0"), (0.5, "½"), (1.0, "1")]
_MEANINGS: Final = [(0.25, "≤ 4"), (0.75, "> 4")]
"""The meaning of an output, at the axis if it is high enough."""


class PredictionPlot(FramedPlot):
    """The outputs, upwards from 0 to 1, in ten columns; they are chosen by mouse and keyboard."""

    own_keys = frozenset({*MOVES, *_DIGIT_KEYS, Qt.Key.Key_Escape})
    image_chosen = Signal(int)
    """The person has chosen an image; carries its index."""
    region_chosen = Signal(object)
    """The person has chosen a `Region` to filter to, or None for no filter."""

    def __init__(self) -> None:
        self._header, self._counts = DigitHeader(), DigitChart()
        self._up = pg.AxisItem("left")
        axes = {"top": self._header, "bottom": self._counts, "left": self._up}
        super().__init__(axisItems=axes, viewBox=BoxView())
        self._view: BoxView = self.getViewBox()
        self._dataset: Dataset | None = None
        self._region: Region | None = None
        self._pointed_at: tuple[int, ...] = ()
        self._by_digit: list[str] = []
        self._spoken_digit: int | None = None
        self.inside, self._corner = QRect(), QPoint()
        self.below = QRect()  # the chart; empty until its numbers change
        self._quick = QRegion()  # both
        item = self.getPlotItem()
        item.showAxis("top")
        item.getAxis("right").unlinkFromView()  # it costs time even if hidden
        self._view.setRange(xRange=(0, 1), yRange=(0, 1), padding=0)
        self._up.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
        self.setAccessibleName("Outputs by digit")
        # The scene has a background, so that Qt need not paint anything beneath.
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._zones = Zones(self._view)
        self.marks, self.pointed = OutputsItem(self._view), PointedBox(self._view)
        self.marks.outdated.connect(self._update)
        self._counts.outdated.connect(self._update_chart)
        self._view.clicked.connect(self._click)
        self._view.box_dragged.connect(self._drag)
        self._view.box_chosen.connect(self._choose_box)
        self._view.sigResized.connect(self._resized)
        self._header.clicked.connect(self._choose_digit)
        self._counts.clicked.connect(self._choose_digit)
        self._show_all = QAction("Show all", self)
        self._show_all.setEnabled(False)
        self._show_all.triggered.connect(self._drop_region)
        PlotMenu(self, "predictions", self.columns, [self._show_all])
        self.scene().sigMouseMoved.connect(self._point)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._style, theme = style, style.theme
        self.setBackground(theme.panel)
        small = style.scaled(_TICK_TYPE)
        self._up.setStyle(tickFont=small.body_font, tickLength=3)
        self._up.setPen(theme.line)
        self._up.setTextPen(theme.muted)
        self._up.label.setFont(small.body_font)
        metrics = QFontMetricsF(small.body_font)
        self._up.setWidth(round(metrics.horizontalAdvance("≤ 4 ") + metrics.height() + GRID))
        self.getPlotItem().layout.setContentsMargins(0, 0, 1, 0)
        self._header.set_style(style)
        self._counts.set_style(style)
        self._zones.set_style(style)
        self.marks.set_style(style)
        self.pointed.set_style(style, self.devicePixelRatioF())
        self._resized()

    def show_outputs(self, dataset: Dataset, outputs: Outputs, selected: int) -> None:
        """Draw the outputs of the first images of a data set."""
        self._dataset = dataset
        self.marks.set_outputs(outputs, selected)
        self._show_pointed()

    def select(self, image: int) -> None:
        """Mark another image."""
        if image != self.marks.selected:
            self._spoken_digit = None
            self.marks.select(image)
            announce(self, self.spoken_value)

    def show_counts(self, counts: ByDigit) -> None:
        """Show the predictions for each digit in numbers."""
        self._counts.show_counts(counts)
        self._by_digit = digit_texts(counts)
        self._describe()

    def show_region(self, region: Region | None) -> None:
        """Show the filter of the predictions."""
        self._region = region
        self._show_all.setEnabled(region is not None)
        self.marks.show_region(region)
        for axis in (self._header, self._counts):
            axis.show_chosen(region.digit if region is not None else None)
        self._spoken_digit = region.digit if region is not None else None
        announce(self, self.spoken_value)
        self._describe()

    def columns(self) -> Columns:
        """Return the outputs as a table: a row for each image.

        The columns are named as `cnnviz export --predictions` names them. An output that is
        undefined is neither right nor wrong.
        """
        outputs, dataset = self.marks.outputs, self._dataset
        if outputs is None or dataset is None:
            return ()
        count = len(outputs.output)
        digits, right = dataset.labels[:count], outputs.correct.astype(int).astype(object)
        right[np.isnan(outputs.output)] = ""
        return (
            ("image", np.arange(count)),
            ("digit", digits),
            ("target", (digits > 4).astype(int)),
            ("output", outputs.output),
            ("right", right),
            ("listed", outputs.listed.astype(int)),
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose the next image, filter to a digit, or drop the filter."""
        key, move = plain_key(event), move_of(event)
        if move is not None:
            self._move(*move)
        elif key in _DIGIT_KEYS:
            self._choose_digit(_DIGIT_KEYS[key])
        elif key == Qt.Key.Key_Escape and self._region is not None:
            self._drop_region()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint outputs and chart alone, if only they have changed: the scene takes twice as long.

        pyqtgraph's own paints everything in the scene.
        """
        region, inside, below = event.region(), self.inside, self.below
        if self.hasFocus() or not region.subtracted(self._quick).isEmpty():
            super().paintEvent(event)
            return
        viewport = self.viewport()
        ratio = viewport.devicePixelRatioF()
        painter = QPainter(viewport)
        if region.intersects(below):
            painter.drawPixmap(below.left(), below.top() - _SHARED, self._counts.pixels(ratio))
        if region.intersects(inside):
            painter.translate(self._corner)
            painter.drawPixmap(0, 0, self._zones.picture(ratio))
            self.marks.paint_view(painter, ratio, as_shapes=is_vector(painter))
            if self.pointed.isVisible():
                self.pointed.paint(painter, None)
        painter.end()

    @Slot()
    def _update(self) -> None:
        self.viewport().update(self.inside)

    @Slot()
    def _update_chart(self) -> None:
        if self.below.isEmpty():
            chart = self._counts
            self.below = chart.mapRectToScene(chart.boundingRect()).toAlignedRect()
            self.below.adjust(0, _SHARED, 0, 0)
            self._quick = QRegion(self.inside).united(self.below)
        self.viewport().update(self.below)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Speak of all outputs again."""
        super().focusOutEvent(event)
        self._describe()

    def leaveEvent(self, event: QEvent) -> None:
        """Point at nothing."""
        super().leaveEvent(event)
        self._set_pointed(())

    @property
    def spoken_value(self) -> str:
        """The numbers of the digit that was just filtered to, or else of the selected image.

        A screen reader says the image when another one is selected, not with each frame.
        """
        if self._spoken_digit is not None and self._by_digit:
            return self._by_digit[self._spoken_digit]
        outputs, dataset, image = self.marks.outputs, self._dataset, self.marks.selected
        if outputs is None or dataset is None or not 0 <= image < len(outputs.output):
            return ""
        return f"image {image}, digit {dataset.labels[image]}, output {outputs.output[image]:.2f}"

    def _describe(self) -> None:
        """Describe the plot for assistive technology, except while that reads from the plot."""
        if self.hasFocus():
            return
        parts = list(self._by_digit)
        if self._region is not None:
            digit = self._region.digit
            parts.insert(0, "only a box is listed" if digit is None else f"only {digit} is listed")
        self.setAccessibleDescription(". ".join(parts))

    def _move(self, across: int, down: int) -> None:
        """Choose the next higher or lower output of the digit, or one of the next digit."""
        outputs, now = self.marks.outputs, self.marks.selected
        if outputs is None or self._dataset is None or not 0 <= now < len(outputs.output):
            return
        labels = self._dataset.labels[: len(outputs.output)]
        if (image := neighbour(outputs, labels, now, across, down)) is not None:
            self.image_chosen.emit(image)

    def _near(self, point: QPointF, reach: float, most: int) -> NDArray[np.intp]:
        """Return the listed images near a point of the view, nearest first."""
        outputs = self.marks.outputs
        if outputs is None:
            return np.empty(0, np.intp)
        listed = np.flatnonzero(outputs.listed)
        x = self.marks.x_of(outputs.across[listed])
        y = self.marks.y_of(outputs.output[listed])
        found = nearest(x, y, (point.x(), point.y()), reach * self._style.scale, most)
        return listed[found]

    @Slot(QPointF)
    def _click(self, point: QPointF) -> None:
        found = self._near(point, _REACH, 1)
        if len(found):
            self.image_chosen.emit(int(found[0]))

    @Slot(QRectF)
    def _drag(self, box: QRectF) -> None:
        self._set_pointed(())
        self.marks.show_box(box)

    @Slot(QRectF)
    def _choose_box(self, box: QRectF) -> None:
        self.marks.show_box(None)
        self.region_chosen.emit(self.marks.region_of(box))

    @Slot()
    def _drop_region(self) -> None:
        self.region_chosen.emit(None)

    @Slot(int)
    def _choose_digit(self, digit: int) -> None:
        """Filter to a digit, or drop that filter."""
        region = column(digit)
        self.region_chosen.emit(None if region == self._region else region)

    @Slot(object)
    def _point(self, position: QPointF) -> None:
        """Point at the images near the pointer."""
        if not self._view.sceneBoundingRect().contains(position):
            self._set_pointed(())
            return
        point = self._view.mapFromScene(position)
        if len(self._near(point, _REACH, 1)):
            found = self._near(point, _AROUND * _REACH, 1 + _NEIGHBOURS)
            self._set_pointed(tuple(found.tolist()))
        else:
            self._set_pointed(())

    def _set_pointed(self, images: tuple[int, ...]) -> None:
        if images != self._pointed_at:
            self._pointed_at = images
            self._show_pointed()

    def _show_pointed(self) -> None:
        """Show the images that are pointed at; they stay the same while their outputs move."""
        outputs, dataset = self.marks.outputs, self._dataset
        if outputs is None or dataset is None or not (self._pointed_at or self.pointed.images):
            return
        self._pointed_at = tuple(
            i
            for i in self._pointed_at
            if i < len(outputs.output) and outputs.listed[i] and np.isfinite(outputs.output[i])
        )
        images = tuple(
            PointedImage(
                i,
                (
                    self.marks.x_of(float(outputs.across[i])),
                    self.marks.y_of(float(outputs.output[i])),
                ),
                bool(outputs.correct[i]),
            )
            for i in self._pointed_at
        )
        text = ""
        if images:
            first = images[0].index
            mark = "✓" if images[0].correct else "✗"
            text = f"image {first}: {dataset.labels[first]}, {outputs.output[first]:.2f} {mark}"
        self.pointed.show_images(dataset, images, text)

    @Slot()
    def _resized(self) -> None:
        """Put the ticks beside the outputs, which keep a margin for their marks."""
        self._corner = self.mapFromScene(self._view.scenePos())
        size = self._view.size()
        # Without the pixels at the edges that it shares with the axes.
        self.inside = QRect(self._corner, QSize(int(size.width()), int(size.height())))
        self.inside.adjust(1, 0, 0, 0)
        self.below, self._quick = QRect(), QRegion(self.inside)
        margin, height = self.marks.margin, self._view.height()
        metrics = QFontMetricsF(self._style.scaled(_TICK_TYPE).body_font)
        text = metrics.height()
        self._counts.make_low(self.height() <= _LOW * self._style.scale)
        fits_meanings = height > 1.2 * text * len([*_TICKS, *_MEANINGS])
        few = _TICKS if height > 1.1 * text * len(_TICKS) else _TICKS[::2]
        self._up.setTicks([[*_TICKS, *_MEANINGS] if fits_meanings else few])
        fits = metrics.horizontalAdvance(_OUTPUT) <= height
        self._up.setLabel(_OUTPUT if fits else "o", color=self._style.theme.muted)
        self._up.resizeEvent()  # positions the axis' name
        if height > 4 * margin:
            beyond = margin / (height - 2 * margin)
            self._view.setYRange(-beyond, 1 + beyond, padding=0)
        self._show_pointed()
