"""The branches that are not looked at, drawn behind the one that is, and named at their ends."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen

from cnnviz.app.curves.change_marks import ChangeMarks
from cnnviz.app.curves.downsampling import envelope
from cnnviz.app.curves.label_placement import Line, label_places
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID

Doubles = NDArray[np.float64]

_TYPE: Final = 0.85
"""Size of the names' type, relative to body text."""
_WIDEST: Final = 0.45
"""Of the plot's width, for a name."""


@dataclass(frozen=True, slots=True, eq=False)
class BranchCurve:
    """A branch beside the one that is looked at.

    Attributes
    ----------
    number : int
        The branch's.
    values : ndarray of float64, shape (T + 1,)
        Of all its iterations.
    first : int
        The iteration from which on it is drawn: before, it is one with another.
    """

    number: int
    name: str
    values: Doubles
    first: int


@dataclass(frozen=True, slots=True)
class CurveEnd:
    """Where a curve leaves the view, or ends, and what it is called.

    Attributes
    ----------
    place : float
        On the upright axis.
    """

    iteration: int
    place: float
    name: str
    colour: str


class BranchCurves:
    """Curves in a plot, made when there is a first and taken away with the last."""

    def __init__(self, plot: pg.PlotWidget) -> None:
        self._plot = plot
        self._items: list[pg.PlotCurveItem] = []

    def draw(
        self,
        rivals: Sequence[BranchCurve],
        span: tuple[float, float],
        columns: int,
        places: Callable[[Doubles], Doubles],
        pen: Callable[[int], QPen],
    ) -> list[Doubles]:
        """Draw what of them is in view.

        Parameters
        ----------
        span : tuple of float
            Ends of the level axis.
        columns : int
            Points of each, about.
        places : callable
            Turns values into places on the upright axis.
        pen : callable
            Gives a branch's pen by its number.

        Returns
        -------
        list of ndarray of float64
            The places that are drawn.
        """
        while len(self._items) > len(rivals):
            self._plot.removeItem(self._items.pop())
        while len(self._items) < len(rivals):
            item = pg.PlotCurveItem()
            item.setSegmentedLineMode("off")  # a segment by itself would show no dashes
            item.setZValue(-1)
            self._plot.addItem(item, ignoreBounds=True)
            self._items.append(item)
        drawn = []
        for item, rival in zip(self._items, rivals, strict=True):
            first = max(rival.first, int(span[0]) - 1)
            x, y = envelope(rival.values, first, int(span[1]) + 2, columns)
            y = places(y)
            item.setPen(pen(rival.number))
            item.setData(x, y, connect="finite", antialias=len(x) <= columns)
            drawn.append(y)
        return drawn


class CurveNames(pg.GraphicsObject):  # type: ignore[misc]
    """Names at the right ends of curves, in a view's own pixels: over no curve or other words.

    Parameters
    ----------
    view : pyqtgraph.ViewBox
        What they stand in.
    marks : ChangeMarks
        Their words keep the top.
    """

    def __init__(self, view: pg.ViewBox, marks: ChangeMarks) -> None:
        super().__init__(view)
        self._view, self._marks = view, marks
        self._ends: tuple[CurveEnd, ...] = ()
        self._font = QFont()
        self.setZValue(10)
        view.sigResized.connect(self.prepareGeometryChange)

    def set_style(self, style: Style) -> None:
        """Use a style's size."""
        self._font = style.scaled(_TYPE).body_font
        self.update()

    def set_ends(self, ends: tuple[CurveEnd, ...]) -> None:
        """Name these."""
        if ends or self._ends:
            self._ends = ends
            self.update()

    def labels(self) -> list[tuple[QRectF, str, str]]:
        """Return the names that there is room for: where, in pixels, the words and the colour.

        They take half of the height at most, and the first ends have the first choice.
        """
        metrics = QFontMetricsF(self._font)
        line, width, height = metrics.height(), self._view.width(), self._view.height()
        wanted, said = [], []
        for end in self._ends[: max(2, int(height / line / 2))]:
            words = metrics.elidedText(end.name, Qt.TextElideMode.ElideRight, _WIDEST * width)
            at = self._at(end)
            wide = metrics.horizontalAdvance(words) + GRID
            right = max(wide, min(at.x() - GRID / 2, width))
            wanted.append(QRectF(right - wide, at.y() - line - 2, wide, line))
            said.append((words, end.colour))
        room = QRectF(0, self._marks.height, width, height - self._marks.height)
        places = label_places(wanted, self._lines() if wanted else (), room)
        return [(box, *rest) for box, rest in zip(places, said, strict=True) if box is not None]

    def boundingRect(self) -> QRectF:
        """Return the view's rectangle."""
        return QRectF(self._view.rect())

    def paint(self, painter: QPainter, *_: object) -> None:
        """Draw the names."""
        if not self._ends:
            return
        painter.setFont(self._font)
        for box, words, colour in self.labels():
            painter.setPen(QColor(colour))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)

    def _at(self, end: CurveEnd) -> QPointF:
        x, y = self._pixels(np.array([float(end.iteration)]), np.array([end.place]))
        return QPointF(x[0], y[0])

    def _lines(self) -> list[Line]:
        """Return the curves of the view, in pixels."""
        items = self._view.childGroup.childItems()
        curves = [item.getData() for item in items if isinstance(item, pg.PlotCurveItem)]
        return [self._pixels(x, y) for x, y in curves if x is not None]

    def _pixels(self, x: Doubles, y: Doubles) -> Line:
        (left, right), (bottom, top) = self._view.viewRange()
        across = (x - left) / (right - left) * self._view.width()
        return across, (top - y) / (top - bottom) * self._view.height()
