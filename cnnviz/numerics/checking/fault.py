"""A fault of the gallery: one way to get an operation wrong, as a variant of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from cnnviz.numerics import layers
from cnnviz.numerics.network import Floats, Tensors
from cnnviz.numerics.rule import Rule
from cnnviz.numerics.variants import Variant

OPERATION_CHECK: Final = "operation check"
GRADIENT_CHECK: Final = "gradient check"
DATA_CHECK: Final = "data check"

_DELTA_FACTORS: Final = """\
error_wrt_output = -(y - o)
output_wrt_z = o * (1 - o)
"""
_CARRIED_LATEX: Final = (
    r"\delta_k = \frac{d_k - \mathrm{mean}\,d - \hat{z}_k \, \mathrm{mean}(d \hat{z})}"
    r"{\mathrm{std}\,z}, \quad d_k = "
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to get an operation wrong, or one that only looks wrong."""

    name: str
    """Its name on the command line."""
    variant: Variant
    """The operation with the mistake; its name describes the mistake in plain words."""
    in_gradient: bool = True
    """Whether the derivatives that are held against differences of the loss are wrong, too; those
    of the first iteration are not if the fault keeps a tensor of the last."""
    is_decoy: bool = False
    """Whether it looks wrong but is right."""

    @property
    def rule(self) -> Rule:
        """The exact rule with this in it."""
        return Rule(frozenset({self.variant}))

    @property
    def operation(self) -> str:
        """Name of its operation."""
        return self.variant.operation

    @property
    def title(self) -> str:
        """The mistake, in plain words."""
        return self.variant.name

    @property
    def seen_by(self) -> tuple[str, ...]:
        """The checks that see it."""
        if self.is_decoy:
            return ()
        return (OPERATION_CHECK, GRADIENT_CHECK) if self.in_gradient else (OPERATION_CHECK,)


def fault(
    name: str,
    operation: str,
    title: str,
    compute: Callable[[Tensors, float], Floats],
    *,
    formula: str,
    latex: str,
    numpy: str,
    more_reads: tuple[str, ...] = (),
    in_gradient: bool = True,
    is_decoy: bool = False,
) -> Fault:
    """Return a fault of an operation that writes one tensor, which `compute` returns."""
    variant = Variant(
        operation,
        title,
        formula,
        latex,
        numpy,
        lambda t, lr: (compute(t, lr),),
        more_reads=more_reads,
    )
    return Fault(name, variant, in_gradient, is_decoy)


def delta_fault(
    name: str,
    title: str,
    compute: Callable[[Tensors], Floats],
    *,
    formula: str,
    latex: str,
    numpy: str,
) -> Fault:
    """Return a fault in the last of the three tensors that `delta` writes."""

    def all_three(t: Tensors, _: float) -> tuple[Floats, ...]:
        derivative = layers.squared_error_derivative(t["y"], t["o"])
        return derivative, layers.sigmoid_derivative(t["o"]), compute(t)

    variant = Variant("delta", title, formula, latex, _DELTA_FACTORS + numpy, all_three)
    return Fault(name, variant)


def carried_delta_fault(
    name: str, title: str, at_logits: Callable[[Tensors], Floats], *, d: str, latex: str, numpy: str
) -> Fault:
    """Return a fault in the d that `delta` then carries back through the standardisation.

    `at_logits`, `d`, `latex` and `numpy` are its computation and its three ways of writing.
    """
    return delta_fault(
        name,
        title,
        lambda t: layers.standardise_backward(at_logits(t), t["zs"], t["std"]),
        formula=f"δ = (d − mean d − ẑ · mean(d ẑ)) / std z, d = {d}",
        latex=_CARRIED_LATEX + latex,
        numpy=f"d = {numpy}\ndelta = (d - d.mean() - zs * (d * zs).mean()) / std",
    )
