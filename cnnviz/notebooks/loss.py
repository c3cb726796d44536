"""Find the targets and the loss: errors of all images, their mean, or their sum."""

from collections.abc import Iterator, Sequence
from typing import Final, Literal

import numpy as np

from cnnviz.notebooks.captures import Value
from cnnviz.notebooks.convolution import first_of_each
from cnnviz.notebooks.layouts import Array, Fit, Floats, Layout, find_tensor, scale_of
from cnnviz.notebooks.network import Loss, RecognisedForward

_ROUNDED_LOSS: Final = 1e-5
"""Relative error of a cross-entropy: logarithms are often of o + 1e-8."""


def find_loss(forward: RecognisedForward, values: Sequence[Value]) -> None:
    """Find the targets and the loss: errors of all images, their mean, or their sum."""
    o = forward.o
    assert o is not None  # noqa: S101  (the caller has seen to it)
    n = forward.n
    candidates = [
        (value, y)
        for value in first_of_each(values)
        for y in _targets(value.array, n)
        if value.probe.use != "changed" or value.array.size == n
    ]
    if n == 1:
        candidates.reverse()  # a single 0 or 1 may be anything: the last one is likeliest
    for value, y in candidates:
        losses = list(_losses(o, y))
        if _steps_along_entropy(forward, o, y, values):
            losses.reverse()  # the square may only be shown beside it
        for loss, errors in losses:
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


def _steps_along_entropy(
    forward: RecognisedForward, o: Floats, y: Floats, values: Sequence[Value]
) -> bool:
    """Return whether the script has the derivative of the cross-entropy, and not of the square."""
    if forward.n == 1:  # any single number is a multiple of any other
        return False
    vectors = [v.array.reshape(-1).astype(float) for v in values if v.array.size == forward.n]

    def has(derivative: Floats) -> bool:
        return any(scale_of(v, derivative, forward.within) is not None for v in vectors)

    return has(o - y) and not has((o - y) * o * (1 - o))


def _find_errors(
    forward: RecognisedForward, loss: Loss, errors: Floats, values: Sequence[Value]
) -> bool:
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
