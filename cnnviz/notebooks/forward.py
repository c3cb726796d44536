"""Find the forward pass in a script's values: images, filters, maps, dense weights, output, loss.

Nothing is found by its name. The convolution is two values before it and one after that agree; then
each operation is computed from the script's own values and searched for among those that come next.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnnviz.notebooks.captures import Value
from cnnviz.notebooks.layouts import (
    Array,
    Fit,
    Floats,
    Indices,
    Layout,
    find,
    find_tensor,
    layouts,
    same,
    samples,
    scale_of,
    tolerance,
)

Loss = Literal["", "square", "cross-entropy"]

LARGEST_FILTER: Final = 15
SMALLEST_IMAGE: Final = 6
_LEAK: Final = 0.01
_ROUNDED_LOSS: Final = 1e-5
"""Of its size, by which a cross-entropy may be off: logarithms are often of o + 1e-8."""


def sigmoid(t: Floats) -> Floats:
    """Return σ(t) = 1 / (1 + e^−t), for any t."""
    value: Floats = 0.5 + 0.5 * np.tanh(t / 2)
    return value


@dataclass(frozen=True, slots=True)
class Activation:
    """What the feature maps go through, with its derivative by way of argument C and result A."""

    name: str
    formula: str
    function: Callable[[Floats], Floats]
    slope: Callable[[Floats, Floats], Floats]
    slope_formula: str


ACTIVATIONS: Final = (
    Activation("sigmoid", "σ", sigmoid, lambda _, A: A * (1 - A), "{a} * (1 - {a})"),
    Activation(
        "ReLU",
        "max(0, ·)",
        lambda C: np.maximum(C, 0),
        lambda C, _: (C > 0).astype(float),
        "({a} > 0)",
    ),
    Activation("tanh", "tanh", np.tanh, lambda _, A: 1 - A * A, "(1 - {a} ** 2)"),
    Activation(
        "leaky ReLU",
        "max(0.01 ·, ·)",
        lambda C: np.where(C > 0, C, _LEAK * C),
        lambda C, _: np.where(C > 0, 1.0, _LEAK),
        "np.where({a} > 0, 1, 0.01)",
    ),
    Activation("identity", "", lambda C: C, lambda C, _: np.ones_like(C), "1"),
)


_IN_ORDER: Final = (ACTIVATIONS[-1], *ACTIVATIONS[:-1])
"""The plain sum first."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """A tensor in a value of the script: ``value = scale · tensor`` in a layout."""

    value: Value
    fit: Fit

    @property
    def own(self) -> Floats:
        """The script's own values, with canonical axes and without the scale."""
        return np.asarray(self.fit.layout.canonical(self.value.array) / self.fit.scale)

    @property
    def canonical(self) -> Floats:
        """The script's own values, with canonical axes."""
        return np.asarray(self.fit.layout.canonical(self.value.array), dtype=float)


@dataclass(eq=False)
class ForwardPass:
    """What was found of the forward pass. Canonical axes: image n, filter k, row, column.

    Attributes
    ----------
    X, f, C, A, wo, z, zs, o, y : ndarray of float64
        (n, s, s), (k, m, m), (n, k, t, t) twice, (k, t, t), and (n,) each: the script's own values
        if there are any, else computed from those before.
    found : dict
        By operation, the values that were found to be its result; parts have names like ``mean``.
    """

    X: Floats
    f: Floats
    C: Floats
    A: Floats
    activation: Activation
    within: float
    filters: Value
    filters_layout: Layout
    flipped: bool
    images: Value
    found: dict[str, list[Found]] = field(default_factory=dict)
    wo: Floats | None = None
    weights: Value | None = None
    weights_layout: Layout | None = None
    z: Floats | None = None
    zs: Floats | None = None
    std: float = 1.0
    is_standardised: bool = False
    o: Floats | None = None
    y: Floats | None = None
    targets: Value | None = None
    loss: Loss = ""
    reduction: Literal["", "mean", "sum"] = ""
    loss_factor: float = 0.0
    loss_value: Value | None = None
    filter_bias: Value | None = None
    dense_bias: Value | None = None

    @property
    def n(self) -> int:
        """Number of images."""
        return len(self.X)

    @property
    def map_dims(self) -> tuple[int, int, int, int]:
        """Lengths of the axes of the feature maps."""
        n, k, t, _ = self.C.shape
        return n, k, t, t

    def note(self, name: str, value: Value, fit: Fit) -> None:
        """Note a value that an operation has given."""
        self.found.setdefault(name, []).append(Found(value, fit))


