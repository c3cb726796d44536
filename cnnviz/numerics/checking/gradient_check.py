"""A numerical gradient check: the derivatives that a rule computes, against central differences.

All 1,803 weights are moved, one at a time. What one weight's change leaves unchanged is computed
once: a dense weight moves z by the activations it meets, a filter weight changes one map alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np

from cnnviz.numerics.blocks import blocks_of
from cnnviz.numerics.cells import largest_cell
from cnnviz.numerics.network import (
    DENSE_SIZE,
    FILTER_COUNT,
    FILTER_SIZE,
    MAP_SIZE,
    Batch,
    Floats,
    Parameters,
    Tensors,
)
from cnnviz.numerics.operations import iterate
from cnnviz.numerics.rule import Rule

STEP: Final = 2e-5
"""The largest change of any C and ẑ when one weight is moved.

The differences of the loss are off by about STEP³ for the curve's bending and by ε for rounding.
"""
_CHUNK: Final = 1_000_000
"""Values of z that are computed at a time."""


@dataclass(frozen=True, slots=True, eq=False)
class DerivativeComparison:
    """One parameter's derivatives of the mean loss, computed in two ways, in its own shape."""

    analytic: Floats
    """By the rule's backward pass, in float64, as all of these arrays are."""
    numerical: Floats
    """``(L(p + step) − L(p − step)) / (2 · step)`` for each weight p."""
    step: Floats
    """How far each weight was moved to either side."""
    tolerance: Floats
    """The largest difference of the two by rounding and the curve's bending."""

    @property
    def error(self) -> Floats:
        """The difference at each weight."""
        return np.abs(self.analytic - self.numerical)

    @property
    def agrees(self) -> bool:
        """Whether no weight's two derivatives are further apart than they may be."""
        return bool((self.error <= self.tolerance).all())

    @property
    def worst(self) -> tuple[int, ...]:
        """The weight whose error is largest beside its tolerance."""
        return largest_cell(self.error / self.tolerance)

    @property
    def worst_relative_error(self) -> float:
        """The largest error over the largest derivative of the parameter, 0 to 2.

        It is 0 if all derivatives are 0 as far as the differences can tell. Relative to its own
        derivative, an error would be noise at each weight whose derivative is 0, as it is if its
        unit sees no ink.
        """
        largest = float(max(np.abs(self.analytic).max(), np.abs(self.numerical).max()))
        if largest <= float(self.tolerance.max()):
            return 0.0
        return float(self.error.max()) / largest


@dataclass(frozen=True, slots=True, eq=False)
class GradientCheck:
    """The comparisons of all filter weights and all dense weights."""

    filters: DerivativeComparison
    dense: DerivativeComparison

    @property
    def agrees(self) -> bool:
        """Whether both agree."""
        return self.filters.agrees and self.dense.agrees


def check_gradient(
    batch: Batch,
    parameters: Parameters,
    rule: Rule,
    learning_rate: float,
    last: Tensors = MappingProxyType({}),
) -> GradientCheck:
    """Compare a rule's derivatives with central differences of the mean loss, in float64.

    Only the exact rule is expected to agree everywhere. The learning rate matters if the rule's
    filter gradient uses the updated dense weights; `last` is that of `iterate`. Reports its
    progress to `reporting_progress`.

    Raises NumericsError if the iteration has no meaningful result.
    """
    batch = Batch(batch.planes.astype(np.float64), batch.y.astype(np.float64))
    tensors = iterate(batch, parameters.astype(np.float64), rule, learning_rate, last)
    filter_analytic = np.moveaxis(tensors["dF"], 0, 2)
    steps, dense_step = weight_steps(tensors, STEP)
    filter_step = np.broadcast_to(steps, filter_analytic.shape)
    return GradientCheck(
        _comparison(tensors, filter_analytic, filter_differences(tensors, steps), filter_step),
        _comparison(tensors, tensors["dW"], dense_differences(tensors, dense_step), dense_step),
    )


