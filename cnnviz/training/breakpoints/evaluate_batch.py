"""Many states of a run in a row, looked at together: far cheaper than one by one."""

import operator
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cnnviz.numerics.network import FILTER_COUNT
from cnnviz.training.breakpoints.conditions import (
    At,
    Compare,
    Condition,
    Either,
    Every,
    FilterChanges,
    Flips,
    LossRises,
    NotFinite,
    Relation,
    Step,
)
from cnnviz.training.breakpoints.evaluate import State

Bools = NDArray[np.bool_]
_RELATIONS: Final[dict[Relation, Callable[[Any, float], Bools]]] = {
    "=": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


class StateWindow:
    """States that follow each other, all with a forward pass of the same batch.

    Parameters
    ----------
    states : sequence of State
        K + 1 of them, 2 or more; the first is only what the second is compared with.
    """

    def __init__(self, states: Sequence[State]) -> None:
        self._states = states
        self._forwards = [state.forward for state in states if state.forward is not None]

    @property
    def uniform(self) -> bool:
        """Whether every state has a forward pass, and all are of as many images."""
        whole = len(self._forwards) == len(self._states)
        return whole and len({forward.o.size for forward in self._forwards}) == 1

    def figure(self, quantity: str) -> NDArray[np.float64]:
        """Return a figure of the states, the first among them, shape (K + 1,)."""
        if quantity == "iteration":
            return np.array([state.iteration for state in self._states], np.float64)
        if quantity == "saturated":
            return np.array([state.saturated for state in self._states])
        return np.array([getattr(forward, quantity) for forward in self._forwards], np.float64)

    @cached_property
    def loss(self) -> NDArray[np.float64]:
        """Losses, shape (K + 1,)."""
        return self.figure("loss")

    @cached_property
    def failed(self) -> Bools:
        """Whether a state but the first has no result, shape (K,)."""
        return np.array([state.failure is not None for state in self._states[1:]])

    @cached_property
    def norms(self) -> NDArray[np.float64]:
        """‖·‖ of filters 1 to 3 and of the dense weights, shape (K + 1, 4)."""
        return self._norms(self._f, self._wo)

    @cached_property
    def steps(self) -> NDArray[np.float64]:
        """‖change‖ / ‖before‖ of filters 1 to 3 and of the dense weights, shape (K, 4)."""
        moved = self._norms(np.diff(self._f, axis=0), np.diff(self._wo, axis=0))
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            steps: NDArray[np.float64] = np.where(moved == 0, 0.0, moved / self.norms[:-1])
        return steps

    @cached_property
    def turned(self) -> Bools:
        """Whether any cell of filters 1 to 3 has changed its sign, shape (K, 3)."""
        negative = self._f < 0
        turned: Bools = (negative[1:] != negative[:-1]).any(axis=1)
        return turned

    @cached_property
    def flipped(self) -> Bools:
        """Whether an image's prediction has changed sides, shape (K, n)."""
        sides = np.stack([forward.o[0] for forward in self._forwards]) > 0.5
        flipped: Bools = sides[1:] != sides[:-1]
        return flipped

    @cached_property
    def _f(self) -> NDArray[np.float64]:
        f = np.stack([state.parameters.f for state in self._states], dtype=np.float64)
        return f.reshape(len(f), -1, FILTER_COUNT)

    @cached_property
    def _wo(self) -> NDArray[np.float64]:
        return np.stack([state.parameters.wo[:, 0] for state in self._states], dtype=np.float64)

    @staticmethod
    def _norms(f: NDArray[np.float64], wo: NDArray[np.float64]) -> NDArray[np.float64]:
        norms = np.empty((len(f), FILTER_COUNT + 1))
        with np.errstate(over="ignore"):
            norms[:, :FILTER_COUNT] = np.einsum("kci,kci->ki", f, f)
            norms[:, FILTER_COUNT] = np.einsum("kj,kj->k", wo, wo)
        return np.sqrt(norms, out=norms)


def held(condition: Condition, stretch: StateWindow, operation: str | None = None) -> Bools:
    """Return in which states but the first a condition holds, shape (K,).

    Parameters
    ----------
    condition : Condition
    stretch : Stretch
    operation : str or None
        The operation that comes next in each of them.
    """
    match condition:
        case Every(parts):
            every: Bools = np.logical_and.reduce([held(p, stretch, operation) for p in parts])
            return every
        case Either(parts):
            either: Bools = np.logical_or.reduce([held(p, stretch, operation) for p in parts])
            return either
        case At(name):
            return np.full(stretch.failed.shape, operation == name)
        case Compare(quantity, relation, bound):
            return _RELATIONS[relation](stretch.figure(quantity)[1:], float(bound))
        case Step(parts, relation, bound):
            return _RELATIONS[relation](stretch.steps[:, list(parts)].max(axis=1), bound)
        case LossRises(by, relative):
            before = stretch.loss[:-1]
            rise = stretch.loss[1:] - before
            return (rise > 0) & (rise >= (by * before if relative else by))
        case FilterChanges(filters, by):
            if by is None:
                return _any(stretch.turned[:, list(filters)])
            norms = stretch.norms[:, list(filters)]
            change = np.abs(norms[1:] - norms[:-1])
            return _any((change > 0) & (change >= by * norms[:-1]))
        case Flips(image):
            flipped = stretch.flipped
            if image is None:
                return _any(flipped)
            inside = image < flipped.shape[1]
            return flipped[:, image] if inside else np.zeros(len(flipped), np.bool_)
        case NotFinite():
            return stretch.failed


def happened(condition: Condition, stretch: StateWindow, operation: str | None = None) -> Bools:
    """Return in which states but the first an event that a condition asks for has happened.

    See `evaluate.event_of` for what is an event.

    Parameters
    ----------
    condition : Condition
    stretch : Stretch
    operation : str or None
        The operation that comes next in each of them.

    Returns
    -------
    ndarray of bool, shape (K,)
    """
    match condition:
        case Every(parts) | Either(parts):
            each = [happened(part, stretch, operation) for part in parts]
            events: Bools = np.logical_or.reduce(each)
            return events
        case At() | LossRises() | FilterChanges() | Flips():
            return held(condition, stretch, operation)
    return np.zeros(stretch.failed.shape, np.bool_)


def _any(of_each: Bools) -> Bools:
    """Return in which rows anything holds."""
    rows: Bools = np.logical_or.reduce(of_each, axis=1)
    return rows
