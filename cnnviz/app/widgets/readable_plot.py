"""Plots that are read with the keyboard, point by point, and spoken by a screen reader."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import isfinite, log10
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QFont, QKeyEvent, QPalette

from cnnviz.app.widgets.arrow_keys import MOVES, move_of, plain_key
from cnnviz.app.widgets.framed_plot import FramedPlot
from cnnviz.app.widgets.spoken_picture import announce
from cnnviz.numerics.number_format import compact, plain

if TYPE_CHECKING:
    from cnnviz.app.widgets.plot_export import Columns

_PAGE: Final = 10
"""A page is this part of a curve, that is, a tenth."""
_SUMMED: Final = 3
"""Curves in a summary; of more, it says how many there are."""
_JUMPS: Final = frozenset({Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown})
Values = NDArray[Any]


@dataclass(frozen=True, slots=True, eq=False)
class SpokenCurve:
    """A curve as it is read."""

    name: str
    """Its name, such as "loss, branch exact, η 100"."""
    across: Callable[[int], str]
    """Writes where a point is, given its index, such as "iteration 40 of 100"."""
    x: Values
    y: Values
    """x, y: shape (N,). Positions on the horizontal axis and values; NaN is undefined. Positions
    that are words, such as names of bars, are spoken, but not marked in the plot."""
    write: Callable[[float], str] = compact
    """Writes a value."""

    def point(self, at: int) -> str:
        """Say the value at a point."""
        value = float(self.y[at])
        number = self.write(value) if isfinite(value) else "undefined"
        return f"{self.name}, {self.across(at)}: {number}"

    def summary(self) -> str:
        """Say in a sentence where the curve begins and ends, and how low and high it goes."""
        defined = np.flatnonzero(np.isfinite(np.asarray(self.y, float)))
        if not len(defined):
            return f"{self.name}: {'nothing drawn' if not len(self.y) else 'undefined'}"
        first, last = int(defined[0]), int(defined[-1])
        if first == last:
            return self.point(first)
        parts = [f"from {self._value(first)} to {self._value(last)}"]
        for word, find in (("lowest", np.argmin), ("highest", np.argmax)):
            at = int(defined[find(self.y[defined])])
            if self.y[at] not in (self.y[first], self.y[last]):
                parts.append(f"{word} {self._value(at)}")
        return f"{self.name}: {', '.join(parts)}"

    def _value(self, at: int) -> str:
        return f"{self.write(float(self.y[at]))} at {self.across(at)}"


def curves_of(columns: "Columns") -> list[SpokenCurve]:
    """Return the curves of a table: its first column is the horizontal axis of all others."""
    if len(columns) < 2:
        return []
    (across, x), *others = columns
    return [curve_over(across, x, name, y) for name, y in others]


def curve_over(across: str, x: Values, name: str, y: Values) -> SpokenCurve:
    """Return a curve, given the names and values of both axes."""
    x = x[: len(y)]  # of several curves over an axis, one may end earlier
    return SpokenCurve(name, lambda at: f"{across} {_position(x[at])}", x, y)


def _position(x: object) -> str:
    if isinstance(x, int | float | np.number):
        value = float(x)
        return f"{value:,.0f}" if value.is_integer() and abs(value) < 1e6 else plain(value)
    return str(x).replace("-", " ")


class ReadablePlot(FramedPlot):
    """A plot in which the arrow keys move along a curve, and up and down to the next one.

    Home and End go to its ends, Page Up and Page Down a tenth further, and Esc leaves it. The point
    is marked with its value, and a screen reader says it. Without a point, it finds a summary.

    Its options are those of `pyqtgraph.PlotWidget`.
    """

    own_keys = frozenset({*MOVES, *_JUMPS, Qt.Key.Key_Escape})
    point_read = Signal(object)
    """The person reads another point: carries its position on the horizontal axis, or None."""

    # Of the class, because a screen reader may ask while a plot is being made.
    _curves: Callable[[], Sequence[SpokenCurve]] = staticmethod(tuple)
    _summary: Callable[[], str] | None = None
    _which = 0
    _at: int | None = None
    _mark: "_Mark | None" = None

    def read_from(
        self, curves: Callable[[], Sequence[SpokenCurve]], summary: Callable[[], str] | None = None
    ) -> None:
        """Set what returns the curves that are drawn now, and what says more than their summary."""
        self._curves, self._summary = curves, summary

    @property
    def spoken_value(self) -> str:
        """The point that is read, or else a summary of each curve."""
        curves = self._curves()
        if (found := self._found(curves)) is not None:
            return found[0].point(found[1])
        if self._summary is not None:
            return self._summary()
        more = len(curves) - _SUMMED
        summaries = [curve.summary() for curve in curves[:_SUMMED]]
        return ". ".join([*summaries, *([f"{more} more"] if more > 0 else [])])

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Read the next point, the next curve or a point farther away, or leave the curve."""
        key, move, curves = plain_key(event), move_of(event), self._curves()
        if key == Qt.Key.Key_Escape and self._at is not None:
            self._at = None
            self._show()
        elif (move is not None or key in _JUMPS) and any(len(curve.x) for curve in curves):
            self._move(key, move, curves)
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Leave the curve."""
        super().focusOutEvent(event)
        if self._at is not None:
            self._at = None
            self._show()

    def mark_point(self, x: float | None, text: str) -> None:
        """Mark a position on the horizontal axis with a text, or none.

        A plot with a crosshair of its own does nothing here, and follows `point_read`.
        """
        if self._mark is None and x is not None:
            self._mark = _Mark(self)
        if self._mark is not None:
            self._mark.show(x, text)

    def _move(
        self, key: Qt.Key | None, move: tuple[int, int] | None, curves: Sequence[SpokenCurve]
    ) -> None:
        across, down = move or (0, 0)
        before = self._found(curves)
        if before is not None and down:
            # The next curve is read where this one was: their points may be others.
            x = before[0].x[before[1]]
            self._which = (min(self._which, len(curves) - 1) + down) % len(curves)
            same = np.flatnonzero(curves[self._which].x == x)
            self._at = int(same[0]) if len(same) else before[1]
        count = len(curves[min(self._which, len(curves) - 1)].x)
        page = max(1, count // _PAGE)
        now = self._at
        if key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            now = 0 if key == Qt.Key.Key_Home else count - 1
        elif now is None:
            now = 0 if across > 0 else count - 1
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            now += page if key == Qt.Key.Key_PageDown else -page
        else:
            now += across
        self._at = min(max(0, now), count - 1)
        self._show()

    def _found(self, curves: Sequence[SpokenCurve]) -> tuple[SpokenCurve, int] | None:
        """Return the curve and the point that are read, if they are still there."""
        if self._at is None or not curves:
            return None
        curve = curves[min(self._which, len(curves) - 1)]
        return (curve, min(self._at, len(curve.x) - 1)) if len(curve.x) else None

    def _show(self) -> None:
        """Mark and say the point that is read."""
        found = self._found(self._curves())
        position = None if found is None else found[0].x[found[1]]
        numeric = isinstance(position, int | float | np.number)
        text = self.spoken_value
        self.mark_point(float(position) if numeric else None, text)  # type: ignore[arg-type]
        self.point_read.emit(position if numeric else None)
        announce(self, text)


class _Mark:
    """A dotted line at a position, and a text at the top beside it."""

    def __init__(self, plot: pg.PlotWidget) -> None:
        self._plot = plot
        self._line, self._text = pg.InfiniteLine(angle=90), pg.TextItem()
        for item in (self._line, self._text):
            item.setZValue(20)
            # Not by the plot, which would remove it whenever it draws other curves.
            plot.getViewBox().addItem(item, ignoreBounds=True)

    def show(self, x: float | None, text: str) -> None:
        """Show a text at a position, or hide."""
        item, view = self._plot.getPlotItem(), self._plot.getViewBox()
        is_log = item.getAxis("bottom").logMode
        shown = x is not None and not (is_log and x <= 0)
        for one in (self._line, self._text):
            one.setVisible(shown)
        if not shown or x is None:
            return
        at = log10(x) if is_log else x
        palette = self._plot.palette()
        colour = palette.color(QPalette.ColorRole.Text)
        (low, high), (_, top) = view.viewRange()
        self._line.setPen(pg.mkPen(colour, style=Qt.PenStyle.DotLine))
        self._line.setValue(at)
        self._text.setFont(QFont(item.getAxis("bottom").label.font()))
        self._text.setTextWidth(max(1.0, view.width() / 2))
        self._text.setText(text, color=colour)
        self._text.fill = pg.mkBrush(palette.color(QPalette.ColorRole.ToolTipBase))
        self._text.setAnchor((0.0 if at < (low + high) / 2 else 1.0, 0.0))
        self._text.setPos(min(max(at, low), high), top)