def correlation(X: Floats, f: Floats) -> Floats:
    """Return ``C[n, k, r, c] = Σ X[n, r+u, c+v] f[k, u, v]``."""
    windows = sliding_window_view(X, f.shape[1:], axis=(1, 2))
    return np.moveaxis(np.tensordot(windows, f, axes=((3, 4), (1, 2))), -1, 1)


def find_forward(values: Sequence[Value]) -> ForwardPass | None:
    """Find the forward pass, or return None if there is no convolution that can be recognised."""
    found = _find_convolution(values)
    if found is not None:
        _find_maps(found, values)
        _find_dense(found, values)
        if found.o is not None:
            _find_loss(found, values)
    return found


def _distinct(values: Sequence[Value]) -> Iterator[Value]:
    """Yield each value the first time that it comes."""
    known = set()
    for value in values:
        key = value.array.shape, hash(value.array.tobytes())
        if key not in known:
            known.add(key)
            yield value


def _stacks(array: Array, least: int, most: int) -> Iterator[Floats]:
    """Yield the ways to read an array as square pictures (count, side, side)."""
    shape = tuple(length for length in array.shape if length > 1)
    array = array.reshape(shape)
    if array.ndim == 2 and shape[0] == shape[1] and least <= shape[0] <= most:
        yield array[np.newaxis].astype(float)
    if array.ndim == 3:
        for axis in range(3):
            pictures = np.moveaxis(array, axis, 0)
            if pictures.shape[1] == pictures.shape[2] and least <= pictures.shape[1] <= most:
                yield pictures.astype(float)
    if array.ndim == 2:
        for rows in (array, array.T):
            side = round(rows.shape[1] ** 0.5)
            if side * side == rows.shape[1] and least <= side <= most:
                yield rows.reshape(-1, side, side).astype(float)


def _layout_of(array: Array, pictures: Floats, turned: Floats) -> Layout:
    """Return the layout in which an array holds pictures that were read from it."""
    for layout in layouts(array.shape, pictures.shape):
        if np.array_equal(layout.canonical(array), turned):
            return layout
    raise AssertionError("the pictures are not those of the array")


def _find_convolution(values: Sequence[Value]) -> ForwardPass | None:
    distinct = [value for value in _distinct(values) if value.array.size > 1]
    images = [
        (value, pictures)
        for value in distinct
        for pictures in _stacks(value.array, SMALLEST_IMAGE, 512)
        if pictures.any()
    ]
    filters = [
        (value, pictures)
        for value in distinct
        for pictures in _stacks(value.array, 2, LARGEST_FILTER)
        if pictures.any()
    ]
    best: ForwardPass | None = None  # of most images: lists grow image by image
    for f_value, f in filters:
        k, m, _ = f.shape
        for x_value, X in images:
            t = X.shape[1] - m + 1
            if t < 2 or x_value is f_value:
                continue
            for output in distinct:
                count, rest = divmod(output.array.size, k * t * t)
                is_possible = not rest and 1 <= count <= len(X)
                if not is_possible or output.last <= max(f_value.first, x_value.first):
                    continue
                if best is not None and count <= best.n:
                    continue
                found = _convolution(x_value, X[:count], f_value, f, output, distinct)
                if found is not None:
                    best = found
    return best