def weight_steps(t: Tensors, step: float) -> tuple[Floats, Floats]:
    """Return how far weights may be moved so that every C and ẑ moves by `step` at most.

    Returns
    -------
    ndarray of float64, shape (3,)
        For the weights of each filter.
    ndarray of float64, shape (1728, 1)
        For each dense weight.
    """
    std = t["std"].item()
    sensitivity = np.abs(t["wo"]).reshape(FILTER_COUNT, -1).sum(axis=1) / (4 * std)
    ink = max(1.0, float(t["X"].max()))
    filters = step / (ink * np.maximum(1, sensitivity))  # σ′ is at most ¼
    return filters, np.full((DENSE_SIZE, 1), step * std)  # z moves by a, at most 1


def _comparison(
    t: Tensors, analytic: Floats, differences: Floats, step: Floats
) -> DerivativeComparison:
    epsilon = float(np.finfo(np.float64).eps)
    # By rounding, the backward pass's ẑ may be off by so much, and so may what follows from it.
    at_zs = epsilon * (DENSE_SIZE**0.5 * float(np.abs(t["z"]).max()) / t["std"].item() + 1)
    of_differences = (STEP**3 + epsilon) / step
    of_backward_pass = at_zs * STEP / step  # one unit of ẑ is STEP / step of the weight, at least
    tolerance = of_differences + of_backward_pass
    return DerivativeComparison(analytic, differences / (2 * step), step, tolerance)


def dense_differences(t: Tensors, step: Floats) -> Floats:
    """Return ``L(wo + step) − L(wo − step)`` for each dense weight, shape (1728, 1)."""
    centred = t["z"] - t["z"].mean()
    differences = np.empty((DENSE_SIZE, 1))
    rows = max(1, _CHUNK // centred.size)
    for start in range(0, DENSE_SIZE, rows):
        chunk = slice(start, start + rows)
        moved = step[chunk] * t["a"][chunk]
        above, below = _loss(centred + moved, t["y"]), _loss(centred - moved, t["y"])
        differences[chunk, 0] = above - below
    return differences


def filter_differences(t: Tensors, steps: Floats) -> Floats:
    """Return ``L(f + step) − L(f − step)`` for each filter weight, shape (5, 5, 3)."""
    centred = t["z"][0] - t["z"].mean()
    above = np.empty((FILTER_SIZE, FILTER_SIZE, FILTER_COUNT, centred.size))
    below = np.empty_like(above)
    for block in blocks_of(centred.size):
        for index, rise, fall in _moved_z(t, steps, block):
            above[index][block] = centred[block] + rise
            below[index][block] = centred[block] + fall
    return _loss(above, t["y"][0]) - _loss(below, t["y"][0])


def _moved_z(
    t: Tensors, steps: Floats, block: slice
) -> Iterator[tuple[tuple[int, int, int], Floats, Floats]]:
    """Yield how far the z of a block's images move if a filter weight rises, and if it falls.

    With ``e = exp(x) − 1``, exactly ``σ(C + x) − σ(C) = a (1 − a) e / (1 + a e)`` and
    ``σ(C) − σ(C − x) = a (1 − a) e / (1 + (1 − a) e)``: nothing cancels.
    """
    weights = t["wo"].reshape(FILTER_COUNT, MAP_SIZE, MAP_SIZE)
    maps = t["a"][:, block].reshape(FILTER_COUNT, MAP_SIZE, MAP_SIZE, -1)
    for i in range(FILTER_COUNT):
        a, rest = maps[i], 1 - maps[i]
        slope = weights[i, :, :, np.newaxis] * a * rest
        for u, v in np.ndindex(FILTER_SIZE, FILTER_SIZE):
            e = np.expm1(steps[i] * t["P"][:, :, block, u, v])
            rise = np.einsum("rck,rck->k", slope, e / (1 + a * e))
            fall = np.einsum("rck,rck->k", slope, e / (1 + rest * e))
            yield (u, v, i), rise, -fall


def _loss(z: Floats, y: Floats) -> Floats:
    """Return the mean loss of each row of z, shape (…, n)."""
    centred = z - z.mean(axis=-1, keepdims=True)
    zs = centred / np.sqrt((centred * centred).mean(axis=-1, keepdims=True))
    o = 1 / (1 + np.exp(-zs))
    loss: Floats = ((y - o) ** 2).mean(axis=-1) / 2
    return loss
