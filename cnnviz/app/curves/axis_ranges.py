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


def whole_span(last: int, width: float) -> Range:
    """Return the horizontal range of a run up to iteration `last` in a plot of a width."""
    length = max(last, SHORTEST)
    step = 1 << max(0, length.bit_length() - 1 - _FINENESS)
    length = -(-length // step) * step
    air = length * AIR / max(1.0, width - 2 * AIR)
    return -air, length + air


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


def fitted(values: Range, height: float, above: float) -> Range:
    """Return the vertical range for values, with margins for dots and labels.

    Parameters
    ----------
    values : tuple of float
        The least and the largest value.
    height : float
        Height of the plot, in pixels.
    above : float
        Pixels to leave free above the largest value.
    """
    low, high = values
    pixel = (high - low) / max(1.0, height - above - AIR)
    return low - AIR * pixel, high + above * pixel


def fits(axis: Range, values: Range, height: float, above: float) -> bool:
    """Return whether a vertical range is close enough to the one of `fitted`."""
    (bottom, top), (low, high) = axis, values
    pixel = (top - bottom) / max(1.0, height)
    over, under = (top - high) / pixel - above, (low - bottom) / pixel - AIR
    return all(-AIR / 2 <= spare <= AIR for spare in (over, under))
