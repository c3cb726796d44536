"""The curves of other branches behind the current one, and names at the ends of all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from cnnviz.app.curves.bookmark_marks import BookmarkMarks
from cnnviz.app.curves.change_marks import ChangeMarks
from cnnviz.app.curves.downsampling import envelope
from cnnviz.app.curves.label_placement import Line, label_places
from cnnviz.app.curves.overlay import Overlay
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID

Doubles = NDArray[np.float64]

_TYPE: Final = 0.85
"""Font size of names, relative to body text."""
_WIDEST: Final = 0.45
"""Largest width of a name, relative to the plot."""
_SHORTER: Final = (1.0, 0.6, 0.35)
"""Shares of that width to try for the current run's name, which is never left out."""
_PLATE: Final = 0.85
"""Opacity of the ground behind it: it may cover a curve."""


@dataclass(frozen=True, slots=True, eq=False)
class BranchCurve:
    """The curve of another branch."""

    number: int
    name: str
    values: Doubles
    """Shape (T + 1,). One value an iteration."""
    first: int
    """The first iteration to draw; before, it coincides with another curve."""


@dataclass(frozen=True, slots=True)
class CurveEnd:
    """The right end of a curve, or of its part in view."""

    iteration: int
    y: float
    """Position on the vertical axis."""
    name: str
    colour: str
    is_current: bool = False
    """Whether it is the current run's, whose name is never left out."""
    short: str = ""
    """A name for a plot in which the other one does not fit; it is not shortened itself."""


class BranchCurves:
    """Curves in a plot, created and removed as needed."""

    def __init__(self, plot: pg.PlotWidget) -> None:
        self._plot = plot
        self._items: list[pg.PlotCurveItem] = []

    def draw(
        self,
        branches: Sequence[BranchCurve],
        span: tuple[float, float],
        columns: int,
        positions: Callable[[Doubles], Doubles],
        pen: Callable[[int], QPen],
    ) -> list[Doubles]:
        """Draw the parts of curves that are in view, and return their vertical positions.

        Parameters
        ----------
        span : tuple of float
            Ends of the horizontal axis.
        columns : int
            Points of each, about.
        positions : callable
            Maps values to positions on the vertical axis.
        pen : callable
            Returns the pen of a branch, given its number.
        """
        while len(self._items) > len(branches):
            self._plot.removeItem(self._items.pop())
        while len(self._items) < len(branches):
            item = pg.PlotCurveItem()
            item.setSegmentedLineMode("off")  # a segment by itself would show no dashes
            item.setZValue(-1)
            self._plot.addItem(item, ignoreBounds=True)
            self._items.append(item)
        drawn = []
        for item, branch in zip(self._items, branches, strict=True):
            first = max(branch.first, int(span[0]) - 1)
            x, y = envelope(branch.values, first, int(span[1]) + 2, columns)
            y = positions(y)
            item.setPen(pen(branch.number))
            item.setData(x, y, connect="finite", antialias=len(x) <= columns)
            drawn.append(y)
        return drawn


class CurveNames(Overlay):
    """Names at the right ends of curves that cover no curve, other name, mark's label or flag.

    The current run's is always there: shortened if it must be, and over a curve as a last resort.
    """

    def __init__(self, view: pg.ViewBox, marks: ChangeMarks, flags: BookmarkMarks) -> None:
        super().__init__(view, 10)
        self._marks, self._flags = marks, flags
        self._ends: tuple[CurveEnd, ...] = ()
        self._wanted = True
        self._font, self._plate = QFont(), QColor()

    def set_style(self, style: Style) -> None:
        """Use a style's font size."""
        self._font = style.scaled(_TYPE).body_font
        self._plate = QColor(style.theme.panel)
        self._plate.setAlphaF(_PLATE)
        self.update()

    def set_ends(self, ends: tuple[CurveEnd, ...]) -> None:
        """Name these curves."""
        if ends or self._ends:
            self._ends = ends
            self.want(self._wanted)
            self.update()

    def want(self, wanted: bool) -> None:
        """Show the names, if there are any, or hide them."""
        self._wanted = wanted
        self.setVisible(wanted and bool(self._ends))

    def labels(self) -> list[tuple[QRectF, str, str]]:
        """Return the names that fit: their rectangles, in pixels, texts and colours.

        They cover at most half of the height; the first ends take precedence.
        """
        if not self._ends:
            return []
        line, height = QFontMetricsF(self._font).height(), self._view.height()
        ends = self._ends[: max(2, int(height / line / 2))]
        lines, top = self._lines(), self._marks.height
        bounds = QRectF(0, top, self._view.width(), height - top - self._flags.height)
        first = self._label(ends[0])
        if ends[0].is_current:
            tried = (self._label(ends[0], share) for share in _SHORTER)
            free = (label for label in tried if label_places([label[0]], lines, bounds)[0])
            first = next(free, first)
        wanted = [first, *map(self._label, ends[1:])]
        boxes = [box for box, _ in wanted]
        rectangles = label_places(boxes, lines, bounds, kept=int(ends[0].is_current))
        return [
            (rectangle, words, end.colour)
            for rectangle, (_, words), end in zip(rectangles, wanted, ends, strict=True)
            if rectangle is not None
        ]

    def paint(self, painter: QPainter, *_: object) -> None:
        """Draw the names."""
        painter.setFont(self._font)
        for at, (box, words, colour) in enumerate(self.labels()):
            if at == 0 and self._ends[0].is_current:
                painter.fillRect(box, self._plate)
            painter.setPen(QColor(colour))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)

    def _label(self, end: CurveEnd, share: float = 1.0) -> tuple[QRectF, str]:
        """Return the wanted rectangle and the words of a name, in a share of the widest width.

        It is right of the end if there it can be whole or as wide as on the left, else left of it.
        """
        metrics, width = QFontMetricsF(self._font), self._view.width()
        at, line = self._at(end), metrics.height()
        available, widest = width - at.x() - 2 * GRID, share * _WIDEST * width
        is_right = share == 1 and available >= min(metrics.horizontalAdvance(end.name), widest)
        room = available if is_right else widest
        words = metrics.elidedText(end.name, Qt.TextElideMode.ElideRight, room)
        if words != end.name and end.short:
            words = end.short
        wide = metrics.horizontalAdvance(words) + GRID
        if is_right:
            return QRectF(at.x() + GRID, at.y() - line / 2, wide, line), words
        right = max(wide, min(at.x() - GRID / 2, width))
        return QRectF(right - wide, at.y() - line - 2, wide, line), words

    def _at(self, end: CurveEnd) -> QPointF:
        x, y = self._pixels(np.array([float(end.iteration)]), np.array([end.y]))
        return QPointF(x[0], y[0])

    def _lines(self) -> list[Line]:
        """Return the curves of the view, in pixels."""
        items = self._view.childGroup.childItems()
        curves = [item.getData() for item in items if isinstance(item, pg.PlotCurveItem)]
        return [self._pixels(x, y) for x, y in curves if x is not None]

    def _pixels(self, x: Doubles, y: Doubles) -> Line:
        bottom, top = self._view.viewRange()[1]
        return self._x(x), (top - y) / (top - bottom) * self._view.height()
