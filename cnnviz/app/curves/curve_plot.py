"""A live curve over the iterations, with a crosshair, horizontal zoom and pan."""

from collections.abc import Callable
from functools import partial
from math import ceil, isfinite
from typing import Any, Final

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QFontMetricsF, QMouseEvent
from PySide6.QtWidgets import QGraphicsItem

from cnnviz.app.branches.pen import branch_pen
from cnnviz.app.curves.axes import IterationAxis, ValueAxis, style_axes
from cnnviz.app.curves.axis_ranges import AIR, SHORTEST, fits, fitted, value_range, whole_span
from cnnviz.app.curves.bookmark_marks import BookmarkMarks
from cnnviz.app.curves.branch_curves import BranchCurve, BranchCurves, CurveEnd, CurveNames
from cnnviz.app.curves.change_marks import ChangeMarks, MarkedChange
from cnnviz.app.curves.crosshair import Crosshair, Dot
from cnnviz.app.curves.downsampling import envelope
from cnnviz.app.curves.held_out_line import LABEL as HELD_OUT_LABEL
from cnnviz.app.curves.held_out_line import NAME as HELD_OUT
from cnnviz.app.curves.held_out_line import HeldOutLine
from cnnviz.app.curves.readings import readings, shortened
from cnnviz.app.curves.spoken import spoken_curves
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID, Theme
from cnnviz.app.widgets.readable_plot import ReadablePlot, SpokenCurve
from cnnviz.training.run.branch import Bookmark

pg.setConfigOptions(antialias=True)

_NAMED: Final = 150
"""Width of a plot without labels, in pixels at normal size, from which on held-out images are."""
_TICK_TYPE: Final = 0.9
"""Font size at the axes, relative to body text."""


class _Curve(pg.PlotCurveItem):  # type: ignore[misc]
    """A curve whose bounds are the view, so that pyqtgraph need not compute those of its points."""

    def boundingRect(self) -> QRectF:
        """Return the view's rectangle in iterations and values."""
        view = self.getViewBox()
        return QRectF() if view is None else QRectF(view.viewRect())


