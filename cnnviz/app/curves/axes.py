"""The axes of the curves: whole iterations below, and linear or logarithmic values at the left."""

from itertools import pairwise
from math import ceil, floor, log10
from typing import Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QFont, QFontMetricsF

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.numerics.number_format import fixed, plain

Ticks = list[tuple[float, list[float]]]
"""pyqtgraph's ticks: pairs of a spacing and values."""

_THOUSAND, _MILLION = 1_000, 1_000_000
_FINER: Final = 40
"""Finer steps that are tried on a narrow axis."""
_MOST_VALUES: Final = 10
"""Steps of a value axis: more are no easier to read, however high the panel is."""
_OVERLAPPING: Final = 0.8
"""Share of the height of a text, below which the texts at two ticks overlap: digits are lower."""
_MULTIPLES: Final = ((1, 2, 5), tuple(range(1, 10)))
"""Multiples of powers of ten with a tick on a log axis, coarse and fine."""


def nice_step(span: float, most: int, least: float = 0.0) -> float:
    """Return the smallest 1, 2 or 5 times a power of ten with at most `most` steps in a span.

    It is at least `least`; the span is above 0.
    """
    smallest = max(span / most, least)
    power = 10.0 ** floor(log10(smallest))
    return next(m * power for m in (1, 2, 5, 10) if m * power >= smallest * (1 - 1e-9))


def nice_ticks(low: float, high: float, step: float) -> list[float]:
    """Return the multiples of a step between two values, both included."""
    return [i * step for i in range(ceil(low / step - 1e-9), floor(high / step + 1e-9) + 1)]


def spaced_ticks(
    low: float, high: float, most: int, least: float = 0.0
) -> tuple[float, list[float]]:
    """Return a step and its multiples between two values: about `most`, but two if there are any.

    The step is at least `least`. Of finer multiples, only the first and the last are returned.
    """
    step = nice_step(high - low, most, least)
    ticks = nice_ticks(low, high, step)
    for finer in range(most + 1, 4 * most + 1):
        if len(ticks) >= 2:
            break
        step = nice_step(high - low, finer, least)
        ticks = nice_ticks(low, high, step)
    return step, ticks if len(ticks) <= most + 1 else [ticks[0], ticks[-1]]


def iteration_text(iteration: float, step: float) -> str:
    """Write the iteration at a tick, with ticks `step` apart: "700", "7,000", "70k", "7M"."""
    if iteration >= _MILLION and step >= _THOUSAND:
        return f"{iteration / _MILLION:.7g}M"
    if iteration and step >= _THOUSAND:
        return f"{iteration / _THOUSAND:.0f}k"
    return f"{iteration:,.0f}"


