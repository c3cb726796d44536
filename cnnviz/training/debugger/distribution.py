"""How the values of a tensor are distributed: a histogram for each filter, and what stands out."""

from collections.abc import Iterator
from dataclasses import dataclass
from math import inf
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cnnviz.numerics import layers
from cnnviz.numerics.blocks import blocks_of
from cnnviz.numerics.cells import along
from cnnviz.numerics.network import FILTER_COUNT
from cnnviz.numerics.tensors import TENSORS
from cnnviz.training.debugger.view import COVERAGE, TensorView, pixels_of

BINS: Final = 40
"""Bars of a histogram."""
_NARROWEST: Final = 1e-9
"""Range of values, relative to their size, below which they count as equal."""
_TINY: Final = 1e-300
"""Range of values too small to be divided by."""
_LARGEST: Final = float(np.finfo(np.float64).max)


@dataclass(frozen=True, slots=True, eq=False)
class Distribution:
    """A histogram of a tensor's finite values, in parts: one for each filter, or a single one."""

    edges: NDArray[np.float64]
    """Shape (BINS + 1,). The edges of the bars, ascending."""
    counts: NDArray[np.intp]
    """Shape (parts, BINS)."""
    zero: NDArray[np.intp]
    """Shape (parts,). Values that are exactly 0."""
    saturated: NDArray[np.intp] | None
    """Shape (parts, 2). Values near 0 and near 1 whose sigmoid is saturated; None if they are no
    sigmoid's."""
    undefined: int
    infinite: int
    """undefined, infinite: values that are NaN, and infinite ones; they are in no bar."""
    size: int
    """All values."""

    def bars(self, values: NDArray[Any]) -> NDArray[np.intp]:
        """Return the bar of each value, −1 for those in none; the same shape."""
        low, high = float(self.edges[0]), float(self.edges[-1])
        inside = (values >= low) & (values <= high)  # not NaN
        return np.where(inside, _bars(np.where(inside, values, low), low, high), -1)


def distribution(view: TensorView, image: int | None = None) -> Distribution:
    """Count the values of a tensor, or of one image's part of it, block by block of images.

    `image` is None for all images; it is ignored if the tensor has no axis of images.
    """
    low, high = _range(view, image)
    is_sigmoid = bool(TENSORS[view.name].sigmoid_of)
    parts = FILTER_COUNT if _filter_axis(view.name) is not None else 1
    counts, zero, saturated = np.zeros((parts, BINS)), np.zeros(parts), np.zeros((parts, 2))
    undefined = infinite = size = 0.0
    for block, block_weights in _blocks(view, image):
        for number, part in enumerate(block):
            values, weights = part.ravel(), block_weights
            size += part.size if weights is None else weights.sum()
            finite = np.isfinite(values)
            if not finite.all():
                nan = np.isnan(values)
                undefined += _count(nan, weights)
                infinite += _count(~finite & ~nan, weights)
                values, weights = values[finite], None if weights is None else weights[finite]
            counts[number] += np.bincount(_bars(values, low, high), weights, minlength=BINS)
            zero[number] += _count(values == 0, weights)
            if is_sigmoid:
                flat = layers.sigmoid_derivative(values) < layers.SATURATED
                saturated[number] += (
                    _count(flat & (values < 0.5), weights),
                    _count(flat & (values > 0.5), weights),
                )
    along = np.linspace(0, 1, BINS + 1)
    return Distribution(
        low * (1 - along) + high * along,
        np.rint(counts).astype(np.intp),
        np.rint(zero).astype(np.intp),
        saturated.astype(np.intp) if is_sigmoid else None,
        round(undefined),
        round(infinite),
        round(size),
    )


def _bars(values: NDArray[Any], low: float, high: float) -> NDArray[np.intp]:
    """Return the bar of each finite value between two ends."""
    # Halved, so that the largest numbers do not overflow.
    share = (values.astype(np.float64) / 2 - low / 2) * (BINS / (high / 2 - low / 2))
    return np.minimum(share.astype(np.intp), BINS - 1)


def _count(mask: NDArray[np.bool_], weights: NDArray[np.float64] | None) -> float:
    return float(np.count_nonzero(mask) if weights is None else weights[mask].sum())


def _range(view: TensorView, image: int | None) -> tuple[float, float]:
    """Return the ends of the histogram: 0 and 1, or the least and the largest finite value."""
    known = view.statistics.minimum, view.statistics.maximum
    if TENSORS[view.name].scale in {"activation", "ink"} and np.isfinite(known).all():
        return min(0.0, known[0]), max(1.0, known[1])
    low, high = inf, -inf
    for parts, _ in _blocks(view, image):
        for part in parts:
            finite = part if np.isfinite(part).all() else part[np.isfinite(part)]
            if finite.size:
                low, high = min(low, float(finite.min())), max(high, float(finite.max()))
    if low > high:
        return 0.0, 1.0
    size = max(-low, high)
    if high / 2 - low / 2 > max(size * _NARROWEST, _TINY):
        return low, high
    wide = size / 2 if size > _TINY else 0.5
    return max(low - wide, -_LARGEST), min(high + wide, _LARGEST)


def _blocks(
    view: TensorView, image: int | None
) -> Iterator[tuple[list[NDArray[Any]], NDArray[np.float64] | None]]:
    """Cut the values into blocks of images: each filter's part, and how often each value counts.

    Patches overlap: their values are the pixels, each as often as there are patches with it.
    """
    name, values = view.name, view.values
    is_patches = name == "P"
    axis = TENSORS[name].image_axis(values.ndim)
    if is_patches:
        values, axis = pixels_of(values), 2
    if axis is None:
        yield _by_filter(name, values), None
        return
    chosen = slice(None)
    if image is not None:
        at = 0 if view.image is not None else min(image, values.shape[axis] - 1)
        chosen = slice(at, at + 1)
    values = values[along(axis, chosen)]
    for block in blocks_of(values.shape[axis]):
        part = values[along(axis, block)]
        if is_patches:
            yield [part], np.repeat(COVERAGE.ravel(), part.shape[axis])
        else:
            yield _by_filter(name, part), None


def _filter_axis(name: str) -> int | None:
    """Return the axis of a tensor that distinguishes the filters; None if there is none."""
    return next((i for i, axis in enumerate(TENSORS[name].axes) if axis in {"i", "j"}), None)


def _by_filter(name: str, values: NDArray[Any]) -> list[NDArray[Any]]:
    """Cut values into the parts of each filter, if they belong to filters."""
    axis = _filter_axis(name)
    return [values] if axis is None else np.split(values, FILTER_COUNT, axis)  # filter-major units
