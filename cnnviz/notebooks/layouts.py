"""The ways in which an array can hold a tensor: its axes in any order, any of them merged.

A tensor has canonical axes, say (image, filter, row, column). An array holds it if its shape comes
of a permutation of them, neighbours merged and axes of length 1 added; `find` says which one by the
values.
"""

import itertools
import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Array = np.ndarray[Any, Any]
Indices = tuple[NDArray[np.intp], ...]

_SAMPLES: Final = 160
DOUBLE_TOLERANCE: Final = 1e-7
SINGLE_TOLERANCE: Final = 5e-4
"""Largest errors of a cell in each precision, as shares of the largest cell."""


@dataclass(frozen=True, slots=True)
class Layout:
    """How an array holds a tensor."""

    dims: tuple[int, ...]
    """Lengths of the tensor's canonical axes."""
    order: tuple[int, ...]
    """The canonical axes in the order in which the array stores them."""

    def canonical(self, array: Array) -> Array:
        """Return an array of this layout with the canonical axes."""
        stored = array.reshape([self.dims[axis] for axis in self.order])
        return stored.transpose([self.order.index(axis) for axis in range(len(self.order))])

    def numbers(self, array: Array) -> Floats:
        """Return the numbers of an array of this layout, with the canonical axes."""
        return np.asarray(self.canonical(array), dtype=float)

    def cell(self, index: tuple[int, ...], shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return where an array of a shape holds a cell of the tensor."""
        dims = [self.dims[axis] for axis in self.order]
        flat = np.ravel_multi_index([index[axis] for axis in self.order], dims)
        return tuple(int(at) for at in np.unravel_index(int(flat), shape))


@dataclass(frozen=True, slots=True)
class Fit:
    """A tensor found in an array: ``array = scale · tensor`` in a layout."""

    layout: Layout
    scale: float = 1.0


@lru_cache(maxsize=4096)
def layouts(shape: tuple[int, ...], dims: tuple[int, ...]) -> tuple[Layout, ...]:
    """Return every layout in which an array of a shape can hold a tensor of given dimensions."""
    if math.prod(shape) != math.prod(dims):
        return ()
    ends = {math.prod(shape[: axis + 1]) for axis in range(len(shape))}
    long = [axis for axis, length in enumerate(dims) if length > 1]
    short = tuple(axis for axis, length in enumerate(dims) if length == 1)
    found = []
    for order in itertools.permutations(long):
        steps = itertools.accumulate((dims[axis] for axis in order), operator.mul, initial=1)
        if ends <= set(steps):
            found.append(Layout(dims, (*order, *short)))
    return tuple(found)


@lru_cache(maxsize=512)
def samples(dims: tuple[int, ...]) -> Indices:
    """Return the indices of some cells to compare first: the corners and random ones."""
    size = math.prod(dims)
    random = np.random.RandomState(7).randint(0, size, _SAMPLES)
    flat = np.unique(np.concatenate([[0, size - 1], random])) if size > _SAMPLES else range(size)
    return tuple(np.asarray(at) for at in np.unravel_index(np.asarray(flat, dtype=int), dims))


@lru_cache(maxsize=1024)
def _sample_positions(shape: tuple[int, ...], dims: tuple[int, ...]) -> NDArray[np.intp]:
    """Return where an array holds the sampled cells, one row for each layout."""
    indices = samples(dims)
    rows = []
    for layout in layouts(shape, dims):
        stored = [dims[axis] for axis in layout.order]
        index = [indices[axis] for axis in layout.order]
        rows.append(np.ravel_multi_index(index, stored) if stored else np.zeros(1, dtype=int))
    return np.array(rows)


def tolerance(*arrays: Array) -> float:
    """Return how far values may be off, as a share of their largest, given their precision."""
    single = any(array.dtype in (np.float32, np.float16) for array in arrays)
    return SINGLE_TOLERANCE if single else DOUBLE_TOLERANCE


def same(actual: Array, expected: Array, within: float) -> bool:
    """Return whether two arrays of one shape are equal to within rounding."""
    size = float(np.abs(expected).max(initial=0.0))
    with np.errstate(invalid="ignore"):
        return bool(np.abs(actual - expected).max(initial=0.0) <= within * size)


def scale_of(actual: Array, expected: Array, within: float) -> float | None:
    """Return the factor between two arrays of one shape, or None if there is none, or it is 0."""
    actual, expected = actual.ravel().astype(float), expected.ravel().astype(float)
    square = float(expected @ expected)
    if not square or not math.isfinite(square):
        return None
    scale = float(actual @ expected) / square
    if not scale or not math.isfinite(scale):
        return None
    return scale if same(actual, scale * expected, within) else None


def find(
    array: Array,
    dims: tuple[int, ...],
    at: Callable[[Indices], Array],
    whole: Callable[[], Array],
    within: float,
    *,
    scaled: bool = False,
) -> Fit | None:
    """Find a tensor in an array.

    Parameters
    ----------
    at : callable
        Returns the tensor at some cells, given their canonical indices.
    whole : callable
        Returns all of the tensor; only called if those cells agree.
    scaled : bool
        Whether the array may be a multiple of it.
    """
    candidates = layouts(array.shape, dims)
    if not candidates:
        return None
    sampled = np.asarray(at(samples(dims)), dtype=float)
    if not (ends_are_multiple if scaled else ends_agree)(ends_of(array), sampled, within):
        return None
    stored = array.reshape(-1)[_sample_positions(array.shape, dims)]
    expected: Array | None = None
    for row in np.flatnonzero(_agree(stored, sampled, within, scaled=scaled)):
        layout = candidates[row]
        if expected is None:
            expected = whole()
        actual = layout.canonical(array)
        if scaled:
            scale = scale_of(actual, expected, within)
            if scale is not None:
                return Fit(layout, scale)
        elif same(actual, expected, within) and expected.any():
            return Fit(layout)
    return None


def ends_of(array: Array) -> tuple[float, float]:
    """Return the first and the last value of an array."""
    flat = array.reshape(-1)
    return float(flat[0]), float(flat[-1])


def ends_agree(ends: tuple[float, float], sampled: Array, within: float) -> NDArray[np.bool_]:
    """Return whether an array may be sampled cells, by its first and its last value.

    These are the first and the last of the samples, in every layout.

    `sampled` has the samples along the last axis.
    """
    off = 10 * within * np.abs(sampled).max(axis=-1)
    with np.errstate(invalid="ignore"):
        first = np.abs(ends[0] - sampled[..., 0]) <= off
        agree: NDArray[np.bool_] = first & (np.abs(ends[1] - sampled[..., -1]) <= off)
    return agree


def ends_are_multiple(
    ends: tuple[float, float], sampled: Array, within: float
) -> NDArray[np.bool_]:
    """Return whether an array may be a multiple of sampled cells, by its first and last value.

    Parameters
    ----------
    sampled : ndarray
        The samples, along the last axis.
    """
    (first, last), t_first, t_last = ends, sampled[..., 0], sampled[..., -1]
    size = np.abs(sampled).max(axis=-1)
    off = 10 * within * size
    is_last = np.abs(t_last) >= np.abs(t_first)
    larger, t_larger = np.where(is_last, last, first), np.where(is_last, t_last, t_first)
    shown = (np.abs(t_larger) > 2 * off) & np.isfinite(size)  # else these two cells do not show it
    with np.errstate(all="ignore"):
        scale = 2 * np.abs(larger / t_larger)  # at least that of all samples, if it fits them
        most = 2 * scale * off * (np.abs(t_first) + np.abs(t_last))
        agree: NDArray[np.bool_] = ~shown | (np.abs(first * t_last - last * t_first) <= most)
    return agree


def _agree(stored: Array, sampled: Array, within: float, *, scaled: bool) -> NDArray[np.bool_]:
    """Return for each row whether it may be the sampled cells, or a multiple of them."""
    wanted = sampled[np.newaxis]
    size = float(np.abs(sampled).max(initial=0.0))
    if scaled:
        square = float(sampled @ sampled)
        if not square or not math.isfinite(square):
            return np.full(len(stored), not square)
        scales = (stored @ sampled / square)[:, np.newaxis]
        wanted, size = scales * wanted, np.abs(scales)[:, 0] * size  # type: ignore[assignment]
    with np.errstate(invalid="ignore"):
        agree: NDArray[np.bool_] = np.abs(stored - wanted).max(axis=1) <= 10 * within * size
    return agree


def find_tensor(array: Array, tensor: Array, within: float, *, scaled: bool = False) -> Fit | None:
    """Find a tensor that has been computed already in an array."""
    return find(
        array, tensor.shape, lambda index: tensor[index], lambda: tensor, within, scaled=scaled
    )
