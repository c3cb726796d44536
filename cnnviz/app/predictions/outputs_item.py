"""The outputs of all images in the plot: a mark for each, or how dense they are."""

from math import ceil
from typing import Any, Final, TypeVar

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from pyqtgraph.Qt.internals import PrimitiveArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.look.vector import is_vector
from cnnviz.app.predictions.density import Points, density_image
from cnnviz.app.predictions.swarm import DIGITS, Outputs, Region

T = TypeVar("T", float, NDArray[np.floating[Any]])

MOST_MARKS: Final = 4_000
"""Images above which density is drawn in place of a mark for each."""
_DIM: Final = 0.22
"""Opacity of a mark that is not listed, 0 to 1."""
_SMALLEST, _LARGEST = 4.0, 8.0
"""Diameter of a mark at normal size, in pixels."""
_CELL: Final = 3
"""Side of a cell of the density at normal size, in pixels."""


class OutputsItem(pg.GraphicsObject):  # type: ignore[misc]
    """Paints the outputs over a view in the view's pixels, straight from arrays."""

    outdated = Signal()
    """Other outputs are to be painted."""

    def __init__(self, view: pg.ViewBox) -> None:
        super().__init__(view)
        self._view = view
        self.outputs: Outputs | None = None
        self.selected = -1
        """The image with a ring around it."""
        self._region: Region | None = None
        self._box: QRectF | None = None
        self._density: tuple[float, QImage] | None = None
        self._fragments = PrimitiveArray(QPainter.PixmapFragment, 10)
        self._filled: tuple[float, ...] = ()  # the properties that all fragments share
        self._atlas: tuple[float, float, QPixmap] | None = None
        self._bounds = QRectF()
        view.sigResized.connect(self._resize)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._style, scale = style, style.scale
        self._rings = (
            QPen(QColor(style.theme.panel), 4 * scale),
            QPen(QColor(style.theme.text), 2 * scale),
        )
        self._atlas = None
        self.redraw()

    def set_outputs(self, outputs: Outputs, selected: int) -> None:
        """Draw other outputs."""
        self.outputs, self.selected = outputs, selected
        self.redraw()

    def select(self, image: int) -> None:
        """Put the ring around another image."""
        if image != self.selected:
            self.selected = image
            self.update()

    def show_region(self, region: Region | None) -> None:
        """Outline a region."""
        self._region = region
        self.update()

    def show_box(self, box: QRectF | None) -> None:
        """Outline a box that is being dragged, in pixels."""
        self._box = box
        self.update()

    def redraw(self) -> None:
        """Draw everything again."""
        self._density = None
        self.outdated.emit()

    @Slot()
    def _resize(self) -> None:
        self.prepareGeometryChange()
        self._bounds = QRectF(self._view.rect())
        self.redraw()

    def boundingRect(self) -> QRectF:
        """Return the view's rectangle."""
        return self._bounds

    @property
    def width(self) -> float:
        """Width of the view, in pixels."""
        return self._bounds.width()

    @property
    def height(self) -> float:
        """Height of the view, in pixels."""
        return self._bounds.height()

    @property
    def margin(self) -> float:
        """Pixels above an output of 1 and below one of 0, where half a mark has to fit."""
        return GRID / 2 * self._style.scale + 1

    def x_of(self, across: T) -> T:
        """Return the pixels of horizontal positions, an array or a number."""
        pixels = self.width / DIGITS
        return (across + 0.5) * pixels

    def y_of(self, output: T) -> T:
        """Return the pixels of outputs, an array or a number."""
        pixels = self.height - 2 * self.margin
        return self.margin + (1.0 - output) * pixels

    def region_of(self, box: QRectF) -> Region:
        """Return the region in a box of pixels."""
        across, high = DIGITS / self.width, self.height - 2 * self.margin
        return Region(
            box.left() * across - 0.5,
            box.right() * across - 0.5,
            1 - (box.bottom() - self.margin) / high,
            1 - (box.top() - self.margin) / high,
        )

    def paint(self, painter: QPainter, _option: object, widget: QWidget | None = None) -> None:
        """Paint the outputs and the selection in the scene."""
        ratio = widget.devicePixelRatioF() if widget is not None else 1.0
        painter.save()
        # The first column belongs to the axis, and is not painted again if only outputs change.
        painter.setClipRect(self._bounds.adjusted(1, 0, 0, 0), Qt.ClipOperation.IntersectClip)
        self.paint_view(painter, ratio, as_shapes=widget is None or is_vector(painter))
        painter.restore()

    def paint_view(self, painter: QPainter, ratio: float, *, as_shapes: bool) -> None:
        """Paint the outputs and the selection on the view alone."""
        outputs = self.outputs
        if outputs is None:
            return
        if len(outputs.output) > MOST_MARKS:
            self._paint_density(painter, outputs, ratio)
        else:
            self._paint_marks(painter, outputs, ratio, as_shapes=as_shapes)
        self._paint_selection(painter, outputs)

    def _paint_marks(
        self, painter: QPainter, outputs: Outputs, ratio: float, *, as_shapes: bool
    ) -> None:
        """Paint discs for right outputs and crosses for wrong ones, the listed ones on top.

        A drawing of lines and letters can't hold a part of a pixmap, and needs them as shapes.
        """
        size = self._mark_size(len(outputs.output))
        wrong, all_listed = ~outputs.correct, bool(outputs.listed.all())
        rank = wrong.view(np.uint8)  # bytes are sorted in a third of the time
        order = np.argsort(rank if all_listed else rank + 2 * outputs.listed, kind="stable")
        finite = np.isfinite(outputs.output)
        if not finite.all():
            order = order[finite[order]]
        if as_shapes:
            self._paint_shapes(painter, outputs, order, size)
            return
        if self._atlas is None or self._atlas[:2] != (size, ratio):
            self._atlas = size, ratio, self._marks(size, ratio)
        pixmap = self._atlas[2]
        if not len(order):
            return
        self._fragments.resize(len(order))
        side, fragments = pixmap.height(), self._fragments.ndarray()
        fragments[:, 0] = self.x_of(outputs.across)[order]
        fragments[:, 1] = self.y_of(outputs.output)[order]
        fragments[:, 2] = wrong[order]
        fragments[:, 2] *= side
        common = len(order), side, ratio
        if self._filled != common:
            self._filled = common
            fragments[:, 3:9] = 0, side, side, 1 / ratio, 1 / ratio, 0
        fragments[:, 9] = 1.0 if all_listed else np.where(outputs.listed[order], 1.0, _DIM)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        fragments_and_count = self._fragments.drawargs()
        painter.drawPixmapFragments(*fragments_and_count, pixmap)  # type: ignore[call-arg]

    def _mark_size(self, count: int) -> float:
        """Return the diameter of the marks: the more there are, the smaller."""
        area = self.width * self.height / max(1, count)
        scale = self._style.scale
        return float(min(_LARGEST, max(_SMALLEST, 0.5 * area**0.5 / scale)) * scale)

    def _paint_shapes(
        self, painter: QPainter, outputs: Outputs, order: NDArray[np.intp], size: float
    ) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for image in order.tolist():
            centre = QPointF(self.x_of(outputs.across[image]), self.y_of(outputs.output[image]))
            painter.setOpacity(1.0 if outputs.listed[image] else _DIM)
            self._paint_mark(painter, centre, size, 1.0, correct=bool(outputs.correct[image]))
        painter.setOpacity(1.0)

    def _marks(self, size: float, ratio: float) -> QPixmap:
        """Draw the disc and the cross, side by side."""
        side = ceil((size + 2) * ratio)
        pixmap = QPixmap(2 * side, side)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for correct, x in ((True, side / 2), (False, 1.5 * side)):
            self._paint_mark(painter, QPointF(x, side / 2), size, ratio, correct=correct)
        painter.end()
        return pixmap

    def _paint_mark(
        self, painter: QPainter, centre: QPointF, size: float, ratio: float, *, correct: bool
    ) -> None:
        theme, radius = self._style.theme, size * ratio / 2
        if correct:
            painter.setPen(QPen(QColor(theme.panel), ratio / 2))
            painter.setBrush(QColor(theme.accent))
            painter.drawEllipse(centre, radius * 0.9, radius * 0.9)
            return
        arm = radius * 0.8
        painter.setPen(QPen(QColor(theme.wrong), max(1.4, size / 4.5) * ratio))
        for sign in (-1, 1):
            offset = QPointF(arm, sign * arm)
            painter.drawLine(QLineF(centre - offset, centre + offset))

    def _paint_density(self, painter: QPainter, outputs: Outputs, ratio: float) -> None:
        if self._density is None or self._density[0] != ratio:
            self._density = ratio, self._drawn_density(outputs, ratio)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
        painter.drawImage(QPointF(), self._density[1])

    def _drawn_density(self, outputs: Outputs, ratio: float) -> QImage:
        side = max(_CELL, round(_CELL * self._style.scale * ratio))
        cell = side / ratio
        rows, columns = (max(1, ceil(length / cell)) for length in (self.height, self.width))
        defined = np.isfinite(outputs.output)
        if defined.all():
            defined = np.s_[:]  # no copies
        row = self.y_of(outputs.output[defined]) / cell
        column = self.x_of(outputs.across[defined]) / cell
        points = Points(
            np.minimum(column.astype(np.intp), columns - 1),
            np.minimum(row.astype(np.intp), rows - 1),
            ~outputs.correct[defined],
            outputs.listed[defined],
        )
        image = density_image(points, rows, columns, side, self._style.theme)
        image.setDevicePixelRatio(ratio)
        return image

    def _paint_selection(self, painter: QPainter, outputs: Outputs) -> None:
        """Paint the filter, the ring around the selected image, and a dragged box."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if self._box is not None:
            self._outline(painter, self._box)
        elif (region := self._region) is not None:
            rect = QRectF(self._bounds)
            if region.digit is None:
                top, bottom = self.y_of(region.high), self.y_of(region.low)
                rect.setCoords(0, top, 0, bottom)
            rect.setLeft(self.x_of(region.left))
            rect.setRight(self.x_of(region.right))
            self._outline(painter, rect)
        if 0 <= self.selected < len(outputs.output):
            output = float(outputs.output[self.selected])
            if np.isfinite(output):
                x, y = self.x_of(float(outputs.across[self.selected])), self.y_of(output)
                radius = self._mark_size(len(outputs.output)) / 2 + 2.5 * self._style.scale
                painter.setRenderHint(QPainter.RenderHint.Antialiasing)
                centre = QPointF(x, y)
                for ring in self._rings:
                    painter.setPen(ring)
                    painter.drawEllipse(centre, radius, radius)

    def _outline(self, painter: QPainter, box: QRectF) -> None:
        theme = self._style.theme
        painter.setPen(QPen(QColor(theme.text), self._style.scale))
        painter.drawRect(box.intersected(self._bounds.adjusted(0.5, 0.5, -1, -1)))
