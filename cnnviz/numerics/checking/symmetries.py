"""Three sums that are 0 for the exact gradient, because z is standardised.

The loss does not change if all z are shifted or scaled alike. So the errors at z can hold neither
a part along (1, …, 1), Σ δ = 0, nor one along ẑ, Σ ẑ δ = 0; and as scaling the dense weights
scales z, their gradient is at a right angle to them, ∂L/∂wo · wo = 0.
"""

from dataclasses import dataclass

from cnnviz.numerics.network import Tensors


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
