"""Consecutive states of a run, and the arrays over time that conditions read."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import nan

import numpy as np
from numpy.typing import NDArray

from cnnviz.numerics.forward import ForwardPass
from cnnviz.numerics.network import FILTER_COUNT, Floats, Parameters
from cnnviz.training.run.curve import Curve
from cnnviz.training.run.warnings import Notice

Bools = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class WatchedState:
    """One state of a run, without a forward pass if that is undefined."""

    iteration: int
    parameters: Parameters
    forward: ForwardPass | None
    saturated: float
    """Share of saturated units among those that see ink, 0 to 1; NaN if it was not needed."""
    failure: Notice | None
    """Why the forward pass, or the iteration after it, has no result."""


@dataclass(frozen=True, eq=False)
class StateWindow:
    """Consecutive states; the first axis of every array is time.

    Nothing has changed in the first state, because the state before it is unknown.
    """

    iteration: NDArray[np.float64]
    loss: NDArray[np.float64]
    accuracy: NDArray[np.float64]
    saturated: NDArray[np.float64]
    """iteration, loss, accuracy, saturated: shape (T,). NaN if undefined or unknown."""
    failed: Bools
    """Shape (T,). Whether a state, or the iteration after it, has no result."""
    states: Sequence[WatchedState] = ()
    """The T states; empty in a window on a curve, which has only the arrays above."""

    @cached_property
    def norms(self) -> NDArray[np.float64]:
        """‖·‖ of filters 1 to 3 and of the dense weights, shape (T, 4)."""
        return _norms(self._filters, self._dense)

    @cached_property
    def steps(self) -> NDArray[np.float64]:
        """‖change‖ / ‖before‖ of filters 1 to 3 and of the dense weights, shape (T, 4).

        The change of an iteration is η · gradient. NaN in the first state; infinite if weights that
        were all 0 have changed.
        """
        steps = np.full(self.norms.shape, nan)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            f, wo = self._filters, self._dense
            change = _norms(f[1:] - f[:-1], wo[1:] - wo[:-1])
            steps[1:] = np.where(change == 0, 0.0, change / self.norms[:-1])
        return steps

    @cached_property
    def sign_changes(self) -> NDArray[np.intp]:
        """The number of cells of filters 1 to 3 that have changed their sign, shape (T, 3)."""
        counts = np.zeros((len(self.states), FILTER_COUNT), np.intp)
        negative = self._filters < 0
        counts[1:] = np.count_nonzero(negative[1:] != negative[:-1], axis=1)
        return counts

    @cached_property
    def flips(self) -> Bools:
        """Whether the prediction of an image has changed, shape (T, n).

        n is the size of the largest batch. Only images of both batches can flip.
        """
        images = max((state.forward.o.size for state in self.states if state.forward), default=0)
        predicted = np.full((len(self.states), images), -1, np.int8)
        for row, state in zip(predicted, self.states, strict=True):
            if state.forward is not None:
                row[: state.forward.o.size] = state.forward.o[0] > 0.5
        before, now = predicted[:-1], predicted[1:]
        flips = np.zeros(predicted.shape, np.bool_)
        flips[1:] = (before != now) & (before >= 0) & (now >= 0)
        return flips

    @cached_property
    def _filters(self) -> NDArray[np.float64]:
        f = np.array([state.parameters.f for state in self.states], np.float64)
        return f.reshape(len(f), -1, FILTER_COUNT)

    @cached_property
    def _dense(self) -> NDArray[np.float64]:
        return np.array([state.parameters.wo for state in self.states], np.float64)[:, :, 0]


def window_of(states: Sequence[WatchedState]) -> StateWindow:
    """Return a window on states, each but the first one iteration after the one before."""
    forwards = [state.forward for state in states]
    return StateWindow(
        np.array([state.iteration for state in states], np.float64),
        np.array([forward.loss if forward else nan for forward in forwards], np.float64),
        np.array([forward.accuracy if forward else nan for forward in forwards], np.float64),
        np.array([state.saturated for state in states]),
        np.array([state.failure is not None for state in states]),
        states,
    )


def window_of_curve(curve: Curve) -> StateWindow:
    """Return a window on all states of a curve, without what needs the states themselves."""
    count = len(curve.loss)
    unknown = np.full(count, nan)
    iteration = np.arange(count, dtype=np.float64)
    return StateWindow(iteration, curve.loss, curve.accuracy, unknown, np.isnan(curve.loss))


def _norms(filters: Floats, dense: Floats) -> NDArray[np.float64]:
    """Return the norms of filters (T, cells, 3) and dense weights (T, weights), shape (T, 4)."""
    squares = np.empty((len(filters), FILTER_COUNT + 1))
    with np.errstate(over="ignore"):
        squares[:, :FILTER_COUNT] = np.einsum("tci,tci->ti", filters, filters)
        squares[:, FILTER_COUNT] = np.einsum("tj,tj->t", dense, dense)
    return np.sqrt(squares, out=squares)
