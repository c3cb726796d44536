"""Figures of the step that led to each state: how large it was, and how saturated the units are."""

from math import sqrt
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from cnnviz.numerics.network import Floats, Parameters

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
_STATES: Final = 1_000
"""States of a file that are worked on at a time."""


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


def metrics_of_states(
    f: Floats, wo: Floats, learning_rates: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the figures of successive states, shape (5, T); the share of saturated units is NaN.

    Parameters
    ----------
    f, wo : ndarray of float, shapes (T, 5, 5, 3) and (T, 1728, 1)
    learning_rates : ndarray, shape (T,)
        Of the step that led to each state; that of the first is of no matter.
    """
    metrics = np.full((len(METRICS), len(f)), UNDEFINED)
    for start in range(1, len(f), _STATES):
        stop = min(start + _STATES, len(f))
        for row, states in enumerate((f, wo)):
            flat = states[start - 1 : stop].reshape(stop - start + 1, -1)
            with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
                steps = _norms(np.diff(flat, axis=0))
                ratios = steps / _norms(flat[:-1])
            metrics[row, start:stop] = np.where(np.isfinite(ratios), ratios, UNDEFINED)
            metrics[2 + row, start:stop] = steps / learning_rates[start:stop]
    return metrics


def _norms(vectors: Floats) -> NDArray[np.float64]:
    norms: NDArray[np.float64] = np.sqrt(np.einsum("tp,tp->t", vectors, vectors, dtype=np.float64))
    return norms