def _convolution(
    x_value: Value,
    X: Floats,
    f_value: Value,
    f: Floats,
    output: Value,
    values: Sequence[Value],
) -> ForwardPass | None:
    """Return the forward pass if `output` is the convolution, or its activation, of X by f."""
    n, k, m = len(X), len(f), f.shape[1]
    t = X.shape[1] - m + 1
    dims = n, k, t, t
    if not layouts(output.array.shape, dims):
        return None
    within = tolerance(output.array, f_value.array, x_value.array)
    biases: list[tuple[Value | None, Floats]] = [(None, np.zeros(k))]
    biases += [
        (value, value.array.reshape(k).astype(float))
        for value in values
        if value.array.size == k and value.last < output.last and value.array.any()
    ]
    index = samples(dims)
    patches = sliding_window_view(X, (m, m), axis=(1, 2))[index[0], index[2], index[3]]
    for turned, flipped in itertools.product((f, f.transpose(0, 2, 1)), (False, True)):
        used = turned[:, ::-1, ::-1] if flipped else turned
        sums = np.einsum("suv,suv->s", patches, used[index[1]])
        for (bias, b), activation in itertools.product(biases, _IN_ORDER):
            looked_at = activation.function(sums + b[index[1]])
            if not np.ptp(looked_at):
                continue

            def at(_: Indices, looked_at: Floats = looked_at) -> Floats:
                return looked_at

            def maps(used: Floats = used, b: Floats = b) -> Floats:
                return correlation(X, used) + b[:, np.newaxis, np.newaxis]

            def whole(activation: Activation = activation) -> Floats:
                return activation.function(maps())

            fit = find(output.array, dims, at, whole, within)
            if fit is not None:
                C = maps()
                layout = _layout_of(f_value.array, f, turned)
                A = activation.function(C)
                found = ForwardPass(
                    X, used, C, A, activation, within, f_value, layout, flipped, x_value
                )
                found.filter_bias = bias
                return found
    return None


def _find_maps(forward: ForwardPass, values: Sequence[Value]) -> None:
    """Find the patches, the sums C, the activations A, and A flattened."""
    n, k, t, _ = forward.map_dims
    m = forward.f.shape[1]
    has_sums = False
    for value in values:
        if value.array.size == n * k * t * t:
            fit = find_tensor(value.array, forward.C, forward.within)
            if fit is not None:
                if not has_sums:
                    forward.C = np.asarray(fit.layout.canonical(value.array), dtype=float)
                has_sums = True
                forward.note("correlate", value, fit)
        elif value.array.size == n * t * t * m * m and n * k != n * m * m:
            windows = sliding_window_view(forward.X, (m, m), axis=(1, 2))
            fit = find_tensor(value.array, windows, forward.within)
            if fit is not None:
                forward.note("patches", value, fit)
    candidates = ACTIVATIONS[:-1] if has_sums else (forward.activation,)
    for activation in candidates:
        A = activation.function(forward.C)
        for value in values:
            fit = find_tensor(value.array, A, forward.within)
            if fit is None:
                continue
            if "sigmoid" not in forward.found:
                forward.activation = activation
                forward.A = np.asarray(fit.layout.canonical(value.array), dtype=float)
            is_flat = _is_flat(value.array, n)
            name = "flatten" if is_flat and "sigmoid" in forward.found else "sigmoid"
            forward.note(name, value, fit)
        if "sigmoid" in forward.found:
            return
    forward.activation = ACTIVATIONS[-1] if has_sums else forward.activation


def _is_flat(array: Array, n: int) -> bool:
    """Return whether only the images have an axis of their own."""
    shape = [length for length in array.shape if length > 1]
    return len(shape) == (2 if n > 1 else 1)


