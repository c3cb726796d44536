"""Find images and filters by the convolution: two values before it and one after that agree."""

import itertools
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnnviz.notebooks.activations import ACTIVATIONS, Activation
from cnnviz.notebooks.captures import Value
from cnnviz.notebooks.layouts import (
    Array,
    Floats,
    Indices,
    Layout,
    ends_agree,
    ends_of,
    find,
    layouts,
    samples,
    tolerance,
)
from cnnviz.notebooks.network import RecognisedForward

LARGEST_FILTER: Final = 15
SMALLEST_IMAGE: Final = 6
_IN_ORDER: Final = (ACTIVATIONS[-1], *ACTIVATIONS[:-1])
"""The plain sum first."""


def first_of_each(values: Sequence[Value]) -> Iterator[Value]:
    """Yield each value the first time that it comes."""
    counts = Counter(value.array.shape for value in values)
    known = set()
    for value in values:
        shape = value.array.shape
        key = shape, hash(value.array.tobytes()) if counts[shape] > 1 else 0
        if key not in known:
            known.add(key)
            yield value


def _stacks(array: Array, least: int, most: int) -> Iterator[Array]:
    """Yield the ways to read an array as square pictures (count, side, side)."""
    shape = tuple(length for length in array.shape if length > 1)
    array = array.reshape(shape)
    if array.ndim == 2 and shape[0] == shape[1] and least <= shape[0] <= most:
        yield array[np.newaxis]
    if array.ndim == 3:
        for axis in range(3):
            pictures = np.moveaxis(array, axis, 0)
            if pictures.shape[1] == pictures.shape[2] and least <= pictures.shape[1] <= most:
                yield pictures
    if array.ndim == 2:
        for rows in (array, array.T):
            side = round(rows.shape[1] ** 0.5)
            if side * side == rows.shape[1] and least <= side <= most:
                yield rows.reshape(-1, side, side)


def _layout_of(array: Array, pictures: Floats, turned: Floats) -> Layout:
    """Return the layout in which an array holds pictures that were read from it."""
    for layout in layouts(array.shape, pictures.shape):
        if np.array_equal(layout.canonical(array), turned):
            return layout
    raise AssertionError("the pictures are not those of the array")


def find_convolution(values: Sequence[Value], most: float) -> RecognisedForward | None:
    """Find the convolution of the most images, but at most `most`; None if there is none."""
    distinct = [value for value in first_of_each(values) if value.array.size > 1]
    images = [
        (value, pictures)
        for value in distinct
        for pictures in _stacks(value.array, SMALLEST_IMAGE, 512)
        if pictures.any()
    ]
    filters = [
        (value, pictures.astype(float))
        for value in distinct
        for pictures in _stacks(value.array, 2, LARGEST_FILTER)
        if pictures.any()
    ]
    of_size: dict[int, list[Value]] = {}
    for value in distinct:
        of_size.setdefault(value.array.size, []).append(value)
    sizes = sorted(of_size, reverse=True)  # lists grow image by image: those of most images first
    best: RecognisedForward | None = None
    for f_value, f in filters:
        k, m, _ = f.shape
        for x_value, X in images:
            t = X.shape[1] - m + 1
            if t < 2 or x_value is f_value:
                continue
            last = max(f_value.first, x_value.first)
            for size in sizes:
                count, rest = divmod(size, k * t * t)
                if rest or not 1 <= count <= min(len(X), most):
                    continue
                if best is not None and count <= best.n:
                    break
                outputs = [
                    output
                    for output in of_size[size]
                    if output.last > last and layouts(output.array.shape, (count, k, t, t))
                ]
                if not outputs:
                    continue
                candidates = _Candidates.of(X[:count], f, distinct)
                for output in outputs:
                    found = _convolution(x_value, X[:count], f_value, f, output, candidates)
                    if found is not None:
                        best = found
                        break
    return best


@dataclass(frozen=True, slots=True, eq=False)
class _Candidates:
    """What convolutions of some images by some filters would be at a few cells."""

    ways: tuple[tuple[Floats, bool], ...]
    """The filters, or these with rows and columns exchanged, and whether they are flipped."""
    used: tuple[Floats, ...]
    """The filters of each way, as the sums use them."""
    biases: tuple[tuple[Value | None, Floats], ...]
    sampled: Floats
    """Shape (ways, biases, activations, cells)."""

    @classmethod
    def of(cls, X: Array, f: Floats, values: Sequence[Value]) -> "_Candidates":
        """Compute them for images (n, side, side) and filters (k, m, m), with biases of values."""
        n, k, m = len(X), len(f), f.shape[1]
        t = X.shape[1] - m + 1
        biases: list[tuple[Value | None, Floats]] = [(None, np.zeros(k))]
        biases += [
            (value, value.array.reshape(k).astype(float))
            for value in values
            if value.array.size == k and value.array.any()
        ]
        index = samples((n, k, t, t))
        patches = sliding_window_view(X, (m, m), axis=(1, 2))[index[0], index[2], index[3]]
        ways = tuple(itertools.product((f, f.transpose(0, 2, 1)), (False, True)))
        used = tuple(turned[:, ::-1, ::-1] if flipped else turned for turned, flipped in ways)
        sums = np.einsum("suv,jsuv->js", patches.astype(float), np.array(used)[:, index[1]])
        sums = sums[:, np.newaxis] + np.array([b for _, b in biases])[:, index[1]]
        sampled = np.stack([activation.function(sums) for activation in _IN_ORDER], axis=2)
        return cls(ways, used, tuple(biases), sampled)


def _convolution(
    x_value: Value, X: Array, f_value: Value, f: Floats, output: Value, candidates: _Candidates
) -> RecognisedForward | None:
    """Return the forward pass if `output` is the convolution, or its activation, of X by f."""
    t = X.shape[1] - f.shape[1] + 1
    dims = len(X), len(f), t, t
    within = tolerance(output.array, f_value.array, x_value.array)
    used, sampled = candidates.used, candidates.sampled
    for i, j, a in np.argwhere(ends_agree(ends_of(output.array), sampled, within)):
        (turned, flipped), (bias, b) = candidates.ways[i], candidates.biases[j]
        activation = _IN_ORDER[a]
        is_known = bias is None or bias.last < output.last
        if not is_known or not np.ptp(sampled[i, j, a]):
            continue

        def maps(i: int = i, b: Floats = b) -> Floats:
            return correlation(X.astype(float), used[i]) + b[:, np.newaxis, np.newaxis]

        def whole(activation: Activation = activation, maps: Callable[[], Floats] = maps) -> Floats:
            return activation.function(maps())

        def at(_: Indices, sampled: Floats = sampled[i, j, a]) -> Floats:
            return sampled

        fit = find(output.array, dims, at, whole, within)
        if fit is not None:
            C = maps()
            layout = _layout_of(f_value.array, f, turned)
            A = activation.function(C)
            pictures = X.astype(float)
            found = RecognisedForward(
                pictures, used[i], C, A, activation, within, f_value, layout, flipped, x_value
            )
            found.filter_bias = bias
            return found
    return None


def correlation(X: Floats, f: Floats) -> Floats:
    """Return ``C[n, k, r, c] = Σ X[n, r+u, c+v] f[k, u, v]``."""
    windows = sliding_window_view(X, f.shape[1:], axis=(1, 2))
    return np.moveaxis(np.tensordot(windows, f, axes=((3, 4), (1, 2))), -1, 1)