class CurvePlot(ReadablePlot):
    """A curve with one value per iteration.

    Parameters
    ----------
    names : tuple of str
        Name of the quantity at the axis, and a short one for a low plot.
    quantity : str, optional
        Name of the quantity at the crosshair; the short one if it is not given.
    title : str, optional
        Its name for a screen reader; `quantity` if it is not given.
    colour : callable
        Picks the curve's colour from a theme.
    fixed : tuple of float or None
        Range of the vertical axis; None fits it to the values in view.
    factor : float
        Factor from values to the unit of the vertical axis.
    labelled : bool
        Whether marks and curves have labels.
    """

    pointed_at = Signal(object)
    """Carries the iteration under the pointer, or None."""
    span_chosen = Signal(object)
    """The user zoomed or panned: carries the range of iterations, or None for the whole run."""
    whole_run_requested = Signal()

    def __init__(
        self,
        names: tuple[str, str],
        write: Callable[[float], str],
        *,
        colour: Callable[[Theme], str],
        quantity: str = "",
        title: str = "",
        fixed: tuple[float, float] | None = None,
        factor: float = 1.0,
        labelled: bool = True,
    ) -> None:
        self._across, self._up = IterationAxis(), ValueAxis(fixed)
        axes = {"bottom": self._across, "left": self._up}
        super().__init__(axisItems=axes, viewBox=pg.ViewBox(enableMenu=False))
        self._names, self._write, self._fixed, self._factor = names, write, fixed, factor
        self._quantity = quantity or names[1]
        self._title = title or self._quantity
        self._colour_of = colour
        self._values: NDArray[np.floating[Any]] = np.empty(0)
        self._log = False
        self._span: tuple[float, float] | None = None
        self._whole: tuple[float, float] | None = None
        self._position = 0
        self._now: float | None = None
        self._name = ""
        self._branches: tuple[BranchCurve, ...] = ()
        self._read: int | None = None
        self._view: pg.ViewBox = self.getViewBox()
        self._view.setMouseEnabled(x=True, y=False)
        for axis in (self._across, self._up):
            # A cached axis is painted without Python.
            axis.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
        for unused in ("top", "right"):
            self.getAxis(unused).unlinkFromView()  # they cost time even if hidden
        # The scene has a background, so that Qt need not paint anything beneath.
        self.viewport().setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._make_items(labelled=labelled)
        self._view.sigRangeChangedManually.connect(self._emit_span)
        self._view.sigResized.connect(self._resized)
        self.scene().sigMouseMoved.connect(self._point)
        self.read_from(self._spoken_curves)
        self.point_read.connect(self._read_point)

    def _make_items(self, *, labelled: bool) -> None:
        self._curve = _Curve()
        # One wide path of many peaks takes half a second, single lines some milliseconds.
        self._curve.setSegmentedLineMode("on")
        self._marks = ChangeMarks(self._view, labelled=labelled)
        self._flags = BookmarkMarks(self._view)
        self._branch_curves = BranchCurves(self)
        self._labelled = labelled
        self._names_at_ends = CurveNames(self._view, self._marks, self._flags)
        self._held_out = HeldOutLine(self)
        self._playhead = pg.InfiniteLine(angle=90)
        self._dot, self._crosshair = Dot(), Crosshair(self._view)
        cross = self._crosshair
        layers = self._playhead, cross.line, self._curve, self._dot, cross.dot, cross.text
        for level, item in enumerate(layers):
            item.setZValue(level)
            self.addItem(item, ignoreBounds=True)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        theme, scale, colour = style.theme, style.scale, self._colour_of(style.theme)
        self.setBackground(theme.panel)
        small = style.scaled(_TICK_TYPE)
        beyond = style_axes(self._across, self._up, self._names[0], small)
        self.getPlotItem().layout.setContentsMargins(0, GRID // 2, beyond, 0)
        # For the texts at both ends.
        self._air = max(float(AIR), QFontMetricsF(small.number_font).height() / 2)
        self._curve.setPen(pg.mkPen(colour, width=scale))
        self._held_out.set_style(colour, scale)
        self._playhead.setPen(pg.mkPen(theme.accent, width=scale))
        self._dot.set_style(style, colour)
        self._crosshair.set_style(small)
        self._style, self._colour = style, colour
        self._marks.set_style(style)
        self._flags.set_style(style)
        self._names_at_ends.set_style(style)
        self._resized()

    def set_curve(
        self,
        values: NDArray[np.floating[Any]],
        position: int,
        changes: tuple[MarkedChange, ...],
        span: tuple[float, float] | None,
        now: float | None = None,
    ) -> None:
        """Draw a run.

        Parameters
        ----------
        values : ndarray of float, shape (T + 1,)
            NaN leaves a gap.
        span : tuple of float or None
            Range of iterations to show; None for the whole run.
        now : float, optional
            The value of the current state with the settings in force, if it is another.
        """
        self._values, self._position, self._now, self._span = values, position, now, span
        self._marks.set_changes(changes)
        self._redraw()

    def set_other_branches(
        self, name: str, branches: tuple[BranchCurve, ...], bookmarks: tuple[Bookmark, ...]
    ) -> None:
        """Set the other branches' curves, and the name of this one, for the next drawing."""
        self._name, self._branches = name, branches
        self._flags.set_bookmarks(bookmarks)

    def set_held_out(self, iteration: NDArray[np.int64], values: NDArray[np.float64]) -> None:
        """Set the values of held-out images for the next drawing, shapes (E,)."""
        self._held_out.set_values(iteration, values)

    @Slot(object)
    def show_span(self, span: tuple[float, float] | None) -> None:
        """Show a range of iterations, or the whole run."""
        self._span = span
        self._redraw()

    def set_log(self, log: bool) -> None:
        """Draw on a logarithmic or a linear scale; the former leaves values of 0 out."""
        self._log = log
        self._up.setLogMode(x=False, y=log)
        self._redraw()

    def read(self, iteration: int | None) -> None:
        """Show the values at an iteration with the crosshair, or hide it."""
        self._read = iteration
        shown = iteration is not None and iteration < self._longest()
        self._names_at_ends.want(not shown)  # the crosshair names the curves, too
        if iteration is None or not shown:
            self._crosshair.hide()
            return
        low, high = self._view.viewRange()[0]
        x = (iteration - low) / (high - low) * self._view.width()
        notes = [text for text in (self._marks.words_near(x), self._flags.name_near(x)) if text]
        lines = [f"iteration {iteration:,}", *self._values_at(iteration, len(notes)), *notes]
        value = float(self._values[iteration]) if iteration < len(self._values) else float("nan")
        self._crosshair.show(iteration, self._y(value), lines)

    def columns(self) -> list[tuple[str, NDArray[Any]]]:
        """Return the iterations and the values of each curve, in the unit of the axis."""
        quantity = self._names[0]
        curves = [(self._name, self._values), *((b.name, b.values) for b in self._branches)]
        names = [f"{quantity}: {name}" for name, _ in curves] if self._branches else [quantity]
        columns = [
            (name, values * self._factor) for name, (_, values) in zip(names, curves, strict=True)
        ]
        if not self._held_out.is_empty:
            held_out = self._held_out.column(len(self._values)) * self._factor
            columns.append((f"{quantity}: {HELD_OUT}", held_out))
        return [("iteration", np.arange(self._longest())), *columns]

    def leaveEvent(self, event: QEvent) -> None:
        """Hide the crosshair."""
        super().leaveEvent(event)
        self.pointed_at.emit(None)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Request the whole run."""
        super().mouseDoubleClickEvent(event)
        self.whole_run_requested.emit()

    @Slot()
    def _redraw(self) -> None:
        """Draw the part in view."""
        whole = low, high = self._whole_span()
        if whole != self._whole:
            self._whole = whole
            self._view.setLimits(xMin=low, xMax=high, minXRange=SHORTEST / 2)
        if [*(self._span or whole)] != self._view.viewRange()[0]:  # axes are slow to draw
            self._view.setXRange(*(self._span or whole), padding=0)
        low, high = self._view.viewRange()[0]
        columns = max(64, 2 * round(self._view.width()))
        x, y = envelope(self._values, int(low) - 1, int(high) + 2, columns)
        y = self._positions(y)
        pen = partial(branch_pen, theme=self._style.theme, scale=self._style.scale)
        branches = self._branch_curves.draw(
            self._branches, (low, high), columns, self._positions, pen
        )
        held_out = self._held_out.draw((low, high), columns, self._view.width(), self._positions)
        now = [] if self._now is None else [[self._y(self._now)]]
        self._fit(np.concatenate([y, *branches, held_out, *now]))
        # Smooth edges are slow, and invisible with several peaks to a pixel.
        self._curve.setData(x, y, connect="finite", antialias=len(x) <= columns)
        if self._position < len(self._values):
            looking_back = self._position < len(self._values) - 1
            self._playhead.setVisible(looking_back)
            if looking_back:
                self._playhead.setValue(self._position)
            value = float(self._values[self._position]) if self._now is None else self._now
            self._dot.move_to(self._position, self._y(value))
        self._name_ends(ceil(low), int(high))
        self.read(self._read)
        self.scene().prepareForPaint()  # or the view changes while it is painted

    def _whole_span(self) -> tuple[float, float]:
        return whole_span(self._longest() - 1, self._view.width(), self._air)

    def _longest(self) -> int:
        """Return the number of states of the longest curve."""
        return max([len(self._values), *(len(branch.values) for branch in self._branches)])

    def _values_at(self, iteration: int, notes: int) -> list[str]:
        """Write the values of as many curves as there is space for beside some notes."""
        curves = [
            (self._name, self._values),
            *((r.name, r.values) for r in reversed(self._branches)),
        ]
        evaluated = self._held_out.newest(iteration) if iteration < len(self._values) else None
        if not self._branches:
            return readings(iteration, curves, evaluated, self._write, self._quantity)
        # The plot's quantity is known, the branch is not.
        lines = readings(iteration, curves, evaluated, self._write)
        metrics, width = self._crosshair.metrics, self._view.width() - 2 * AIR
        most = int((self._view.height() - GRID) / ceil(metrics.lineSpacing())) - 1 - notes
        lines = [metrics.elidedText(line, Qt.TextElideMode.ElideRight, width) for line in lines]
        return shortened(lines, max(1, most))

    def _name_ends(self, first: int, last: int) -> None:
        """Name the curves at their last points in view if there are several."""
        several = bool(self._branches) and self._labelled
        curves = [(self._name, self._values, self._colour, 0)] if several else []
        for branch in reversed(self._branches if several else ()):
            colour = branch_pen(branch.number, self._style.theme, 1.0).color().name()
            curves.append((branch.name, branch.values, colour, branch.first))
        ends = []
        for name, values, colour, start in curves:
            end, begin = min(last, len(values) - 1), max(0, first, start)
            while end >= begin and not isfinite(self._y(float(values[end]))):
                end -= 1  # at the end of a run that has failed
            if end >= begin:
                is_current = values is self._values
                ends.append(CurveEnd(end, self._y(float(values[end])), name, colour, is_current))
        held_out = self._held_out.newest(last)
        is_wide = self._labelled or self._view.width() > _NAMED * self._style.scale
        if held_out is not None and is_wide and isfinite(self._y(held_out[1])):
            at, value = held_out
            ends.insert(
                1, CurveEnd(at, self._y(value), HELD_OUT_LABEL, self._colour, short=HELD_OUT)
            )
        self._names_at_ends.set_ends(tuple(ends))

    def _positions(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the vertical positions of values; NaN for those without one."""
        if not self._log:
            return values * self._factor
        with np.errstate(divide="ignore", invalid="ignore"):
            positions = np.log10(values)
        positions[np.isinf(positions)] = np.nan
        return positions

    def _fit(self, positions: NDArray[np.float64]) -> None:
        """Fit the vertical axis to positions, with margins for dots and labels."""
        values = self._fixed or value_range(positions, log=self._log)
        above, height = self._air + self._marks.height, self._view.height()
        if not fits(self._view.viewRange()[1], values, height, above, self._air):
            self._view.setYRange(*fitted(values, height, above, self._air), padding=0)

    def _y(self, value: float) -> float:
        """Return the vertical position of a value; NaN if it has none."""
        return float(self._positions(np.array([value], float))[0])

    @Slot(object)
    def _point(self, position: QPointF) -> None:
        """Emit which iteration is under the pointer."""
        if not len(self._values) or not self._view.sceneBoundingRect().contains(position):
            self.pointed_at.emit(None)
            return
        x = round(self._view.mapSceneToView(position).x())
        self.pointed_at.emit(min(max(0, x), self._longest() - 1))

    def mark_point(self, x: float | None, text: str) -> None:
        """Do nothing: the crosshair follows the point that is read."""

    def _spoken_curves(self) -> list[SpokenCurve]:
        others = [(branch.name, branch.values) for branch in reversed(self._branches)]
        return spoken_curves(
            self._title,
            [(self._name, self._values), *others],
            self._held_out.states,
            self._write,
            lambda at: [*self._marks.words_at(at), *self._flags.names_at(at)],
        )

    @Slot(object)
    def _read_point(self, x: float | None) -> None:
        """Point at the iteration that is read, and show it if it is out of view."""
        low, high = self._view.viewRange()[0]
        if x is not None and self._span is not None and not low <= x <= high:
            first = x if x < low else x - (high - low)
            self.show_span((first, first + high - low))
            self.span_chosen.emit(self._span)
        self.pointed_at.emit(None if x is None else int(x))

    @Slot()
    def _resized(self) -> None:
        """Draw for another size."""
        metrics = QFontMetricsF(self._up.label.font())
        long, short = self._names
        fits = metrics.horizontalAdvance(long) <= self._view.height()
        self._up.setLabel(long if fits else short)
        for axis in (self._up, self._across):
            axis.resizeEvent()  # positions the axis' name
        self._redraw()

    @Slot()
    def _emit_span(self) -> None:
        (low, high), (first, last) = self._view.viewRange()[0], self._whole_span()
        almost = 1e-6 * (last - first)
        whole = low <= first + almost and high >= last - almost
        self.show_span(None if whole else (low, high))
        self.span_chosen.emit(self._span)
