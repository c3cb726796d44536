"""The histogram of a tensor's values, one outline for each filter."""

from math import ceil
from typing import Final

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, Qt, Signal, Slot
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QKeyEvent

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.arrow_keys import move_of, plain_key
from cnnviz.app.widgets.framed_plot import FramedPlot
from cnnviz.app.widgets.plot_export import Columns
from cnnviz.app.widgets.plot_menu import PlotMenu
from cnnviz.app.widgets.plot_style import NumberAxis, style_plot
from cnnviz.numerics.number_format import percent
from cnnviz.training.debugger.distribution import BINS, Distribution

_SMALL: Final = 0.85
"""Font size, relative to body text."""
_FILL: Final = 0.25
"""Opacity below an outline, 0 to 1."""
_BASE: Final = 0.5
"""Count at the bottom of a logarithmic axis: a single value has a bar, none has no bar."""


class HistogramPlot(FramedPlot):
    """Counts over values; the mouse and the arrow keys point at a bar.

    Values that are exactly zero, and those that are saturated, are hatched and named.

    A screen reader calls it by its `name`.
    """

    spoken_value = ""
    own_keys = frozenset({Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Escape})
    bar_pointed = Signal(object)
    """Carries the number of a bar, or None."""

    def __init__(self, name: str) -> None:
        view = pg.ViewBox(enableMenu=False, enableMouse=False)
        self._across, self._up = NumberAxis("bottom"), NumberAxis("left")
        super().__init__(viewBox=view, axisItems={"bottom": self._across, "left": self._up})
        self._shown: Distribution | None = None
        self._bar: int | None = None
        self._log, self._symbol = False, ""
        self._cursor = pg.LinearRegionItem(movable=False)
        self._cursor.hide()
        self._items: list[pg.GraphicsObject] = []
        self.addItem(self._cursor, ignoreBounds=True)
        self.scene().sigMouseMoved.connect(self._point)
        PlotMenu(self, name, self.columns)

    @property
    def bar(self) -> int | None:
        """The bar that is pointed at."""
        return self._bar

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._style, theme, small = style, style.theme, style.scaled(_SMALL)
        style_plot(self, small, self._symbol, "values")
        for axis in (self._across, self._up):
            axis.setStyle(hideOverlappingLabels=GRID)
        metrics = QFontMetricsF(small.number_font)
        self._across.setHeight(round(2.2 * metrics.height()))
        self._up.setWidth(ceil(metrics.horizontalAdvance("000000") + metrics.height() + GRID))
        self.getPlotItem().layout.setContentsMargins(0, 0, GRID, 0)
        tint = QColor(theme.text)
        tint.setAlphaF(0.2)
        self._cursor.setBrush(tint)
        for line in self._cursor.lines:
            line.setPen(pg.mkPen(theme.text, width=style.scale))
        self._draw()

    def show_distribution(self, shown: Distribution, symbol: str) -> None:
        """Draw a distribution of the values of a tensor."""
        self._shown, self._symbol = shown, symbol
        self._across.setLabel(symbol, color=self._style.theme.muted)
        self._draw()
        self.point_at(self._bar)

    def columns(self) -> Columns:
        """Return the bars' ends and their counts, as a table."""
        if self._shown is None:
            return ()
        edges, counts = self._shown.edges, self._shown.counts
        names = [f"filter {i}" for i in range(1, 4)] if len(counts) > 1 else ["values"]
        return ("from", edges[:-1]), ("to", edges[1:]), *zip(names, counts, strict=True)

    def set_log(self, log: bool) -> None:
        """Count on a logarithmic scale, or a linear one."""
        self._log = log
        self._draw()

    def point_at(self, bar: int | None) -> None:
        """Mark a bar, or none."""
        self._bar = bar if self._shown is not None else None
        self._cursor.setVisible(self._bar is not None)
        if self._bar is not None and self._shown is not None:
            self._cursor.setRegion(self._shown.edges[self._bar : self._bar + 2].tolist())
        self.bar_pointed.emit(self._bar)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Go to the next bar, or leave them."""
        if (move := move_of(event)) is not None and move[0]:
            start = (BINS if move[0] < 0 else -1) if self._bar is None else self._bar
            self.point_at(min(max(0, start + move[0]), BINS - 1))
        elif plain_key(event) == Qt.Key.Key_Escape:
            self.point_at(None)
        else:
            super().keyPressEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        """Point at no bar."""
        super().leaveEvent(event)
        self.point_at(None)

    @Slot(object)
    def _point(self, position: QPointF) -> None:
        """Point at the bar under the mouse."""
        view = self.getViewBox()
        bar = None
        if self._shown is not None and view.sceneBoundingRect().contains(position):
            value = np.array(view.mapSceneToView(position).x())
            found = int(self._shown.bars(value))
            bar = found if found >= 0 else None
        if bar != self._bar:
            self.point_at(bar)

    def _draw(self) -> None:
        for item in self._items:
            self.removeItem(item)
        self._items = []
        shown = self._shown
        if shown is None:
            return
        theme = self._style.theme
        by_filter = len(shown.counts) == len(theme.filters)
        colours = theme.filters if by_filter else (theme.accent,)
        for counts, colour in zip(shown.counts, colours, strict=True):
            fill = QColor(colour)
            fill.setAlphaF(_FILL)
            curve = pg.PlotCurveItem(
                shown.edges,
                self._heights(counts),
                stepMode="center",
                pen=pg.mkPen(colour, width=self._style.scale),
                fillLevel=self._bottom,
                brush=fill,
                antialias=False,
            )
            self._add(curve)
        highest = float(self._heights(np.array([max(1, shown.counts.max())]))[0])
        self._mark(shown, colours)
        margin = 0.25 * (highest - self._bottom)  # for the names of the marks
        self._up.setLogMode(x=False, y=self._log)
        low, high = float(shown.edges[0]), float(shown.edges[-1])
        self.getViewBox().setRange(
            xRange=(low, high), yRange=(self._bottom, highest + margin), padding=0
        )
        self._cursor.setZValue(10)

    def _mark(self, shown: Distribution, colours: tuple[str, ...]) -> None:
        """Hatch and name the values that are exactly zero, and the saturated ones."""
        zero_bar = int(shown.bars(np.array(0.0)))
        if zero_bar >= 0 and shown.zero.any():
            self._hatch(shown, zero_bar, shown.zero, colours)
            self._name(shown, zero_bar, "exactly 0", int(shown.zero.sum()), row=0)
        if shown.saturated is not None:
            for end, value in enumerate((0.0, 1.0)):
                counts, bar = shown.saturated[:, end], int(shown.bars(np.array(value)))
                if counts.any() and bar >= 0:
                    self._hatch(shown, bar, counts, colours)
                    self._name(shown, bar, "saturated", int(counts.sum()), row=1)

    def _hatch(
        self, shown: Distribution, bar: int, counts: NDArray[np.intp], colours: tuple[str, ...]
    ) -> None:
        left, right = shown.edges[bar : bar + 2]
        edges = np.linspace(left, right, len(counts) + 1)
        for number, (count, colour) in enumerate(zip(counts.tolist(), colours, strict=True)):
            hatching = QBrush(QColor(colour), Qt.BrushStyle.BDiagPattern)
            item = pg.BarGraphItem(
                x0=[edges[number]],
                x1=[edges[number + 1]],
                y0=[self._bottom],
                y1=[float(self._heights(np.array([count]))[0])],
                brush=hatching,
                pen=pg.mkPen(colour, width=2 * self._style.scale),
            )
            self._add(item)

    def _name(self, shown: Distribution, bar: int, name: str, count: int, row: int) -> None:
        """Name the hatched part of a bar and its share, at the top beside it."""
        share = percent(count / max(1, shown.size))
        text = pg.TextItem(f"{name}: {share}", color=self._style.theme.text)
        text.setFont(self._style.scaled(_SMALL).body_font)
        at_left = bar < BINS / 2
        highest = float(self._heights(np.array([max(1, shown.counts.max())]))[0])
        text.setAnchor((0.0 if at_left else 1.0, -0.8 * row))
        text.setPos(
            float(shown.edges[bar + (1 if at_left else 0)]),
            highest + 0.25 * (highest - self._bottom),
        )
        self._add(text)

    def _add(self, item: pg.GraphicsObject) -> None:
        self._items.append(item)
        self.addItem(item, ignoreBounds=True)

    @property
    def _bottom(self) -> float:
        return float(np.log10(_BASE)) if self._log else 0.0

    def _heights(self, counts: NDArray[np.intp]) -> NDArray[np.float64]:
        """Return the vertical positions of counts."""
        if not self._log:
            return counts.astype(np.float64)
        return np.asarray(np.log10(np.maximum(counts, _BASE)))
