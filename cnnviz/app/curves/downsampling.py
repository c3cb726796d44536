"""Reduction of a long curve to the points that are visible."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]


def envelope(
    values: NDArray[np.floating[Any]], first: int, last: int, most: int
) -> tuple[Doubles, Doubles]:
    """Return a part of a curve in few points that keep its peaks.

    If there are more values than `most`, each block of them becomes two points in its middle, its
    highest and its lowest value. Block lengths are powers of two and blocks start at multiples of
    their length, so that a growing curve does not flicker.

    Parameters
    ----------
    values : ndarray of float, shape (n,)
        At x from 0 to n − 1. NaN is ignored unless a whole block is NaN.
    first, last : int
        Range of x, both included. The first block may start before `first`.
    most : int
        Largest number of points or blocks.

    Returns
    -------
    x, y : ndarray of float64, shape (m,)
        With m at most ``2 · (most + 1)``; empty if nothing is in the range.
    """
    first, stop = max(0, first), min(len(values), last + 1)
    if first >= stop:
        return np.empty(0), np.empty(0)
    step = 1
    while stop - first > most * step:
        step *= 2
    if step == 1:
        return np.arange(first, stop, dtype=float), values[first:stop].astype(float)
    first -= first % step
    starts = np.arange(first, stop, step)
    seen = values[first:stop]
    with np.errstate(invalid="ignore"):
        high = np.fmax.reduceat(seen, starts - first)
        low = np.fmin.reduceat(seen, starts - first)
    middles = np.minimum(starts + (step - 1) / 2, stop - 1)
    return np.repeat(middles, 2), np.column_stack((high, low)).ravel().astype(float)
