"""A numerical gradient check: the derivatives that a rule computes, against central differences."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from cnnviz.numerics.fast import FastIteration
from cnnviz.numerics.network import FILTER_COUNT, Batch, Floats, Parameters
from cnnviz.numerics.operations import iterate
from cnnviz.numerics.rule import Rule

STEP: Final = 2e-5
"""How far σ's arguments may move, at most, when one parameter is nudged.

The differences are off by about STEP² for the curve's bending and by ε/STEP for rounding; here
the two are alike.
"""


@dataclass(frozen=True, slots=True)
class ParameterCell:
    """One number among the parameters.

    Attributes
    ----------
    index : tuple of int
        ``(u, v, i)`` into f, or ``(j, 0)`` into wo.
    """

    parameter: Literal["f", "wo"]
    index: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """One parameter's derivative of the mean loss, computed in two ways.

    Attributes
    ----------
    analytic : float
        By the rule's backward pass.
    numeric : float
        ``(L(p + step) − L(p − step)) / (2 · step)``.
    step : float
        How far the parameter was moved to either side.
    uncertainty : float
        About how far `numeric` can be from the derivative, by rounding and the curve's bending.
    """

    cell: ParameterCell
    analytic: float
    numeric: float
    step: float
    uncertainty: float

    @property
    def relative_error(self) -> float:
        """Difference over the larger of the two magnitudes, 0 to 2; 0 if both are 0.

        Meaningless if both are within `uncertainty` of 0.
        """
        larger = max(abs(self.analytic), abs(self.numeric))
        return abs(self.analytic - self.numeric) / larger if larger else 0.0

    @property
    def agrees(self) -> bool:
        """Whether the two are the same as far as the numeric one can tell."""
        return abs(self.analytic - self.numeric) <= self.uncertainty


def check_gradient(
    batch: Batch,
    parameters: Parameters,
    rule: Rule,
    learning_rate: float,
    cells: Iterable[ParameterCell],
) -> tuple[Comparison, ...]:
    """Compare a rule's derivatives with central differences of the mean loss, in float64.

    Takes one iteration of the readable path, and two forward passes of the fast path a cell. Only
    the exact rule is expected to agree everywhere. The learning rate matters if the rule's filter
    gradient uses the updated dense weights.

    Raises
    ------
    NumericsError
        If the iteration, or the forward pass beside it, has no meaningful result.
    """
    batch = Batch(batch.planes.astype(np.float64), batch.y.astype(np.float64))
    parameters = parameters.astype(np.float64)
    tensors = iterate(batch, parameters, rule, learning_rate)
    gradients = {"f": tensors["dF"].transpose(1, 2, 0), "wo": tensors["dW"]}
    std = float(tensors["std"][0, 0])
    forward = FastIteration(batch).forward

    def compare(cell: ParameterCell) -> Comparison:
        value = float(getattr(parameters, cell.parameter)[cell.index])
        step = max(_step(cell, parameters.wo, std), 1024 * float(np.spacing(abs(value))))
        above, below = (
            forward(_replaced(parameters, cell, moved)).loss
            for moved in (value + step, value - step)
        )
        width = (value + step) - (value - step)
        rounding = np.finfo(np.float64).eps * np.abs(parameters.wo).sum() / std
        return Comparison(
            cell,
            float(gradients[cell.parameter][cell.index]),
            (above - below) / width,
            step,
            float(rounding + STEP**3) / step,
        )

    return tuple(compare(cell) for cell in cells)


def _step(cell: ParameterCell, wo: Floats, std: float) -> float:
    """Return the change of one parameter that moves no C and no ẑ by more than about `STEP`."""
    if cell.parameter == "wo":
        return STEP * std  # z moves by a, at most 1
    of_filter = np.abs(wo).reshape(FILTER_COUNT, -1)[cell.index[-1]]
    return STEP / max(1.0, float(of_filter.sum()) / (4 * std))  # σ′ is at most ¼


def _replaced(parameters: Parameters, cell: ParameterCell, value: float) -> Parameters:
    """Return the parameters with one number replaced."""
    arrays = {"f": parameters.f.copy(), "wo": parameters.wo.copy()}
    arrays[cell.parameter][cell.index] = value
    return Parameters(**arrays)
