"""The whole check of a state under a rule, as text for people and as JSON for programs."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, fields
from typing import Any

from cnnviz.numerics.checking.case import GALLERY, AnyFault, Case
from cnnviz.numerics.checking.data_check import DataFinding, check_data
from cnnviz.numerics.checking.fault import GRADIENT_CHECK, Fault
from cnnviz.numerics.checking.gradient_check import (
    DerivativeComparison,
    GradientCheck,
    check_gradient,
)
from cnnviz.numerics.checking.operation_check import OperationCheck, check_operations
from cnnviz.numerics.checking.symmetries import Symmetries, symmetries
from cnnviz.numerics.landscape.curvature import Curvature, curvature
from cnnviz.numerics.number_format import plain
from cnnviz.numerics.operations import TITLES


@dataclass(frozen=True, slots=True)
class Check:
    """The results of all checks of one state."""

    operations: tuple[OperationCheck, ...]
    gradient: GradientCheck
    symmetries: Symmetries
    learning_rate: float
    curvature: Curvature | None
    data: tuple[DataFinding, ...]

    @property
    def is_right(self) -> bool:
        """Whether nothing is wrong and the step is that of the gradient."""
        wrong = any(operation.verdict == "wrong" for operation in self.operations)
        suspicious = any(finding.verdict == "wrong" for finding in self.data)
        return not wrong and not suspicious and self.gradient.agrees


def check(case: Case, *, with_curvature: bool = False, with_data: bool = False) -> Check:
    """Check operations, gradient and symmetries of a case's next iteration.

    Raises NumericsError if the iteration has no meaningful result.
    """
    iteration = case.iteration()
    state = case.batch, case.parameters
    return Check(
        check_operations(*state, case.rule, case.learning_rate),
        check_gradient(*state, case.rule, case.learning_rate, case.last),
        symmetries(iteration),
        case.learning_rate,
        curvature(*state) if with_curvature else None,
        check_data(case.batch, case.first) if with_data else (),
    )


def as_dict(checked: Check) -> dict[str, Any]:
    """Return the check as `cnnviz check --json` writes it."""
    checks = parts_as_dict(checked.operations, checked.gradient, checked.symmetries)
    if checked.curvature is not None:
        checks["curvature"] = {
            "largest": finite(checked.curvature.largest),
            "eta_largest_half": finite(checked.curvature.stability(checked.learning_rate)),
        }
    if checked.data:
        checks["data"] = data_as_list(checked.data)
    return checks


def data_as_list(findings: Iterable[DataFinding]) -> list[dict[str, Any]]:
    """Return the findings about the data for JSON."""
    return [
        {
            "name": finding.name,
            "verdict": finding.verdict,
            "value": finite(finding.value),
            "threshold": finite(finding.threshold),
        }
        for finding in findings
    ]


def parts_as_dict(
    operations: Iterable[OperationCheck], gradient: GradientCheck | None, sums: Symmetries | None
) -> dict[str, Any]:
    """Return a check, of which parts may be missing, as `cnnviz check --json` writes it.

    JSON has no NaN and no infinity: they become null.
    """
    names = [field.name for field in fields(Symmetries)]
    return {
        "operations": [
            {
                "name": operation.name,
                "verdict": operation.verdict,
                "error": finite(operation.error),
                "tolerance": finite(operation.tolerance),
                "kind": operation.kind,
                "cell": list(operation.cell),
            }
            for operation in operations
        ],
        "gradient": {
            "filters": _comparison(gradient.filters if gradient else None),
            "dense": _comparison(gradient.dense if gradient else None),
        },
        "symmetries": {name: finite(getattr(sums, name)) if sums else None for name in names},
    }


def finite(value: float) -> float | None:
    """Return a number for JSON, which has no NaN and no infinities."""
    return float(value) if math.isfinite(value) else None


def as_text(checked: Check) -> str:
    """Return the check as a person reads it."""
    return "\n".join(
        (
            operations_as_text(checked.operations),
            gradient_as_text(checked.gradient),
            symmetries_as_text(checked.symmetries),
            *_curvature_lines(checked),
            *(data_as_text(checked.data) for _ in range(bool(checked.data))),
            conclusion(checked),
            "",
        )
    )


def operations_as_text(operations: Iterable[OperationCheck]) -> str:
    """Return verdicts on operations as a person reads them."""
    lines = (
        f"  {operation.verdict:<10}  {TITLES[operation.name]:<18}  {operation.sentence}\n"
        for operation in operations
    )
    return "Operations, each judged by what it reads\n" + "".join(lines)


def gradient_as_text(gradient: GradientCheck) -> str:
    """Return a gradient check as lines of text."""
    return (
        "Gradient, against central differences of the loss\n"
        f"  {_verdict(gradient.filters):<10}  {'filters':<18}  {gradient_line(gradient.filters)}\n"
        f"  {_verdict(gradient.dense):<10}  {'dense':<18}  {gradient_line(gradient.dense)}\n"
    )


def symmetries_as_text(sums: Symmetries) -> str:
    """Return the symmetries as lines of text."""
    return (
        "Symmetries, all 0 for the exact gradient, because z is standardised\n"
        f"  Σ δ           {plain(sums.sum_delta, 3)}\n"
        f"  Σ ẑ δ         {plain(sums.sum_zs_delta, 3)}\n"
        f"  ∂L/∂wo · wo   {plain(sums.wo_dot_gradient, 3)}\n"
    )


def data_as_text(findings: Iterable[DataFinding]) -> str:
    """Return the findings about the data and the start as lines of text."""
    lines = (
        f"  {finding.verdict:<10}  {finding.name:<18}  {finding.sentence} Threshold "
        f"{plain(finding.threshold, 3)}: {finding.threshold_from}\n"
        for finding in findings
    )
    return "Data and first weights, which no gradient check sees\n" + "".join(lines)


def faults_as_list() -> list[dict[str, Any]]:
    """Return the gallery as `cnnviz check --list-faults --json` writes it."""
    return [
        {
            "name": fault.name,
            "title": fault.title,
            "operation": fault.operation,
            "seen_by": list(fault.seen_by),
        }
        for fault in GALLERY
    ]


def faults_as_text() -> str:
    """Return the gallery as lines of text."""
    lines = (
        f"{fault.name:<26}{fault.operation:<20}"
        f"{', '.join(fault.seen_by) or 'none, it is right':<34}{fault.title}{_from_when(fault)}\n"
        for fault in GALLERY
    )
    return "".join(lines)


def _from_when(fault: AnyFault) -> str:
    if isinstance(fault, Fault) and fault.rule.kept and GRADIENT_CHECK in fault.seen_by:
        return " (the gradient check sees it from the second iteration on)"
    return ""


def _verdict(comparison: DerivativeComparison) -> str:
    return "right" if comparison.agrees else "wrong"


def _comparison(comparison: DerivativeComparison | None) -> dict[str, float | str | None]:
    if comparison is None:
        return {"worst_relative_error": None, "verdict": "not judged"}
    return {
        "worst_relative_error": finite(comparison.worst_relative_error),
        "verdict": _verdict(comparison),
    }


def gradient_line(comparison: DerivativeComparison) -> str:
    """Say how well derivatives agree with differences of the loss, and where worst."""
    worst = comparison.worst
    where = ", ".join(map(str, worst))
    return (
        f"Worst relative error {plain(comparison.worst_relative_error, 2)}, of "
        f"{comparison.error.size:,} weights; at [{where}] the rule has "
        f"{plain(comparison.analytic[worst], 4)}, the loss "
        f"{plain(comparison.numerical[worst], 4)}, tolerance "
        f"{plain(comparison.tolerance[worst], 2)}."
    )


def _curvature_lines(checked: Check) -> tuple[str, ...]:
    if checked.curvature is None:
        return ()
    largest, stability = (
        checked.curvature.largest,
        checked.curvature.stability(checked.learning_rate),
    )
    if stability > 1:
        meaning = "above 1: steps of the exact gradient grow along it"
    elif stability > 0:
        meaning = "below 1: steps of the exact gradient shrink along it"
    else:
        meaning = "not above 0: the loss bends down along it, so there is no edge to overshoot"
    return (
        "Curvature, the Hessian's eigenvalue of largest magnitude",
        f"  λ             {plain(largest, 6)}",
        f"  η λ / 2       {plain(stability, 4)}  {meaning}",
        "",
    )


def conclusion(checked: Check) -> str:
    """Return the verdict on the whole in a sentence."""
    wrong = [TITLES[one.name] for one in checked.operations if one.verdict == "wrong"]
    wrong += [one.name for one in checked.data if one.verdict == "wrong"]
    if wrong:
        return f"Wrong: {', '.join(wrong)}."
    if not checked.is_right:
        return "No operation is wrong, but the step is not along the gradient."
    return "Everything is right: this backward pass is the gradient."
