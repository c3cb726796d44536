"""Judge every operation on its own: whether its output is right, given its inputs.

A forward operation is held against a plain computation of the same, a backward one against the
derivative of its forward one, an update against its definition. Each reads its own inputs, so a
wrong operation makes no later one wrong. What flows into a backward operation is random, without
any symmetry, so that a transposed map, a rotated filter or swapped filters cannot hide. It is
judged twice: at the values of this forward pass, and at random ones, where nothing is saturated.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

import numpy as np

from cnnviz.numerics.cells import largest_cell
from cnnviz.numerics.checking.expected import expected
from cnnviz.numerics.checking.kinds import MistakeKind, kind_of
from cnnviz.numerics.layers import patches
from cnnviz.numerics.network import DENSE_SIZE, Batch, Floats, Parameters, Tensors
from cnnviz.numerics.number_format import compact
from cnnviz.numerics.operations import (
    FORWARD,
    OPERATION_NAMED,
    OPERATIONS,
    Operation,
    apply,
    inputs,
)
from cnnviz.numerics.rule import EXACT, Rule
from cnnviz.numerics.tensors import TENSORS, located_text, symbol
from cnnviz.numerics.variants import OF_LAST

Verdict = Literal["right", "wrong", "not judged"]

LARGEST_BATCH: Final = 500
"""Images on which operations are checked, the first of the batch: all are treated alike."""
_PROBE_SEED: Final = 20_240_229
_BACKWARD: Final = OPERATIONS[len(FORWARD) :]


@dataclass(frozen=True, slots=True)
class OperationCheck:
    """The verdict on one operation."""

    name: str
    """The operation."""
    verdict: Verdict
    tensor: str
    cell: tuple[int, ...]
    """tensor, cell: the tensor with the worst cell, and that cell."""
    error: float
    tolerance: float
    """error, tolerance: how far that cell is off, and how far it may be by rounding."""
    kind: str | None
    """What kind of mistake it looks like: "factor", "permutation", …"""
    sentence: str
    """The verdict in words."""


@dataclass(frozen=True, slots=True)
class _Finding:
    """The worst cell of one result."""

    tensor: str
    cell: tuple[int, ...]
    error: float
    tolerance: float
    kind: MistakeKind | None

    @property
    def is_wrong(self) -> bool:
        return not self.error <= self.tolerance


def check_operations(
    batch: Batch, parameters: Parameters, rule: Rule, learning_rate: float
) -> tuple[OperationCheck, ...]:
    """Judge every operation of an iteration under a rule, in their order.

    Raises NumericsError if the forward pass has no meaningful result.
    """
    n = min(batch.n, LARGEST_BATCH)
    tensors = inputs(Batch(batch.planes[:n], batch.y[:, :n]), parameters)
    checks = []
    for operation in FORWARD:
        checks.append(_verdict(operation, tensors, rule, learning_rate, ()))
        tensors = apply(operation, tensors, EXACT, learning_rate)  # what is wrong ends here
    points = tuple(_points(tensors, rule, learning_rate))
    checks += (_verdict(o, points[0], rule, learning_rate, points[1:]) for o in _BACKWARD)
    return tuple(checks)


def _points(forward: Tensors, rule: Rule, learning_rate: float) -> Iterator[Tensors]:
    """Yield the tensors at which backward operations are judged: all that any of them reads."""
    random = np.random.default_rng(_PROBE_SEED)
    dtype, n = forward["a"].dtype, forward["y"].size

    def draw(*shape: int) -> Floats:
        return random.normal(size=shape).astype(dtype)

    def with_flows(given: Mapping[str, Floats]) -> Tensors:
        scale = max(1.0, float(np.abs(given["wo"]).max()))
        flows = {
            "delta": draw(1, n),
            "dW": draw(DENSE_SIZE, 1),
            "wo_next": given["wo"] + dtype.type(scale) * draw(DENSE_SIZE, 1),
            "G": draw(DENSE_SIZE, n),
            "dF": draw(3, 5, 5),
        }
        for name in rule.kept:
            flows[f"{name}{OF_LAST}"] = draw(*TENSORS[name].shape)
        # What keeps images apart, and what does not, depends on the rule.
        for name, writer in (("g", "average_over_images"), ("M", "reshape")):
            variant = OPERATION_NAMED[writer].variant(rule)
            (result,) = variant.compute({**given, **flows}, learning_rate)
            flows[name] = draw(*result.shape)
        return MappingProxyType({**given, **flows})

    yield with_flows(forward)
    z = draw(1, n)
    standardised = expected("standardise", {"z": z}, learning_rate)
    zs, mean, std = (one.value.astype(dtype) for one in standardised)
    a = random.uniform(0.1, 0.9, size=(DENSE_SIZE, n)).astype(dtype)
    drawn = {
        "wo": draw(DENSE_SIZE, 1),
        "f": draw(*forward["f"].shape),
        "a": a,
        "C": np.log(a / (1 - a)).T.reshape(forward["C"].shape),
        "zs": zs,
        "mean": mean,
        "std": std,
        "o": (1 / (1 + np.exp(-zs))).astype(dtype),
        "P": patches(random.uniform(size=forward["X"].shape).astype(dtype)),
    }
    yield with_flows({**forward, **drawn})


def _verdict(
    operation: Operation,
    at: Tensors,
    rule: Rule,
    learning_rate: float,
    elsewhere: tuple[Tensors, ...],
) -> OperationCheck:
    findings = [
        finding
        for tensors in (at, *elsewhere)
        for finding in _findings(operation, tensors, rule, learning_rate)
    ]
    worst = next(
        (finding for finding in findings if finding.is_wrong),
        max(findings, key=lambda finding: finding.error / (finding.tolerance or 1)),
    )
    verdict: Verdict = "wrong" if worst.is_wrong else "right"
    if not worst.is_wrong and operation.name == "filter_gradient" and at["M"].ndim == 3:
        verdict = "not judged"
    return OperationCheck(
        operation.name,
        verdict,
        worst.tensor,
        worst.cell,
        worst.error,
        worst.tolerance,
        worst.kind.name if worst.kind else None,
        _sentence(verdict, worst),
    )


def _findings(
    operation: Operation, tensors: Tensors, rule: Rule, learning_rate: float
) -> Iterator[_Finding]:
    """Yield the worst cell of each tensor that an operation writes."""
    variant = operation.variant(rule)
    read = {name: tensors[name] for name in (*operation.reads, *variant.more_reads)}
    with np.errstate(over="ignore", invalid="ignore"):
        results = variant.compute(read, learning_rate)
    wanted = expected(operation.name, read, learning_rate)
    for name, result, want in zip(operation.writes, results, wanted, strict=True):
        actual = result.astype(np.float64, copy=False)
        if actual.ndim == want.value.ndim - 1:  # one for all images, in place of one for each
            actual = actual[..., np.newaxis]
        actual = np.broadcast_to(actual, want.value.shape)
        tolerance = want.tolerance(result.dtype)
        error = actual - want.value
        np.abs(error, out=error)
        wrong = ~(error <= tolerance)  # also of NaN
        kind, cell = None, (0,) * error.ndim
        if wrong.any():
            kind = kind_of(operation.name, read, actual, want.value, tolerance)
            cell = largest_cell(np.where(wrong, error, 0))
        elif want.terms:  # a right copy is off nowhere
            cell = largest_cell(error)
        yield _Finding(name, cell, float(error[cell]), float(tolerance[cell]), kind)


def _sentence(verdict: Verdict, worst: _Finding) -> str:
    if verdict == "right":
        return "It computes what it should, to within rounding."
    if verdict == "not judged":
        return (
            "It needs each image's own map, of which the averaging before it left only the mean; "
            "with that one it computes what it should."
        )
    what = "not what it should be"
    if worst.kind:
        what = worst.kind.meaning
    where = located_text(worst.tensor, worst.cell)
    return (
        f"{symbol(worst.tensor)} is {what}; it is off most at {where}, by {compact(worst.error)}."
    )
