"""One curve over the iterations: live, read with the pointer, zoomed and panned sideways."""

from collections.abc import Callable
from math import ceil, isfinite
from typing import Any, Final

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QGraphicsEllipseItem, QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from cnnviz.app.branches.pen import branch_pen
from cnnviz.app.curves.axes import IterationAxis, ValueAxis
from cnnviz.app.curves.axis_ranges import AIR, SHORTEST, fits, fitted, whole_span
from cnnviz.app.curves.bookmark_marks import BookmarkMarks
from cnnviz.app.curves.branch_curves import BranchCurve, BranchCurves, CurveEnd, CurveNames
from cnnviz.app.curves.change_marks import Change, ChangeMarks
from cnnviz.app.curves.downsampling import envelope
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID, Theme
from cnnviz.training.run.branches import Bookmark

pg.setConfigOptions(antialias=True)

_TICK_TYPE: Final = 0.9
"""Size of the type at the axes, relative to body text."""


class _Dot(QGraphicsEllipseItem):
    """A dot of the same size whatever the scale of the plot."""

    def __init__(self) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionGraphicsItem,
        widget: QWidget | None = None,
    ) -> None:
        """Paint it round."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        super().paint(painter, option, widget)


class _Curve(pg.PlotCurveItem):  # type: ignore[misc]
    """A curve that takes as much room as is in view, without looking where its points are."""

    def boundingRect(self) -> QRectF:
        """Return the view's rectangle, in iterations and values."""
        view = self.getViewBox()
        return QRectF() if view is None else QRectF(view.viewRect())


