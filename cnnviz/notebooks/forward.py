"""Find the forward pass in a script's values: images, filters, maps, dense weights, output, loss.

Nothing is found by its name. The convolution is two values before it and one after that agree; then
each operation is computed from the script's own values and searched for among those that come next.
"""

import math
from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnnviz.notebooks.activations import ACTIVATIONS, sigmoid
from cnnviz.notebooks.captures import Value
from cnnviz.notebooks.convolution import find_convolution, first_of_each
from cnnviz.notebooks.layouts import Array, Floats, find_tensor, layouts, same
from cnnviz.notebooks.loss import find_loss
from cnnviz.notebooks.network import RecognisedForward

_ROUNDING: Final = 1e-9
"""Difference of ẑ by which two deviations are not told apart: then the plainer one is taken."""


def find_forward(values: Sequence[Value], most: float) -> RecognisedForward | None:
    """Find the forward pass of the most images, but at most `most`.

    None if there is no convolution that can be recognised.
    """
    found = find_convolution(values, most)
    if found is not None:
        _find_maps(found, values)
        _find_dense(found, values)
        if found.o is not None:
            find_loss(found, values)
    return found


def count_classes(forward: RecognisedForward, values: Sequence[Value]) -> int:
    """Return how many outputs of each image add up to 1, as softmax's do; 0 if there are none."""
    for value in values:
        shape = value.array.shape
        if value.array.ndim != 2 or forward.n < 2 or forward.n not in shape or 1 in shape:
            continue
        outputs = value.array if shape[0] == forward.n else value.array.T
        is_share = outputs.min() >= 0 and np.allclose(outputs.sum(axis=1), 1, atol=1e-3)
        if is_share and not np.isin(outputs, (0, 1)).all():
            return int(outputs.shape[1])
    return 0


def _find_maps(forward: RecognisedForward, values: Sequence[Value]) -> None:
    """Find the patches, the sums C, the activations A, and A flattened."""
    n, k, t, _ = forward.map_dims
    m = forward.f.shape[1]
    has_sums = False
    for value in values:
        if value.array.size == n * k * t * t:
            fit = find_tensor(value.array, forward.C, forward.within)
            if fit is not None:
                if not has_sums:
                    forward.C = fit.layout.numbers(value.array)
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
                forward.A = fit.layout.numbers(value.array)
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


def _find_dense(forward: RecognisedForward, values: Sequence[Value]) -> None:
    """Find the dense weights by the results that they give: z, ẑ or the output."""
    n, k, t, _ = forward.map_dims
    results = [value for value in values if value.array.size == n]
    weights = [value for value in first_of_each(values) if value.array.size == k * t * t]
    biases = [
        value
        for value in values
        if value.array.size == 1 and value.array.any() and value.probe.use != "argument"
    ]
    activations = [forward.activation]
    if "sigmoid" not in forward.found:  # the maps' activation was not seen by itself
        activations = [ACTIVATIONS[-1], *ACTIVATIONS[:-1]]
    for activation in activations:
        A = forward.A if activation is forward.activation else activation.function(forward.C)
        for value in weights:
            for layout in layouts(value.array.shape, (k, t, t)):
                wo = layout.numbers(value.array)
                z = np.tensordot(A, wo, axes=3)
                expected = np.array(list(_after_dense(z)))
                if n > 1:
                    expected = expected[np.ptp(expected, axis=1) > 0]
                for result in results:
                    is_after = result.last > value.first
                    if is_after and _is_dense(forward, result, z, expected, biases):
                        forward.A, forward.activation = A, activation
                        forward.wo, forward.weights = wo, value
                        forward.weights_layout = layout
                        _find_outputs(forward, z, results)
                        return


