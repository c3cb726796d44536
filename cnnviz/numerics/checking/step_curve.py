"""How far differences of the loss are off, by their step.

A central difference is off by its truncation, about step², and by rounding, about ε / step. The
exact gradient, which agrees with it at every step in between, is the reference.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cnnviz.numerics.blocks import ProgressCallback
from cnnviz.numerics.checking.gradient_check import (
    dense_differences,
    filter_differences,
    weight_steps,
)
from cnnviz.numerics.network import Batch, Parameters
from cnnviz.numerics.operations import iterate
from cnnviz.numerics.rule import EXACT

STEPS: Final = tuple(float(step) for step in np.logspace(-1, -11, 21))
"""The steps that are tried: how far a C and a ẑ may move, at most."""


@dataclass(frozen=True, slots=True, eq=False)
class StepCurve:
    """The largest error of a central difference, for each of `STEPS`."""

    filters: NDArray[np.float64]
    dense: NDArray[np.float64]
    """filters, dense: shape (21,). Of all 75 filter weights, and of all 1,728 dense weights."""


def step_curve(
    batch: Batch, parameters: Parameters, on_progress: ProgressCallback = lambda _share: None
) -> StepCurve:
    """Compare the exact gradient with differences of the loss by each of `STEPS`, in float64.

    Raises NumericsError if the iteration has no meaningful result.
    """
    batch = Batch(batch.planes.astype(np.float64), batch.y.astype(np.float64))
    tensors = iterate(batch, parameters.astype(np.float64), EXACT, 1.0)
    exact = np.moveaxis(tensors["dF"], 0, 2), tensors["dW"]
    errors = np.empty((2, len(STEPS)))
    for at, step in enumerate(STEPS):
        by_filter, dense = weight_steps(tensors, step)
        quotients = (
            filter_differences(tensors, by_filter) / (2 * by_filter),
            dense_differences(tensors, dense) / (2 * dense),
        )
        errors[:, at] = [np.abs(q - e).max() for q, e in zip(quotients, exact, strict=True)]
        on_progress((at + 1) / len(STEPS))
    return StepCurve(*errors)