class IterationAxis(pg.AxisItem):  # type: ignore[misc]
    """The axis below a curve, with ticks at whole iterations.

    Its name is in the corner left of it, which leaves more height to the plot.
    """

    def __init__(self) -> None:
        super().__init__("bottom")
        self.enableAutoSIPrefix(False)

    def tickValues(self, low: float, high: float, size: float) -> Ticks:
        """Return the ticks for a range, on an axis of `size` pixels."""
        low = max(low, 0)
        step, ticks = self._ticks(low, high, size, 1)
        if step >= _THOUSAND:  # shorter texts allow more ticks
            step, ticks = self._ticks(low, high, size, _THOUSAND)
        return [(step, ticks)]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:  # noqa: ARG002
        """Return the texts at the ticks."""
        return [iteration_text(value, spacing) for value in values]

    def resizeEvent(self, event: object = None) -> None:  # noqa: ARG002
        """Put the name into the corner."""
        if self.label is None:
            return
        box = self.label.boundingRect()
        self.label.setPos(-box.width() - self._digit(), self.style["tickTextOffset"][1] - 2)
        self.picture = None

    def _ticks(
        self, low: float, high: float, size: float, least: float
    ) -> tuple[float, list[float]]:
        """Return ticks with enough space for their texts, and their distance.

        On a narrow axis, these are the two that are farthest apart: pyqtgraph hides one of two
        texts that overlap.
        """
        text = iteration_text(high // least * least, least)
        text_width = self._digit() * (len(text) + 3)
        most = max(2, int(size / text_width))
        step, ticks = spaced_ticks(low, high, most, least)
        for finer in range(most + 1, most + _FINER):
            if len(ticks) < 2 or self._fit(ticks, step, size / (high - low)):
                break
            step, ticks = spaced_ticks(low, high, finer, least)
            ticks = [ticks[0], ticks[-1]]
        return step, ticks

    def _fit(self, ticks: list[float], step: float, pixels: float) -> bool:
        """Return whether the texts at ticks do not overlap at this many pixels per iteration."""
        widest = max(len(iteration_text(tick, step)) for tick in ticks)
        apart = min((b - a for a, b in pairwise(ticks)), default=0.0)
        return apart * pixels >= self._digit() * (widest + 0.5)

    def _digit(self) -> float:
        """Return the width of a digit, in pixels."""
        return QFontMetricsF(self.style["tickFont"] or QFont()).horizontalAdvance("0")


class ValueAxis(pg.AxisItem):  # type: ignore[misc]
    """The axis at the left of a curve, linear or logarithmic.

    Parameters
    ----------
    ends : tuple of float or None
        The least and the largest possible value: there is no tick beyond them.
    """

    def __init__(self, ends: tuple[float, float] | None = None) -> None:
        super().__init__("left")
        self._ends = ends
        self.enableAutoSIPrefix(False)
        self.setStyle(hideOverlappingLabels=GRID // 2)

    def tickValues(self, low: float, high: float, size: float) -> Ticks:
        """Return the ticks for a range, on an axis of `size` pixels."""
        height = QFontMetricsF(self.style["tickFont"] or QFont()).height()
        if self._ends is not None and low < self._ends[1] and high > self._ends[0]:
            pixel = (high - low) / size
            low, high = max(low, self._ends[0]), min(high, self._ends[1])
            size = (high - low) / pixel
        most = min(_MOST_VALUES, max(3, int(size / (1.5 * height))))
        step, ticks = 1.0, log_ticks(low, high, most) if self.logMode else []
        if not self.logMode:
            step, ticks = spaced_ticks(low, high, most)
        apart = min((b - a for a, b in pairwise(ticks)), default=high - low)
        if apart * size < _OVERLAPPING * height * (high - low):
            ticks = [ticks[0], ticks[-1]]
        return [(step, ticks)]

    def tickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:  # noqa: ARG002
        """Return the texts at the ticks."""
        if self.logMode:
            return [plain(10**value, 3) for value in values]
        digits = max(0, -floor(log10(spacing) + 1e-9))
        return [fixed(value, digits) if digits < 6 else plain(value, 6) for value in values]


def log_ticks(low: float, high: float, most: int) -> list[float]:
    """Return about `most` ticks of a log axis; they and the ends are logarithms to base 10.

    These are powers of ten if there are enough, else simple multiples of them, else evenly spaced
    values.
    """
    decades = np.arange(floor(low), ceil(high) + 1)
    powers = decades[(decades >= low) & (decades <= high)]
    if len(powers) > 2:
        return [float(p) for p in powers[:: ceil(len(powers) / most)]]
    for multiples in _MULTIPLES:
        ticks = np.log10(np.outer(10.0**decades, multiples)).ravel()
        ticks = ticks[(ticks >= low) & (ticks <= high)]
        if 2 <= len(ticks) <= most:
            return [float(p) for p in ticks]
    return [log10(value) for value in spaced_ticks(10**low, 10**high, most)[1] if value > 0]


def style_axes(across: IterationAxis, up: ValueAxis, quantity: str, style: Style) -> int:
    """Use a style for the axes of a curve, and fit them to their texts.

    Returns the pixels to be left free at the right, for half of the last tick's text.
    """
    theme, tick_font, label_font = style.theme, style.number_font, style.body_font
    for axis, name in ((across, "iteration"), (up, quantity)):
        axis.setStyle(tickFont=tick_font, tickLength=-4)
        axis.setPen(theme.line)
        axis.setTextPen(theme.muted)
        axis.label.setFont(label_font)
        axis.setLabel(name, color=theme.muted)
    metrics = QFontMetricsF(tick_font)
    beyond = ceil(2 * metrics.horizontalAdvance("0"))
    across.setStyle(hideOverlappingLabels=beyond)
    across.setHeight(round(metrics.height() + GRID // 2))
    ticks = metrics.horizontalAdvance("0.000") + QFontMetricsF(label_font).height() + GRID
    corner = across.label.boundingRect().width() + metrics.horizontalAdvance("0")
    up.setWidth(ceil(max(ticks, corner)))
    return beyond
