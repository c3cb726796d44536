"""The loss along a step: at fractions and multiples of it, and at its minimum."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from types import MappingProxyType
from typing import Final

import numpy as np

from cnnviz.numerics.blocks import ProgressCallback
from cnnviz.numerics.errors import NumericsError
from cnnviz.numerics.fast import COVERED, FastIteration
from cnnviz.numerics.landscape.vectors import as_parameters, as_vector
from cnnviz.numerics.network import Floats, Parameters, Tensors
from cnnviz.numerics.operations import iterate, updated
from cnnviz.numerics.rule import Rule

DECADES: Final = 3
"""Multiples of a step go from 10 to the power of minus this to plus this."""
_NARROWINGS: Final = 12
"""Golden sections of the interval that holds the minimum: to 0.3 % of it."""


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """The loss from a state along one step."""

    multiples: Floats
    """Shape (m,). How many steps far, rising: 1, the step itself, is among them."""
    loss: Floats
    """Shape (m,). The loss there; NaN if the network has no result."""
    start: float
    """The loss at the state."""
    best: float
    lowest: float
    """best, lowest: the multiple with the lowest loss, and that loss; 0 and `start` if it is
    nowhere lower."""

    @property
    def end(self) -> float:
        """The loss after one step; NaN if the network has no result there."""
        return float(self.loss[np.searchsorted(self.multiples, 1.0)])

    @property
    def overshoot(self) -> float | None:
        """The length of the step over the distance of the minimum; None if there is no minimum."""
        if self.best == 0 or self.best == self.multiples[-1]:
            return None
        return 1 / self.best


def step_of(
    kernel: FastIteration,
    parameters: Parameters,
    rule: Rule,
    learning_rate: float,
    last: Tensors = MappingProxyType({}),
) -> Floats:
    """Return how far an iteration under a rule moves each weight, shape (1803,).

    `last` are tensors of the iteration before, for a rule that keeps some.

    Raises NumericsError if the iteration has no meaningful result.
    """
    if rule in COVERED:
        kernel.forward(parameters)
        after = kernel.update(rule, learning_rate)
    else:
        after = updated(iterate(kernel.batch, parameters, rule, learning_rate, last))
    return as_vector(after) - as_vector(parameters)


def loss_at(kernel: FastIteration, vector: Floats) -> float:
    """Return the mean loss at a vector of all weights; NaN if the network has no result."""
    try:
        with np.errstate(over="ignore"):
            parameters = as_parameters(vector).astype(kernel.dtype)
        return kernel.forward(parameters).loss
    except NumericsError:
        return float("nan")


def line(
    kernel: FastIteration,
    parameters: Parameters,
    step: Floats,
    per_decade: int,
    on_progress: ProgressCallback = lambda _share: None,
) -> Line:
    """Compute the loss along a step at evenly spaced powers of ten of its length.

    Parameters
    ----------
    step : ndarray, shape (1803,)
        Such as `step_of` gives.
    per_decade : int
        Points for each factor of ten, besides those that narrow the minimum down.
    on_progress : callable
        Called before each point with the share of points done; an error from it ends the work.
    """
    origin = as_vector(parameters)
    powers = np.arange(-DECADES * per_decade, DECADES * per_decade + 1) / per_decade
    done = count(1)

    def at(power: float) -> float:
        on_progress(min(1.0, next(done) / (len(powers) + _NARROWINGS + 2)))
        with np.errstate(over="ignore"):
            there = origin + 10**power * step
        return loss_at(kernel, there)

    start = loss_at(kernel, origin)
    points = [(float(power), at(power)) for power in powers]
    loss = np.array([value for _, value in points])
    best, lowest = 0.0, start
    if (loss < start).any():
        index = int(np.nanargmin(loss))
        if 0 < index < len(powers) - 1:
            points += _near_minimum(at, powers[index - 1], powers[index + 1])
        power, lowest = min(points, key=lambda point: (np.isnan(point[1]), point[1]))
        best = 10**power
    all_powers, loss = np.array(sorted(points)).T
    return Line(10**all_powers, loss, start, best, lowest)


def _near_minimum(
    at: Callable[[float], float], low: float, high: float
) -> list[tuple[float, float]]:
    """Return the points and losses by which golden sections of an interval come to its minimum."""
    golden = (5**0.5 - 1) / 2
    left, right = high - golden * (high - low), low + golden * (high - low)
    at_left, at_right = at(left), at(right)
    found = [(left, at_left), (right, at_right)]
    for _ in range(_NARROWINGS):
        if at_left < at_right:
            high, right, at_right = right, left, at_left
            left = high - golden * (high - low)
            at_left = at(left)
            found.append((left, at_left))
        else:
            low, left, at_left = left, right, at_right
            right = low + golden * (high - low)
            at_right = at(right)
            found.append((right, at_right))
    return found