def _find_dense(forward: ForwardPass, values: Sequence[Value]) -> None:
    """Find the dense weights by what is computed with them: z, ẑ or the output."""
    n, k, t, _ = forward.map_dims
    results = [value for value in values if value.array.size == n]
    weights = [value for value in _distinct(values) if value.array.size == k * t * t]
    activations = [forward.activation]
    if "sigmoid" not in forward.found:  # the maps' activation was not seen by itself
        activations = [ACTIVATIONS[-1], *ACTIVATIONS[:-1]]
    for activation in activations:
        A = forward.A if activation is forward.activation else activation.function(forward.C)
        for value in weights:
            for layout in layouts(value.array.shape, (k, t, t)):
                wo = np.asarray(layout.canonical(value.array), dtype=float)
                z = np.tensordot(A, wo, axes=3)
                for result in results:
                    if result.last > value.first and _is_dense(forward, result, z, values):
                        forward.A, forward.activation = A, activation
                        forward.wo, forward.weights = wo, value
                        forward.weights_layout = layout
                        _find_outputs(forward, z, results)
                        return


def _is_dense(forward: ForwardPass, result: Value, z: Floats, values: Sequence[Value]) -> bool:
    """Return whether a result is z, or what follows from it directly; notes a bias of z."""
    actual = result.array.reshape(-1).astype(float)
    within = forward.within
    for name, expected in _after_dense(z):
        if same(actual, expected, within) and np.ptp(expected) + (len(z) == 1) > 0:
            return True
        if name in ("z", "σ(z)"):
            for bias in values:
                if bias.array.size == 1 and bias.array.any() and bias.last < result.last:
                    shifted = z + float(bias.array.reshape(()))
                    wanted = sigmoid(shifted) if name == "σ(z)" else shifted
                    if same(actual, wanted, within) and bias.probe.use != "argument":
                        forward.dense_bias = bias
                        return True
    return False


def _after_dense(z: Floats) -> Iterator[tuple[str, Floats]]:
    yield "z", z
    if len(z) > 1 and np.ptp(z) > 0:
        for deviation in _deviations(z):
            zs = (z - z.mean()) / deviation
            yield "ẑ", zs
            yield "σ(ẑ)", sigmoid(zs)
    out = sigmoid(z)
    if np.ptp(out) > 0 or len(z) == 1:
        yield "σ(z)", out


def _deviations(z: Floats) -> Iterator[float]:
    """Yield what z may be divided by: a deviation, perhaps with a little more against zeros."""
    yield float(z.std())
    yield float(z.std(ddof=1))
    for more in (1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3):
        yield float(np.sqrt(z.var() + more))
        yield float(z.std() + more)


def _find_outputs(forward: ForwardPass, z: Floats, results: Sequence[Value]) -> None:
    """Find z, its standardisation, and the output, each from the script's own value before it."""
    if forward.dense_bias is not None:
        z = z + float(forward.dense_bias.array.reshape(()))
    n, within = forward.n, forward.within
    forward.z = _own(forward, "dense", z, results)
    z = forward.z
    if n > 1 and np.ptp(z) > 0:
        for deviation in _deviations(z):
            zs = (z - z.mean()) / deviation
            outputs = [v for v in results if find_tensor(v.array, sigmoid(zs), within)]
            if outputs or any(find_tensor(v.array, zs, within) for v in results):
                forward.is_standardised = True
                forward.std = deviation
                forward.zs = _own(forward, "standardise", zs, results)
                break
    logits = z if forward.zs is None else forward.zs
    expected = sigmoid(logits)
    if any(find_tensor(v.array, expected, within) for v in results):
        forward.o = _own(forward, "output", expected, results)


def _own(
    forward: ForwardPass, operation: str, expected: Floats, results: Sequence[Value]
) -> Floats:
    """Note the values that are what an operation gives, and return the first, or what it gives."""
    own = expected
    for value in results:
        fit = find_tensor(value.array, expected, forward.within)
        if fit is not None:
            if operation not in forward.found:
                own = np.asarray(fit.layout.canonical(value.array), dtype=float)
            elif forward.n == 1 and not _has_known_name(forward, operation, value):
                continue  # a single number may be the same by chance: o − 0 is o
            forward.note(operation, value, fit)
    return own


