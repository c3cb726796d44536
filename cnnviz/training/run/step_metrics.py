"""Figures of the step that led to each state: how large it was, and how saturated the units are."""

from math import sqrt
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from cnnviz.numerics.network import Floats, Parameters
from cnnviz.training.run.states import States, blocks

Metric = Literal[
    "filter_ratio", "dense_ratio", "filter_gradient", "dense_gradient", "saturated_share"
]
METRICS: Final[tuple[Metric, ...]] = (
    "filter_ratio",
    "dense_ratio",
    "filter_gradient",
    "dense_gradient",
    "saturated_share",
)
"""The rows of the figures: |Δf| / |f| and |Δwo| / |wo| of the step that led to the state, the
norms of the gradients that it followed, |Δf| / η and |Δwo| / η, and the share of saturated units.
"""
UNDEFINED: Final = float("nan")


def step_metrics(
    before: Parameters | None, after: Parameters, learning_rate: float, saturated: float
) -> tuple[float, ...]:
    """Return a state's figures in the order of `METRICS`.

    Those of the step are NaN if `before` is None: no step led to the state, but an edit or a start.
    """
    if before is None:
        return (*[UNDEFINED] * (len(METRICS) - 1), saturated)
    filter_step, filters = _step(before.f, after.f)
    dense_step, dense = _step(before.wo, after.wo)
    return (
        filter_step / filters if filters else UNDEFINED,
        dense_step / dense if dense else UNDEFINED,
        filter_step / learning_rate,
        dense_step / learning_rate,
        saturated,
    )


def _step(before: Floats, after: Floats) -> tuple[float, float]:
    """Return the norms of a parameter's change, and of the parameter before it."""
    old = before.ravel()
    with np.errstate(over="ignore", invalid="ignore"):
        change = after.ravel() - old
        return sqrt(change @ change), sqrt(old @ old)


def metrics_of_states(states: States, learning_rates: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the figures of the states 0 to T − 1, shape (5, T); saturated shares are NaN.

    `learning_rates`, shape (T,), has the rate of the step that led to each state; that of the first
    does not matter.
    """
    count = len(learning_rates)
    metrics = np.full((len(METRICS), count), UNDEFINED)
    before: list[Floats] = []
    start = 0
    for block in blocks(states):
        if start == count:
            break
        ends = []
        stop = min(start + len(block[0]), count)
        for row, parameters in enumerate(block):
            flat = parameters[: stop - start].reshape(stop - start, -1)
            ends.append(flat[-1:])
            flat = np.concatenate([*before[row : row + 1], flat])
            first = stop + 1 - len(flat)  # that has another before it
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                steps = _norms(np.diff(flat, axis=0))
                ratios = steps / _norms(flat[:-1])
            metrics[row, first:stop] = np.where(np.isfinite(ratios), ratios, UNDEFINED)
            metrics[2 + row, first:stop] = steps / learning_rates[first:stop]
        before, start = ends, stop
    return metrics


def _norms(vectors: Floats) -> NDArray[np.float64]:
    norms: NDArray[np.float64] = np.sqrt(np.einsum("tp,tp->t", vectors, vectors, dtype=np.float64))
    return norms
