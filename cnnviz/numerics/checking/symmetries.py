"""Three sums that are 0 for the exact gradient, because z is standardised.

The loss does not change if all z are shifted or scaled alike. So the errors at z can hold neither
a part along (1, …, 1), Σ δ = 0, nor one along ẑ, Σ ẑ δ = 0; and as scaling the dense weights
scales z, their gradient is at a right angle to them, ∂L/∂wo · wo = 0.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from cnnviz.numerics.network import Tensors

_UNITS: Final = 16
"""Rounding units that a sum may be off, of the magnitudes that it adds."""


@dataclass(frozen=True, slots=True)
class Symmetries:
    """The three sums, under the rule that wrote the tensors."""

    sum_delta: float
    sum_zs_delta: float
    wo_dot_gradient: float


def symmetries(tensors: Tensors) -> Symmetries:
    """Return the three sums of an iteration."""
    delta, zs = tensors["delta"], tensors["zs"]
    return Symmetries(
        sum_delta=float(delta.sum()),
        sum_zs_delta=float((zs * delta).sum()),
        wo_dot_gradient=float((tensors["wo"] * tensors["dW"]).sum()),
    )


def rounding(tensors: Tensors) -> Symmetries:
    """Return how large the three sums may be by rounding if they are 0.

    It is measured by the magnitudes that cancel, in ẑ, which is off by what z loses, and in the
    sums; those of ∂L/∂wo are activations, at most 1, times errors.
    """
    delta, zs, wo = tensors["delta"], tensors["zs"], tensors["wo"]
    lost = 1 + float(np.abs(tensors["z"]).max()) / tensors["std"].item()
    unit = _UNITS * float(np.finfo(delta.dtype).eps) * lost
    errors = float(np.abs(delta).sum())
    return Symmetries(
        sum_delta=unit * errors,
        sum_zs_delta=unit * float(np.abs(zs * delta).sum()),
        wo_dot_gradient=unit * float(np.abs(wo).sum()) * errors,
    )
