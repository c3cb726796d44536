"""Where images are in the plot of the predictions: digits across, outputs upwards."""

from dataclasses import dataclass
from math import inf, sqrt
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

DIGITS: Final = 10
_SPREAD: Final = 0.39
"""How far an image is from the middle of its digit's column at most; 0.5 is the next column."""
_GOLDEN: Final = (sqrt(5) - 1) / 2


@dataclass(frozen=True, slots=True)
class Region:
    """A part of the plot, its edges included: a box, or a digit's whole column."""

    left: float
    right: float
    """left, right: horizontal positions, with a digit at the middle of its column."""
    low: float = -inf
    high: float = inf
    """low, high: outputs; infinite for a whole column, which holds undefined outputs, too."""

    @property
    def digit(self) -> int | None:
        """The digit whose whole column this is; None for a box."""
        middle = (self.left + self.right) / 2
        return round(middle) if self == column(round(middle)) else None

    def holds(
        self, across: NDArray[np.float64], output: NDArray[np.floating[Any]]
    ) -> NDArray[np.bool_]:
        """Return which images are in the region."""
        inside = (across >= self.left) & (across <= self.right)
        if self.low > -inf or self.high < inf:
            inside &= (output >= self.low) & (output <= self.high)
        return inside


@dataclass(frozen=True, slots=True, eq=False)
class Outputs:
    """The outputs of n images, as they are drawn."""

    across: NDArray[np.float64]
    """Shape (n,). Horizontal positions; digits are at whole numbers."""
    output: NDArray[np.floating[Any]]
    """Shape (n,). 0 to 1; NaN is not drawn."""
    correct: NDArray[np.bool_]
    listed: NDArray[np.bool_]
    """correct, listed: shape (n,). Those not listed are drawn faintly."""


def column(digit: int) -> Region:
    """Return the whole column of a digit."""
    return Region(digit - 0.5, digit + 0.5)


def positions(labels: NDArray[np.integer[Any]]) -> NDArray[np.float64]:
    """Return the horizontal positions of images: their digit, and a fixed offset from it.

    The k-th image of a digit is at the fractional part of k times the golden ratio, so that the
    first k spread evenly for every k, and no image moves if others are appended.

    `labels` are the digits, 0 to 9, shape (n,).
    """
    order = np.argsort(labels, kind="stable")
    first = np.cumsum(np.bincount(labels, minlength=DIGITS)) - np.bincount(labels, minlength=DIGITS)
    rank = np.empty(len(labels))
    rank[order] = np.arange(len(labels)) - first[labels[order]]
    return np.asarray(labels + _SPREAD * (2 * ((rank + 0.5) * _GOLDEN % 1.0) - 1))


def nearest(
    x: NDArray[np.floating[Any]],
    y: NDArray[np.floating[Any]],
    point: tuple[float, float],
    reach: float,
    most: int,
) -> NDArray[np.intp]:
    """Return the points within reach of a point, nearest first, at most `most` of them.

    `x` and `y` have the shape (n,); NaN is never within reach.
    """
    squared = (x - point[0]) ** 2 + (y - point[1]) ** 2
    found = np.flatnonzero(squared <= reach**2)
    if len(found) > most:
        found = found[np.argpartition(squared[found], most - 1)[:most]]
    return found[np.argsort(squared[found], kind="stable")]


def neighbour(
    outputs: Outputs, labels: NDArray[np.integer[Any]], image: int, across: int, down: int
) -> int | None:
    """Return the listed image next to an image, or None if there is none in that direction.

    Parameters
    ----------
    labels : ndarray of int, shape (n,)
        Digits, 0 to 9.
    across, down : int
        The direction, each −1, 0 or 1: up or down to the next output of the same digit, or to the
        left or right to the nearest output of the next digit that has any.
    """
    eligible = outputs.listed & np.isfinite(outputs.output)
    output, digit = outputs.output, int(labels[image])
    if down:
        ascending = np.flatnonzero(eligible & (labels == digit))
        ascending = ascending[np.argsort(output[ascending], kind="stable")]
        at = np.searchsorted(output[ascending], output[image])
        if eligible[image]:
            at = np.flatnonzero(ascending == image)[0] + (down < 0)
        beyond = int(at) if down < 0 else int(at) - 1
        return int(ascending[beyond]) if 0 <= beyond < len(ascending) else None
    for other in range(digit + across, DIGITS if across > 0 else -1, across):
        found = np.flatnonzero(eligible & (labels == other))
        if len(found):
            distance = np.nan_to_num(np.abs(output[found] - output[image]))
            return int(found[np.argmin(distance)])
    return None