def _has_known_name(forward: ForwardPass, operation: str, value: Value) -> bool:
    """Return whether a value has the name of one that an operation has given already."""
    names = {found.value.probe.name for found in forward.found[operation]}
    return value.probe.name in names or value.probe.use in ("returned", "argument")


def _find_loss(forward: ForwardPass, values: Sequence[Value]) -> None:
    """Find the targets and the loss: errors of all images, their mean, or their sum."""
    o = forward.o
    assert o is not None  # noqa: S101  (the caller has seen to it)
    n = forward.n
    candidates = [
        (value, y)
        for value in _distinct(values)
        for y in _targets(value.array, n)
        if value.probe.use != "changed" or value.array.size == n
    ]
    if n == 1:
        candidates.reverse()  # a single 0 or 1 may be anything: the last one is likeliest
    for value, y in candidates:
        for loss, errors in _losses(o, y):
            if _find_errors(forward, loss, errors, values):
                forward.y, forward.targets, forward.loss = y, value, loss
                return
    for value, y in candidates:  # without a loss: what the error is the difference of
        for other in values:
            if other.array.size == n and n > 1:
                array = other.array.reshape(-1).astype(float)
                slope = o * (1 - o)
                for derivative in ((o - y), (o - y) * slope):
                    if scale_of(array, derivative, forward.within) is not None:
                        forward.y, forward.targets = y, value
                        return
    if len(candidates) == 1:
        forward.targets, forward.y = candidates[0]


def _targets(array: Array, n: int) -> Iterator[Floats]:
    """Yield the array as a target of 0 or 1 for each of n images, if it is that."""
    flat = array.reshape(-1)
    is_list = sum(length > 1 for length in array.shape) <= 1
    if is_list and len(flat) >= n and np.isin(flat, (0, 1)).all():
        yield flat[:n].astype(float)


def _losses(o: Floats, y: Floats) -> Iterator[tuple[Loss, Floats]]:
    yield "square", (y - o) ** 2
    with np.errstate(divide="ignore", invalid="ignore"):
        entropy = -(y * np.log(o) + (1 - y) * np.log(1 - o))
    if np.isfinite(entropy).all():
        yield "cross-entropy", entropy


def _find_errors(forward: ForwardPass, loss: Loss, errors: Floats, values: Sequence[Value]) -> bool:
    """Find each image's error and their mean or sum; return whether either is there."""
    n = forward.n
    within = max(forward.within, _ROUNDED_LOSS if loss == "cross-entropy" else 0.0)
    factors = (1.0, 0.5) if loss == "square" else (1.0,)
    found = False
    for value in values:
        if value.array.size == n and n > 1:
            fit = find_tensor(value.array, errors, within, scaled=True)
            if fit is not None and any(abs(fit.scale - c) < 1e-3 * c for c in factors):
                forward.note("error", value, fit)
                forward.loss_factor = min(factors, key=lambda c: abs(c - fit.scale))
                found = True
    totals: tuple[tuple[Literal["mean", "sum"], float], ...] = (
        ("mean", float(errors.mean())),
        ("sum", float(errors.sum())),
    )
    for reduction, total in totals:
        for factor in factors:
            for value in values:
                if value.array.size != 1 or value.array.dtype.kind != "f":
                    continue
                if abs(float(value.array.reshape(())) - factor * total) <= within * abs(total):
                    if not forward.reduction:
                        forward.reduction = "sum" if n == 1 else reduction
                        forward.loss_factor, forward.loss_value = factor, value
                    if forward.reduction in (reduction, "sum") and value is forward.loss_value:
                        forward.note("loss", value, Fit(Layout((), ())))
                    found = True
    return found
