"""Is a person's own operation right? Its result beside the right one, and the whole check."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from cnnviz.numerics.cells import largest_cell
from cnnviz.numerics.checking.gradient_check import GradientCheck, check_gradient
from cnnviz.numerics.checking.operation_check import OperationCheck, check_operations
from cnnviz.numerics.checking.symmetries import Symmetries, symmetries
from cnnviz.numerics.errors import NumericsError
from cnnviz.numerics.network import Batch, Floats, Parameters
from cnnviz.numerics.operations import OPERATION_NAMED, iterate
from cnnviz.numerics.rule import EXACT, Rule
from cnnviz.numerics.variants import Variant
from cnnviz.training.own_code.errors import OwnCodeError
from cnnviz.training.own_code.process import OwnCode


@dataclass(frozen=True, slots=True, eq=False)
class OwnResult:
    """The results of an own operation on the tensors of the exact rule, beside the right ones."""

    operation: str
    tensor: str
    """A tensor that the operation writes."""
    own: Floats
    right: Floats
    """own, right: of the same shape."""

    @property
    def error(self) -> Floats:
        """The difference at each cell; NaN where the own value is."""
        with np.errstate(invalid="ignore", over="ignore"):
            difference: Floats = np.abs(self.own - self.right)
        return difference

    @property
    def worst(self) -> tuple[int, ...]:
        """The cell with the largest error, one that is not a number before all others."""
        error = self.error
        return largest_cell(np.where(np.isnan(error), np.inf, error))


@dataclass(frozen=True, slots=True, eq=False)
class OwnCheck:
    """The check of own code in the exact rule."""

    operations: tuple[OperationCheck, ...]
    """All of the iteration; one that failed is wrong, of the kind "error"."""
    results: tuple[OwnResult, ...]
    """The results of every own operation that came to one."""
    failures: tuple[OwnCodeError, ...]
    """The failures of every own operation that came to no result."""
    gradient: GradientCheck | None = None
    symmetries: Symmetries | None = None
    """gradient, symmetries: none if the iteration has no result with this code."""
    problem: str = ""
    """Why it has none, in one sentence; or ""."""

    @property
    def is_right(self) -> bool:
        """Whether no operation is wrong and the step is that of the gradient."""
        wrong = any(operation.verdict == "wrong" for operation in self.operations)
        return not wrong and self.gradient is not None and self.gradient.agrees


def check_own_code(
    batch: Batch, parameters: Parameters, code: OwnCode, learning_rate: float
) -> OwnCheck:
    """Check own code in the exact rule, in an iteration from these parameters.

    Raises NumericsError if the iteration of the exact rule has no meaningful result.
    """
    right = iterate(batch, parameters, EXACT, learning_rate)
    results: list[OwnResult] = []
    failures: list[OwnCodeError] = []
    sound = []
    for variant in code.variants:
        operation = OPERATION_NAMED[variant.operation]
        read = {name: right[name] for name in operation.reads}
        try:
            own = variant.compute(read, learning_rate)
        except OwnCodeError as error:
            failures.append(error)
            continue
        sound.append(variant)
        results += (
            OwnResult(operation.name, name, values, right[name])
            for name, values in zip(operation.writes, own, strict=True)
        )
    operations = _operations(batch, parameters, sound, failures, learning_rate)
    if failures:
        return OwnCheck(operations, tuple(results), tuple(failures), problem=str(failures[0]))
    try:
        gradient = check_gradient(batch, parameters, code.rule, learning_rate)
        of_rule = symmetries(iterate(batch, parameters, code.rule, learning_rate))
    except NumericsError as error:
        return OwnCheck(operations, tuple(results), (), problem=f"{error.operation}: {error}")
    return OwnCheck(operations, tuple(results), (), gradient, of_rule)


def _operations(
    batch: Batch,
    parameters: Parameters,
    variants: Sequence[Variant],
    failures: list[OwnCodeError],
    learning_rate: float,
) -> tuple[OperationCheck, ...]:
    """Judge all operations; a variant that fails meanwhile joins the failures."""
    sound = list(variants)
    while True:
        try:
            checks = check_operations(batch, parameters, Rule(frozenset(sound)), learning_rate)
        except OwnCodeError as error:
            failures.append(error)
            sound = [variant for variant in sound if variant.operation != error.operation]
            continue
        return tuple(_with_failures(checks, failures))


def _with_failures(
    checks: tuple[OperationCheck, ...], failures: list[OwnCodeError]
) -> Iterator[OperationCheck]:
    failed = {failure.operation: failure for failure in failures}
    for check in checks:
        if (failure := failed.get(check.name)) is None:
            yield check
            continue
        sentence = f"It has no result: {failure}"
        nowhere: tuple[int, ...] = ()
        yield OperationCheck(
            check.name, "wrong", check.tensor, nowhere, float("inf"), 0.0, "error", sentence
        )
