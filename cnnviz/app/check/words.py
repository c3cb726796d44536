"""Sentences of the Check panel about a result."""

from typing import Final

from cnnviz.numerics.checking.gradient_check import STEP, DerivativeComparison, GradientCheck
from cnnviz.numerics.checking.symmetries import Symmetries
from cnnviz.numerics.number_format import compact, percent, plain

_SMALL: Final = 1e-3
"""Share below which it is not written as a percentage."""


def verdict_words(comparison: DerivativeComparison) -> str:
    """Say whether a parameter's derivatives agree, and by how much they do not."""
    worst = comparison.worst
    error, tolerance = float(comparison.error[worst]), float(comparison.tolerance[worst])
    relative = comparison.worst_relative_error
    share = percent(round(relative, 3)) if relative >= _SMALL else plain(relative, 2)
    sizes = (
        f"off by {compact(error)} at worst, where the tolerance is {compact(tolerance)}; "
        f"{share} of the largest derivative"
    )
    return f"✓ right, {sizes}." if comparison.agrees else f"✗ wrong, {sizes}."


def tolerance_words(checked: GradientCheck) -> str:
    """Explain the tolerance, with its numbers."""
    steps = sorted({compact(float(s)) for s in checked.filters.step.ravel()})
    return (
        f"Each weight is moved so far that no C and no ẑ moves by more than {compact(STEP)}: by "
        f"{steps[0]} and more for filters, {compact(float(checked.dense.step.flat[0]))} for dense "
        "weights. The tolerance is what truncation, about step², rounding, about ε / step, and the "
        "rounding of the rule itself can amount to."
    )


SYMMETRIES_WHY = (
    "z is standardised, so the loss stays the same if all z are shifted by one number, or "
    "stretched by one factor. A gradient cannot point along what changes nothing: so the errors "
    "δ sum to 0, have no part along ẑ, and ∂L/∂wo is perpendicular to wo, which stretches z. "
    "These three sums find a backward pass that forgets the standardisation, without any "
    "difference of the loss."
)


def symmetry_rows(found: Symmetries, limits: Symmetries) -> tuple[tuple[str, str, str], ...]:
    """Return name, value and verdict of each sum; `limits` is how far rounding may take it."""
    rows = (
        ("Σ δ", found.sum_delta, limits.sum_delta),
        ("Σ ẑ δ", found.sum_zs_delta, limits.sum_zs_delta),
        ("∂L/∂wo · wo", found.wo_dot_gradient, limits.wo_dot_gradient),
    )
    return tuple(
        (name, compact(value), f"{_sign(value, limit)} (rounding: up to {compact(limit)})")
        for name, value, limit in rows
    )


def _sign(value: float, limit: float) -> str:
    return "✓ 0 to within rounding" if abs(value) <= limit else "✗ not 0"