class CurvePlot(pg.PlotWidget):  # type: ignore[misc]
    """A curve with one value per iteration.

    Parameters
    ----------
    names : tuple of str
        What is plotted, as the axis says it: in full, and where there is no room for that.
    words : callable
        Turns a value into what is read of it.
    colour : callable
        Picks the curve's colour from a theme.
    fixed : tuple of float or None
        Ends of the upright axis; None fits it to what is in view.
    factor : float
        Unit of the upright axis: what a value is multiplied by before it is drawn.
    labelled : bool
        Whether marks carry words.
    """

    pointed_at = Signal(object)
    """Carries the iteration under the pointer, or None once it has left."""
    span_chosen = Signal(object)
    """A person zoomed or panned: carries the ends of the level axis, a pair of iterations, or None
    where it shows the whole run."""
    whole_run_requested = Signal()

    def __init__(
        self,
        names: tuple[str, str],
        words: Callable[[float], str],
        *,
        colour: Callable[[Theme], str],
        fixed: tuple[float, float] | None = None,
        factor: float = 1.0,
        labelled: bool = True,
        parent: QWidget | None = None,
    ) -> None:
        self._across, self._up = IterationAxis(), ValueAxis()
        axes = {"bottom": self._across, "left": self._up}
        super().__init__(parent, axisItems=axes, viewBox=pg.ViewBox(enableMenu=False))
        self._names, self._words, self._fixed, self._factor = names, words, fixed, factor
        self._colour_of = colour
        self._values: NDArray[np.floating[Any]] = np.empty(0)
        self._log = False
        self._span: tuple[float, float] | None = None
        self._whole: tuple[float, float] | None = None
        self._position = 0
        self._now: float | None = None
        self._name = ""
        self._rivals: tuple[BranchCurve, ...] = ()
        self._read: int | None = None
        self._view: pg.ViewBox = self.getViewBox()
        self._view.setMouseEnabled(x=True, y=False)
        self._view.setMenuEnabled(False)
        self.hideButtons()
        for axis in (self._across, self._up):
            # What Qt keeps of an axis is painted without a word of Python.
            axis.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
        for unused in ("top", "right"):
            self.getAxis(unused).unlinkFromView()  # they cost as much hidden as shown
        self.setMenuEnabled(False)
        # The scene has a background of its own: nothing need be painted beneath.
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._make_items(labelled=labelled)
        self._view.sigRangeChangedManually.connect(self._tell_span)
        self._view.sigResized.connect(self._resized)
        self.scene().sigMouseMoved.connect(self._point)

    def _make_items(self, *, labelled: bool) -> None:
        self._curve = _Curve()
        # A wide path of many peaks takes Qt half a second, its lines one by one some milliseconds.
        self._curve.setSegmentedLineMode("on")
        self._marks = ChangeMarks(self._view, labelled=labelled)
        self._flags = BookmarkMarks(self._view)
        self._rival_curves = BranchCurves(self)
        self._names_at_ends = CurveNames(self._view, self._marks) if labelled else None
        self._playhead = pg.InfiniteLine(angle=90)
        self._pointer = pg.InfiniteLine(angle=90)
        self._dot, self._read_dot = _Dot(), _Dot()
        self._reading = pg.TextItem()
        for level, item in enumerate(
            (self._playhead, self._pointer, self._curve, self._dot, self._read_dot, self._reading)
        ):
            item.setZValue(level)
            self.addItem(item, ignoreBounds=True)
        for item in (self._pointer, self._read_dot, self._reading):
            item.hide()

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        theme, scale, colour = style.theme, style.scale, self._colour_of(style.theme)
        self.setBackground(theme.panel)
        small = style.scaled(_TICK_TYPE)
        tick_font, label_font = small.number_font, small.body_font
        for axis, name in ((self._across, "iteration"), (self._up, self._names[0])):
            axis.setStyle(tickFont=tick_font, tickLength=-4)
            axis.setPen(theme.line)
            axis.setTextPen(theme.muted)
            axis.label.setFont(label_font)
            axis.setLabel(name, color=theme.muted)
        metrics = QFontMetricsF(tick_font)
        beyond = ceil(2 * metrics.horizontalAdvance("0"))  # for half of the last tick's words
        self._across.setStyle(hideOverlappingLabels=beyond)
        self.getPlotItem().layout.setContentsMargins(0, GRID // 2, beyond, 0)
        self._across.setHeight(round(metrics.height() + GRID // 2))
        ticks = metrics.horizontalAdvance("0.000") + QFontMetricsF(label_font).height() + GRID
        corner = self._across.label.boundingRect().width() + metrics.horizontalAdvance("0")
        self._up.setWidth(ceil(max(ticks, corner)))
        self._curve.setPen(pg.mkPen(colour, width=scale))
        self._playhead.setPen(pg.mkPen(theme.accent, width=scale))
        self._pointer.setPen(pg.mkPen(theme.muted, width=scale, style=Qt.PenStyle.DotLine))
        radius = GRID / 2 * scale
        for dot in (self._dot, self._read_dot):
            dot.setRect(-radius, -radius, 2 * radius, 2 * radius)
            dot.setPen(pg.mkPen(theme.panel))
        self._dot.setBrush(pg.mkBrush(colour))
        self._read_dot.setBrush(pg.mkBrush(theme.text))
        self._reading.setFont(label_font)
        self._reading.setColor(theme.text)
        self._reading.fill = pg.mkBrush(QColor(theme.raised))
        self._reading.border = pg.mkPen(theme.line)
        self._style, self._colour = style, colour
        self._marks.set_style(style)
        self._flags.set_style(style)
        if self._names_at_ends is not None:
            self._names_at_ends.set_style(style)
        self._resized()

    def set_curve(
        self,
        values: NDArray[np.floating[Any]],
        position: int,
        changes: tuple[Change, ...],
        span: tuple[float, float] | None,
        now: float | None = None,
    ) -> None:
        """Draw another state of the run.

        Parameters
        ----------
        values : ndarray of float, shape (T + 1,)
            NaN leaves a gap.
        position : int
            The current iteration.
        span : tuple of float or None
            Ends of the level axis; None for the whole run.
        now : float, optional
            The value of the current state with the settings in force, if it is another.
        """
        self._values, self._position, self._now, self._span = values, position, now, span
        self._marks.set_changes(changes)
        self._redraw()

    def set_other_branches(
        self, name: str, rivals: tuple[BranchCurve, ...], bookmarks: tuple[Bookmark, ...]
    ) -> None:
        """Take what is drawn beside the curve, the next time that it is.

        Parameters
        ----------
        name : str
            The curve's own, said where there are others.
        """
        self._name, self._rivals = name, rivals
        self._flags.set_bookmarks(bookmarks)

    @Slot(object)
    def show_span(self, span: tuple[float, float] | None) -> None:
        """Show the iterations from one to another, or the whole run."""
        self._span = span
        self._redraw()

    def set_log(self, log: bool) -> None:
        """Draw on a logarithmic or a linear scale; values of 0 have no place on the former."""
        self._log = log
        self._up.setLogMode(x=False, y=log)
        self._redraw()

    def read(self, iteration: int | None) -> None:
        """Show the values at an iteration, or nothing."""
        self._read = iteration
        shown = iteration is not None and iteration < self._longest()
        self._pointer.setVisible(shown)
        self._reading.setVisible(shown)
        if self._names_at_ends is not None:
            self._names_at_ends.setVisible(not shown)  # what is read says them, too
        if iteration is None or not shown:
            self._read_dot.hide()
            return
        (low, high), (bottom, top) = self._view.viewRange()
        self._pointer.setValue(iteration)
        there = iteration < len(self._values)  # or only others have come so far
        value = float(self._values[iteration]) if there else float("nan")
        y = self._put_dot(self._read_dot, iteration, value)
        width = self._view.width()
        x = (iteration - low) / (high - low) * width
        notes = [words for words in (self._marks.words_near(x), self._flags.name_near(x)) if words]
        lines = [f"iteration {iteration:,}", *self._said(iteration, len(notes)), *notes]
        self._reading.setText("\n".join(lines))
        # Beside the pointer, away from the dot, and inside the view.
        box = self._reading.boundingRect().width()
        left = x + AIR if x < width / 2 else x - box - AIR
        left = max(0.0, min(left, width - box))
        at_bottom = y > (bottom + top) / 2
        self._reading.setAnchor(((x - left) / max(box, 1.0), float(at_bottom)))
        self._reading.setPos(iteration, bottom if at_bottom else top)

    def leaveEvent(self, event: QEvent) -> None:
        """Stop reading."""
        super().leaveEvent(event)
        self.pointed_at.emit(None)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Ask for the whole run."""
        super().mouseDoubleClickEvent(event)
        self.whole_run_requested.emit()

    @Slot()
    def _redraw(self) -> None:
        """Draw what is in view."""
        whole = low, high = self._whole_span()
        if whole != self._whole:
            self._whole = whole
            self._view.setLimits(xMin=low, xMax=high, minXRange=SHORTEST / 2)
        if [*(self._span or whole)] != self._view.viewRange()[0]:  # axes are slow to draw
            self._view.setXRange(*(self._span or whole), padding=0)
        low, high = self._view.viewRange()[0]
        columns = max(64, 2 * round(self._view.width()))
        x, y = envelope(self._values, int(low) - 1, int(high) + 2, columns)
        y = self._places(y)
        rivals = self._draw_rivals((low, high), columns)
        now = [] if self._now is None else [self._places(np.array([self._now]))]
        self._fit(np.concatenate([y, *rivals, *now]))
        # Smooth edges are slow, and are not seen where there are several peaks to a pixel.
        self._curve.setData(x, y, connect="finite", antialias=len(x) <= columns)
        if self._position < len(self._values):
            looking_back = self._position < len(self._values) - 1
            self._playhead.setVisible(looking_back)
            if looking_back:
                self._playhead.setValue(self._position)
            self._put_dot(self._dot, self._position, self._height(self._position))
        self._name_ends(int(high))
        self.read(self._read)
        self.scene().prepareForPaint()  # else the view moves while it is painted, and again after

    def _whole_span(self) -> tuple[float, float]:
        return whole_span(self._longest() - 1, self._view.width())

    def _longest(self) -> int:
        """Return how many states the longest of the curves has."""
        return max([len(self._values), *(len(rival.values) for rival in self._rivals)])

    def _said(self, iteration: int, notes: int) -> list[str]:
        """Return what is read at an iteration: of as many curves as there is room for."""
        curves = ((self._name, self._values), *((r.name, r.values) for r in reversed(self._rivals)))
        there = [(name, values) for name, values in curves if iteration < len(values)]
        if not self._rivals:
            return [self._words(float(values[iteration])) for _, values in there]
        metrics, width = QFontMetricsF(self._reading.textItem.font()), self._view.width() - 2 * AIR
        room = max(1, int((self._view.height() - GRID) / metrics.lineSpacing()) - 1 - notes)
        # What is plotted is known; which branch it is of is not.
        numbers = [self._words(float(values[iteration])).partition(" ")[2] for _, values in there]
        said = [f"{number}: {name}" for number, (name, _) in zip(numbers, there, strict=True)]
        said = [metrics.elidedText(line, Qt.TextElideMode.ElideRight, width) for line in said]
        if len(said) <= room:
            return said
        kept = said[: max(1, room - 1)]
        return [*kept, f"{len(said) - len(kept)} more"]

    def _draw_rivals(self, span: tuple[float, float], columns: int) -> list[NDArray[np.float64]]:
        def pen(number: int) -> QPen:
            return branch_pen(number, self._style.theme, self._style.scale)

        return self._rival_curves.draw(self._rivals, span, columns, self._places, pen)

    def _name_ends(self, last: int) -> None:
        """Name the curves where they end, if there are several."""
        if self._names_at_ends is None:
            return
        ends = []
        if self._rivals:
            curves = [(self._name, self._values, self._colour)]
            for rival in reversed(self._rivals):
                colour = branch_pen(rival.number, self._style.theme, 1.0).color().name()
                curves.append((rival.name, rival.values, colour))
            for name, values, colour in curves:
                end = min(last, len(values) - 1)
                place = self._places(values[end : end + 1].astype(float))
                if len(place) and isfinite(place[0]):
                    ends.append(CurveEnd(end, float(place[0]), name, colour))
        self._names_at_ends.set_ends(tuple(ends))

    def _places(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return where values are drawn; NaN where they have no place."""
        if not self._log:
            return values * self._factor
        with np.errstate(divide="ignore", invalid="ignore"):
            places = np.log10(values)
        places[np.isinf(places)] = np.nan
        return places

    def _fit(self, places: NDArray[np.float64]) -> None:
        """Fit the upright axis to what is drawn, with air for dots and labels."""
        seen = places[np.isfinite(places)]
        if self._fixed:
            low, high = self._fixed
        elif len(seen):
            low, high = float(seen.min()), float(seen.max())
        else:
            low, high = (-3.0, 0.0) if self._log else (0.0, 0.5)
        least = 0.02 if self._log else max(0.02 * abs(high), 1e-12)
        if high - low < least:
            low, high = (low + high - least) / 2, (low + high + least) / 2
        above, height = AIR + self._marks.height, self._view.height()
        if not fits(self._view.viewRange()[1], (low, high), height, above):
            self._view.setYRange(*fitted((low, high), height, above), padding=0)

    def _height(self, position: int) -> float:
        """Return the value of the current state, with the settings in force."""
        return float(self._values[position]) if self._now is None else self._now

    def _put_dot(self, dot: _Dot, iteration: int, value: float) -> float:
        """Put a dot at a value and return its height; NaN if it has none."""
        place = float(self._places(np.array([value], float))[0])
        dot.setVisible(isfinite(place))
        if isfinite(place):
            dot.setPos(iteration, place)
        return place

    @Slot(object)
    def _point(self, place: QPointF) -> None:
        """Tell which iteration is under the pointer."""
        if not len(self._values) or not self._view.sceneBoundingRect().contains(place):
            self.pointed_at.emit(None)
            return
        x = round(self._view.mapSceneToView(place).x())
        self.pointed_at.emit(min(max(0, x), self._longest() - 1))

    @Slot()
    def _resized(self) -> None:
        """Draw for another size."""
        metrics = QFontMetricsF(self._up.label.font())
        long, short = self._names
        fits = metrics.horizontalAdvance(long) <= self._view.height()
        self._up.setLabel(long if fits else short)
        for axis in (self._up, self._across):
            axis.resizeEvent()  # puts the axis' name where it belongs
        self._redraw()

    @Slot()
    def _tell_span(self) -> None:
        (low, high), (first, last) = self._view.viewRange()[0], self._whole_span()
        almost = 1e-6 * (last - first)
        whole = low <= first + almost and high >= last - almost
        self.show_span(None if whole else (low, high))
        self.span_chosen.emit(self._span)
