"""Profiles of filters: the pixels, digits and classes to which one responds, over a batch."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cnnviz.numerics.network import FILTER_SIZE, IMAGE_SIZE, MAP_SIZE, Floats

PATCHES: Final = 6
"""Patches of each kind, from as many images."""
_BLOCK: Final = 256
"""Images at a time, so that their tensors stay in the cache."""
DIGITS: Final = 10


@dataclass(frozen=True, slots=True)
class Patch:
    """A part of an image, as large as the filter, and the filter's response to it."""

    image: int
    row: int
    col: int
    """row, col: its upper left corner in the upright image."""
    response: float
    """C, before the sigmoid."""


@dataclass(frozen=True, slots=True, eq=False)
class FilterProfile:
    """The profile of a filter."""

    strongest: tuple[Patch, ...]
    weakest: tuple[Patch, ...]
    """strongest, weakest: the patches of largest and of smallest response, at most one of each
    image."""
    mean: Floats
    low: Floats
    high: Floats
    """mean, low, high: shape (10,). Of each digit's images, by their largest response: the mean,
    the 10th and the 90th percentile; NaN if there is no image of that digit."""
    counts: NDArray[np.intp]
    """Shape (10,). The images of each digit."""


def filter_profile(
    images: NDArray[np.uint8],
    labels: NDArray[np.uint8],
    weights: Floats,
    on_progress: Callable[[float], None] = lambda _share: None,
) -> FilterProfile:
    """Return the profile of a filter.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, 28, 28)
        Upright.
    labels : ndarray of uint8, shape (n,)
        The digits.
    weights : ndarray of float, shape (5, 5)
        The filter, upright.
    on_progress : callable
        Called with the share that is done; an error that it raises ends the work.
    """
    n = len(images)
    largest, smallest = np.empty(n, np.float32), np.empty(n, np.float32)
    at_largest, at_smallest = np.empty(n, np.intp), np.empty(n, np.intp)
    bands = _bands(weights)
    for start in range(0, n, _BLOCK):
        part = slice(start, start + _BLOCK)
        responses = _responses(images[part], bands)
        for extreme, values, positions in (
            (responses.argmax(1), largest, at_largest),
            (responses.argmin(1), smallest, at_smallest),
        ):
            positions[part] = extreme
            values[part] = np.take_along_axis(responses, extreme[:, None], 1)[:, 0]
        on_progress(min(1.0, (start + _BLOCK) / n))
    order_down, order_up = (-largest).argsort(kind="stable"), smallest.argsort(kind="stable")
    mean, low, high = (np.full(DIGITS, np.nan) for _ in range(3))
    for digit in range(DIGITS):
        if len(own := largest[labels == digit]):
            mean[digit] = own.mean(dtype=np.float64)
            low[digit], high[digit] = np.percentile(own, (10, 90))
    return FilterProfile(
        tuple(_patch(int(k), at_largest, largest) for k in order_down[:PATCHES]),
        tuple(_patch(int(k), at_smallest, smallest) for k in order_up[:PATCHES]),
        mean,
        low,
        high,
        np.bincount(labels, minlength=DIGITS)[:DIGITS],
    )


def _bands(weights: Floats) -> Floats:
    """Return the matrix that correlates a row of an image with all rows of a filter at once.

    The result is float32 of shape (28, 5 · 24); its column (u, c) holds row u of the filter from
    entry c on.
    """
    bands = np.zeros((IMAGE_SIZE, FILTER_SIZE, MAP_SIZE), np.float32)
    column = np.arange(MAP_SIZE)
    for v in range(FILTER_SIZE):
        bands[column + v, :, column] = weights[:, v]
    return bands.reshape(IMAGE_SIZE, -1)


def _responses(images: NDArray[np.uint8], bands: Floats) -> Floats:
    """Return C[r, c] = Σ_{u,v} X[r+u, c+v] · f[u, v] of each image, shape (n, 24 · 24).

    One matrix product correlates every row with every row of the filter; five shifted sums follow.
    """
    n = len(images)
    rows = images.reshape(-1, IMAGE_SIZE).astype(np.float32) / np.float32(255)
    correlated = (rows @ bands).reshape(n, IMAGE_SIZE, FILTER_SIZE, MAP_SIZE)
    responses = correlated[:, :MAP_SIZE, 0].copy()
    for u in range(1, FILTER_SIZE):
        responses += correlated[:, u : u + MAP_SIZE, u]
    return responses.reshape(n, -1)


def _patch(image: int, positions: NDArray[np.intp], values: Floats) -> Patch:
    row, col = divmod(int(positions[image]), MAP_SIZE)
    return Patch(image, row, col, float(values[image]))
