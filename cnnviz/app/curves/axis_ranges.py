"""Which part of the plane a curve's axes show, and when they can stay as they are."""

from typing import Final

from cnnviz.app.look.theme import GRID

SHORTEST: Final = 10
"""Iterations that the level axis spans at least."""
AIR: Final = GRID
"""Pixels between the curve and the plot's edges, about."""
_FINENESS: Final = 2
"""The level axis grows by a quarter to an 8th of itself at a time: axes are slow to draw."""

Range = tuple[float, float]
"""The ends of an axis."""


def whole_span(last: int, width: float) -> Range:
    """Return the level axis that shows a whole run, with air for the dots.

    Parameters
    ----------
    last : int
        The newest iteration.
    width : float
        Of the plot, in pixels.
    """
    length = max(last, SHORTEST)
    step = 1 << max(0, length.bit_length() - 1 - _FINENESS)
    length = -(-length // step) * step
    air = length * AIR / max(1.0, width - 2 * AIR)
    return -air, length + air


def fitted(values: Range, height: float, above: float) -> Range:
    """Return the upright axis for values, with air for dots and labels.

    Parameters
    ----------
    values : tuple of float
        The least and the largest that is drawn.
    height : float
        Of the plot, in pixels.
    above : float
        Pixels to leave free above the largest, air included.
    """
    low, high = values
    pixel = (high - low) / max(1.0, height - above - AIR)
    return low - AIR * pixel, high + above * pixel


def fits(axis: Range, values: Range, height: float, above: float) -> bool:
    """Tell whether an upright axis is right as it is, give or take some air.

    Parameters
    ----------
    values, height, above
        As for `fitted`.
    """
    (bottom, top), (low, high) = axis, values
    pixel = (top - bottom) / max(1.0, height)
    over, under = (top - high) / pixel - above, (low - bottom) / pixel - AIR
    return all(-AIR / 2 <= spare <= AIR for spare in (over, under))
