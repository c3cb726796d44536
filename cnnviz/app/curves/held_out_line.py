"""The curve of a quantity on held-out images, which few states have."""

from collections.abc import Callable
from typing import Final

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QPen

from cnnviz.app.curves.downsampling import Doubles, envelope

NAME: Final = "held out"
LABEL: Final = f"╌╌ {NAME}"
"""Label at the end of the line if it fits; its dashes are those of the line."""
_DASHES: Final = (4.0, 2.5)
_DOT: Final = 4.5
"""Diameter of an evaluated state, in pixels at normal size."""
_SPARSE: Final = 12
"""Pixels of width for each evaluated state from which on each is marked with a dot."""


class HeldOutLine:
    """A dashed line in the colour of the curve beside it, with a dot at each evaluated state."""

    def __init__(self, plot: pg.PlotWidget) -> None:
        self._plot, self._is_added = plot, False
        self._line, self._dots = pg.PlotCurveItem(), pg.ScatterPlotItem()
        self._line.setSegmentedLineMode("off")  # a segment by itself would show no dashes
        self._iteration: NDArray[np.int64] = np.empty(0, np.int64)
        self._values: Doubles = np.empty(0)
        for item in (self._line, self._dots):
            item.setZValue(0.5)

    def set_style(self, colour: str, scale: float) -> None:
        """Use a colour, and a size relative to the normal one."""
        pen = QPen(QColor(colour), scale)
        pen.setCosmetic(True)
        pen.setDashPattern(_DASHES)
        self._line.setPen(pen)
        self._dots.setPen(None)
        self._dots.setBrush(pg.mkBrush(colour))
        self._dots.setSize(_DOT * scale)

    def set_values(self, iteration: NDArray[np.int64], values: Doubles) -> None:
        """Set the evaluated states, ascending, and their values; shapes (E,)."""
        self._iteration, self._values = iteration, values

    @property
    def is_empty(self) -> bool:
        """Whether no state has been evaluated."""
        return len(self._iteration) == 0

    @property
    def states(self) -> tuple[NDArray[np.int64], Doubles]:
        """The evaluated states, ascending, and their values; shapes (E,)."""
        return self._iteration, self._values

    def draw(
        self,
        span: tuple[float, float],
        columns: int,
        width: float,
        positions: Callable[[Doubles], Doubles],
    ) -> Doubles:
        """Draw the part in view and return its vertical positions; see `BranchCurves.draw`."""
        if self.is_empty:
            self._set_added(False)
            return np.empty(0)
        self._set_added(True)
        first = int(np.searchsorted(self._iteration, span[0])) - 1
        last = int(np.searchsorted(self._iteration, span[1], "right"))
        at, y = envelope(self._values, first, last, columns)
        x, y = self._iteration[at.astype(int)].astype(float), positions(y)
        self._line.setData(x, y, connect="finite", antialias=len(x) <= columns)
        marked = len(x) * _SPARSE <= width
        self._dots.setVisible(marked)
        if marked:
            self._dots.setData(x, y)
        return y

    def _set_added(self, added: bool) -> None:
        """Add the items to the plot, or remove them: without, they cost nothing."""
        if added != self._is_added:
            self._is_added = added
            for item in (self._line, self._dots):
                if added:
                    self._plot.addItem(item, ignoreBounds=True)
                else:
                    self._plot.removeItem(item)

    def newest(self, iteration: int) -> tuple[int, float] | None:
        """Return the newest evaluated state up to an iteration, and its value, if there is one."""
        at = int(np.searchsorted(self._iteration, iteration, "right")) - 1
        return (int(self._iteration[at]), float(self._values[at])) if at >= 0 else None

    def column(self, length: int) -> Doubles:
        """Return a value for each state; NaN for those that were not evaluated."""
        column = np.full(length, np.nan)
        column[self._iteration] = self._values
        return column
