"""The ranges of a curve's axes, and when they need no change."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from cnnviz.app.look.theme import GRID

SHORTEST: Final = 10
"""Least range of the horizontal axis, in iterations."""
AIR: Final = GRID
"""Margin between the curve and the plot's edges, in pixels."""
_FINENESS: Final = 2
"""The horizontal axis grows in steps of a quarter to an eighth: axes are slow to draw."""

Range = tuple[float, float]
"""The ends of an axis."""


def whole_span(last: int, width: float, air: float = AIR) -> Range:
    """Return the horizontal range of a run up to iteration `last` in a plot of a width.

    At both ends, `air` pixels are left free.
    """
    length = max(last, SHORTEST)
    step = 1 << max(0, length.bit_length() - 1 - _FINENESS)
    length = -(-length // step) * step
    beyond = length * air / max(1.0, width - 2 * air)
    return -beyond, length + beyond


def value_range(positions: NDArray[np.float64], *, log: bool) -> Range:
    """Return the least and the largest of vertical positions, or a range around a single one."""
    finite = positions[np.isfinite(positions)]
    if len(finite):
        low, high = float(finite.min()), float(finite.max())
    else:
        low, high = (-3.0, 0.0) if log else (0.0, 0.5)
    least = 0.02 if log else max(0.02 * abs(high), 1e-12)
    if high - low < least:
        return (low + high - least) / 2, (low + high + least) / 2
    return low, high


def fitted(values: Range, height: float, above: float, below: float = AIR) -> Range:
    """Return the vertical range for values, with margins for dots and labels.

    Parameters
    ----------
    values : tuple of float
        The least and the largest value.
    height : float
        Height of the plot, in pixels.
    above : float
        Pixels to leave free above the largest value.
    below : float, optional
        The same below the least value.
    """
    low, high = values
    pixel = (high - low) / max(1.0, height - above - below)
    return low - below * pixel, high + above * pixel


def fits(axis: Range, values: Range, height: float, above: float, below: float = AIR) -> bool:
    """Return whether a vertical range is close enough to the one of `fitted`."""
    (bottom, top), (low, high) = axis, values
    pixel = (top - bottom) / max(1.0, height)
    over, under = (top - high) / pixel - above, (low - bottom) / pixel - below
    most = min(AIR, (height - above - below) / 4)  # a low plot has little height to lose
    return all(-AIR / 2 <= spare <= max(0.0, most) + 1e-6 for spare in (over, under))
