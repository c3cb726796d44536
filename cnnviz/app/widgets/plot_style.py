"""How plots look that are not curves over the iterations: axes, their names and numbers."""

from collections.abc import Callable, Sequence
from math import ceil
from typing import TYPE_CHECKING, Final, Literal

import pyqtgraph as pg
from PySide6.QtGui import QFontMetricsF

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.plot_menu import PlotMenu
from cnnviz.app.widgets.readable_plot import ReadablePlot, curves_of
from cnnviz.numerics.number_format import fixed, tick

if TYPE_CHECKING:
    from cnnviz.app.widgets.plot_export import Columns

pg.setConfigOptions(antialias=True)

_MOST_PLAIN: Final = 1e3
"""Factor between the numbers at an axis above which some are written with a power of ten."""
_TICK_TYPE: Final = 0.9
"""Font size at the axes, relative to body text."""


class NumberAxis(pg.AxisItem):  # type: ignore[misc]
    """An axis with plain numbers; on a logarithmic scale, at powers of ten."""

    def __init__(self, orientation: str) -> None:
        super().__init__(orientation)
        self.enableAutoSIPrefix(False)

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        """Return the ticks for a range, on an axis of `size` pixels."""
        levels: list[tuple[float, list[float]]] = super().tickValues(low, high, size)
        return levels[:1] if self.logMode and len(levels[0][1]) > 1 else levels[:2]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:  # noqa: ARG002
        """Return the texts at the ticks."""
        if self.logMode:
            return [tick(float(f"{10**value:.3g}")) for value in values]
        return ticks([round(value, 12) for value in values])


def ticks(values: Sequence[float]) -> list[str]:
    """Write the numbers at an axis, all in the same way: none of them with a power of ten alone."""
    texts = [tick(value) for value in values]
    sizes = [abs(value) for value in values if value]
    with_power = ["e" in text for text in texts if text != "0"]
    if any(with_power) and not all(with_power) and max(sizes) / min(sizes) < _MOST_PLAIN:
        digits = max(len(f"{size:.10f}".rstrip("0").partition(".")[2]) for size in sizes)
        return [fixed(value, digits) if value else "0" for value in values]
    return texts


def make_plot(
    name: str,
    columns: "Callable[[], Columns] | None" = None,
    quantity: str = "",
    mouse: Literal["", "x", "xy"] = "",
) -> ReadablePlot:
    """Return an empty plot.

    Parameters
    ----------
    name : str
        Name for assistive technology.
    columns : callable
        Returns the numbers that it shows now, which its menu exports, and the keyboard reads.
    quantity : str
        What it shows, in the name of an exported file.
    mouse : {"", "x", "xy"}
        The directions in which the mouse moves what is in view.
    """
    axes = {side: NumberAxis(side) for side in ("bottom", "left")}
    plot = ReadablePlot(axisItems=axes, viewBox=pg.ViewBox(enableMenu=False))
    plot.setAccessibleName(name)
    plot.setMouseEnabled(x="x" in mouse, y="y" in mouse)
    if columns is not None:
        PlotMenu(plot, quantity, columns)
        plot.read_from(lambda: curves_of(columns()))
    return plot


def style_plot(plot: pg.PlotWidget, style: Style, across: str, up: str) -> None:
    """Give a plot a style's colours and type, and its axes their names."""
    theme, small = style.theme, style.scaled(_TICK_TYPE)
    plot.setBackground(theme.panel)
    for side, name in (("bottom", across), ("left", up)):
        axis = plot.getAxis(side)
        axis.setStyle(tickFont=small.number_font, tickLength=-4)
        axis.setPen(theme.line)
        axis.setTextPen(theme.muted)
        axis.setLabel(name, color=theme.muted)
        axis.label.setFont(small.body_font)
    beyond = ceil(2 * QFontMetricsF(small.number_font).horizontalAdvance("0"))
    plot.getPlotItem().layout.setContentsMargins(0, GRID // 2, beyond, GRID // 2)


def plot_text(style: Style, colour: str, anchor: tuple[float, float]) -> pg.TextItem:
    """Return a label in a plot, on its background."""
    text = pg.TextItem(color=colour, anchor=anchor, fill=pg.mkBrush(f"{style.theme.panel}"))
    text.setFont(style.scaled(_TICK_TYPE).body_font)
    return text