def _is_dense(
    forward: RecognisedForward, result: Value, z: Floats, expected: Floats, biases: Sequence[Value]
) -> bool:
    """Return whether a result is one of those expected, or else what follows from z with a bias.

    The bias is noted.
    """
    actual = result.array.reshape(-1).astype(float)
    within = forward.within
    with np.errstate(invalid="ignore"):
        off = np.abs(actual - expected).max(axis=1)
    if (off <= within * np.abs(expected).max(axis=1)).any():
        return True
    before = [bias for bias in biases if bias.last < result.last]
    if len(z) > 1:  # what is z by a constant, or σ of that
        rough = 1e-3 * float(np.abs(z).max())
        with np.errstate(divide="ignore", invalid="ignore"):
            logits = (actual, np.log(actual / (1 - actual)))
            if not any(np.ptp(logit - z) <= rough for logit in logits):
                return False
    for bias in before:
        shifted = z + float(bias.array.reshape(()))
        if any(same(actual, wanted, within) for wanted in (shifted, sigmoid(shifted))):
            forward.dense_bias = bias
            return True
    return False


def _after_dense(z: Floats) -> Iterator[Floats]:
    """Yield z, and what may follow from it without a step between: ẑ, σ(ẑ), σ(z)."""
    yield z
    if len(z) > 1 and np.ptp(z) > 0:
        centred = z - z.mean()
        for deviation in _deviations(z):
            zs = centred / deviation
            yield zs
            yield sigmoid(zs)
    yield sigmoid(z)


def _deviations(z: Floats) -> Iterator[float]:
    """Yield the divisors of z: a deviation, perhaps with a small number added against zeros."""
    deviation, variance = float(z.std()), float(z.var())
    yield deviation
    yield float(z.std(ddof=1))
    for more in (1e-8, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3):
        yield math.sqrt(variance + more)
        yield deviation + more


def _find_outputs(forward: RecognisedForward, z: Floats, results: Sequence[Value]) -> None:
    """Find z, its standardisation, and the output, each from the script's own value before it."""
    if forward.dense_bias is not None:
        z = z + float(forward.dense_bias.array.reshape(()))
    n, within = forward.n, forward.within
    forward.z = _first_result(forward, "dense", z, results)
    z = forward.z
    if n > 1 and np.ptp(z) > 0:
        centred = z - z.mean()
        off = {by: _off(centred / by, results, within) for by in _deviations(z)}
        least = min(off.values())
        if least < math.inf:
            forward.is_standardised = True
            forward.std = next(by for by in off if off[by] <= 2 * least + _ROUNDING)
            zs = centred / forward.std
            forward.zs = _first_result(forward, "standardise", zs, results)
    logits = z if forward.zs is None else forward.zs
    expected = sigmoid(logits)
    if any(find_tensor(v.array, expected, within) for v in results):
        forward.o = _first_result(forward, "output", expected, results)


def _off(zs: Floats, results: Sequence[Value], within: float) -> float:
    """Return how far the nearest result is from ẑ or its sigmoid; infinity if none is near."""
    return min(
        (
            float(np.abs(value.array.reshape(-1) - expected).max())
            for expected in (zs, sigmoid(zs))
            for value in results
            if find_tensor(value.array, expected, within)
        ),
        default=math.inf,
    )


def _first_result(
    forward: RecognisedForward, operation: str, expected: Floats, results: Sequence[Value]
) -> Floats:
    """Note the values that hold an operation's result; return the first, or the result expected."""
    numbers = expected
    for value in results:
        fit = find_tensor(value.array, expected, forward.within)
        if fit is not None:
            if operation not in forward.found:
                numbers = fit.layout.numbers(value.array)
            elif forward.n == 1 and not _has_known_name(forward, operation, value):
                continue  # a single number may be the same by chance: o − 0 is o
            forward.note(operation, value, fit)
    return numbers


def _has_known_name(forward: RecognisedForward, operation: str, value: Value) -> bool:
    """Return whether a value has the name of one that an operation has given already."""
    names = {found.value.probe.name for found in forward.found[operation]}
    return value.probe.name in names or value.probe.use in ("returned", "argument")
