"""One training iteration as a list of named operations: the readable path.

`OPERATIONS` is the only list of them. Each reads tensors by name from those computed so far and
returns the ones it writes, by the variant that the rule chooses; `iterate` runs them all.
"""

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np

from cnnviz.numerics import variants
from cnnviz.numerics.errors import NonFiniteError
from cnnviz.numerics.network import Batch, Floats, Parameters, Tensors
from cnnviz.numerics.rule import Rule
from cnnviz.numerics.variants import OF_LAST, Variant


@dataclass(frozen=True, slots=True)
class Operation:
    """One named operation of an iteration."""

    name: str
    """The one name by which debugger, breakpoints, messages and documentation call it."""
    title: str
    """The name on screen."""
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    """reads, writes: names of the tensors that go in, under one rule or another, and come out."""
    right: Variant
    """The right way to carry it out."""

    @property
    def result(self) -> str:
        """The main one of the tensors that it writes."""
        return self.name if self.name in self.writes else self.writes[0]

    def variant(self, rule: Rule) -> Variant:
        """Return the way in which a rule carries it out."""
        return next((v for v in rule.departures if v.operation == self.name), self.right)


OPERATIONS: Final = (
    Operation("patches", "patches", ("X",), ("P",), variants.PATCHES),
    Operation("correlate", "correlate", ("P", "f"), ("C",), variants.CORRELATE),
    Operation("sigmoid", "sigmoid", ("C",), ("A",), variants.SIGMOID),
    Operation("flatten", "flatten", ("A",), ("a",), variants.FLATTEN),
    Operation("dense", "dense", ("a", "wo"), ("z",), variants.DENSE),
    Operation("standardise", "standardise", ("z",), ("zs", "mean", "std"), variants.STANDARDISE),
    Operation("output", "sigmoid of ẑ", ("zs",), ("o",), variants.OUTPUT),
    Operation("error", "error", ("y", "o"), ("E",), variants.ERROR),
    Operation(
        "delta",
        "δ",
        ("y", "o", "zs", "std"),
        ("error_wrt_output", "output_wrt_z", "delta"),
        variants.DELTA_AT_Z,
    ),
    Operation(
        "dense_gradient", "dense gradient", ("a", "delta"), ("dW",), variants.MEAN_DENSE_GRADIENT
    ),
    Operation("dense_update", "dense update", ("wo", "dW"), ("wo_next",), variants.DENSE_UPDATE),
    Operation(
        "map_gradient",
        "map gradient",
        ("wo", "wo_next", "delta", "a"),
        ("G",),
        variants.FORWARD_WEIGHTS,
    ),
    Operation("average_over_images", "mean over images", ("G",), ("g",), variants.EACH_IMAGE),
    Operation("reshape", "reshape", ("g",), ("M",), variants.RESHAPE),
    Operation(
        "filter_gradient", "filter gradient", ("P", "M"), ("dF",), variants.PAIRED_FILTER_GRADIENT
    ),
    Operation("filter_update", "filter update", ("f", "dF"), ("f_next",), variants.FILTER_UPDATE),
)
"""The operations of one iteration, in the order in which the notebook runs them."""

OPERATION_NAMED: Final = {operation.name: operation for operation in OPERATIONS}
"""The operations by their names."""
TITLES: Final = {operation.name: operation.title for operation in OPERATIONS}
"""The titles of the operations by their names, in their order."""

FORMER_NAMES: Final = {
    "map_error": "map_gradient",
    "error at the maps": "map_gradient",
    "average": "average_over_images",
    "averaging": "average_over_images",
    "reread": "reshape",
    "re-reading": "reshape",
}
"""Names and titles of operations in earlier versions, which conditions and options may have."""

FORWARD: Final = OPERATIONS[:8]
"""The operations from the images to each image's error."""


def operation_name(text: str) -> str:
    """Return the name of the operation that a text means, or the text if it means none.

    Besides the name, as ``filter_gradient``, it may be what the window shows, as ``filter
    gradient``, or a former name.
    """
    return _BY_WORDS.get(_plain(text), text)


def _plain(text: str) -> str:
    return " ".join(text.lower().replace("_", " ").replace("-", " ").split())


_BY_WORDS: Final = {
    **{_plain(words): name for words, name in FORMER_NAMES.items()},
    **{_plain(title): name for name, title in TITLES.items()},
    **{_plain(name): name for name in TITLES},
}


def inputs(batch: Batch, parameters: Parameters) -> Tensors:
    """Return the tensors that exist before the first operation."""
    return MappingProxyType({"X": batch.X, "y": batch.y, "f": parameters.f, "wo": parameters.wo})


def apply(operation: Operation, tensors: Tensors, rule: Rule, learning_rate: float) -> Tensors:
    """Run one operation and return the tensors with those it writes, read-only.

    Parameters
    ----------
    tensors : mapping of str to ndarray
        Holds at least the tensors that the operation reads.

    Raises
    ------
    NonFiniteError
        If a result holds NaN or infinity.
    SingleImageError, ZeroDeviationError
        From `standardise`.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        results = operation.variant(rule).compute(tensors, learning_rate)
    for name, result in zip(operation.writes, results, strict=True):
        if not any(np.may_share_memory(result, tensor) for tensor in tensors.values()):
            _check_extremes(operation.name, name, result)
        result.setflags(write=False)
    return MappingProxyType({**tensors, **dict(zip(operation.writes, results, strict=True))})


def _check_extremes(operation: str, name: str, result: Floats) -> None:
    """Do what `check_finite` does, without another array as large as a finite result."""
    with np.errstate(invalid="ignore"):
        extremes = np.array([result.min(), result.max()])
    if not np.isfinite(extremes).all():
        check_finite(operation, name, result)


def check_finite(operation: str, name: str, result: Floats) -> None:
    """Raise `NonFiniteError` unless all of the result `name` of an operation is finite."""
    finite = np.isfinite(result)
    if not finite.all():
        reads = OPERATION_NAMED[operation].reads
        message = (
            f"{np.count_nonzero(~finite)} of {result.size} values of {name} are not finite: "
            f"step back to see what they are computed from ({', '.join(reads)})."
        )
        raise NonFiniteError(operation, message)


def iterate(
    batch: Batch,
    parameters: Parameters,
    rule: Rule,
    learning_rate: float,
    last: Tensors = MappingProxyType({}),
) -> Tensors:
    """Run one whole iteration on parameters of the batch's dtype, and return all its tensors.

    `last` has the tensors of the iteration before, if there was one; they matter only to a rule
    that keeps some of them. Raises NumericsError from the operation that has no meaningful result.
    """
    start = {**inputs(batch, parameters), **kept_inputs(rule, last)}
    tensors: Tensors = MappingProxyType(start)
    for operation in OPERATIONS:
        tensors = apply(operation, tensors, rule, learning_rate)
    return tensors


def gradients_between(before: Parameters, after: Parameters, learning_rate: float) -> Tensors:
    """Return dW and dF of an iteration from the parameters before and after: their step over −η.

    A rule that keeps gradients of the last iteration gets them by this: no state holds them.
    """
    dW, step = ((a - b) / learning_rate for a, b in ((before.wo, after.wo), (before.f, after.f)))
    return MappingProxyType({"dW": dW, "dF": step.transpose(2, 0, 1)})


def kept_inputs(rule: Rule, last: Tensors) -> Tensors:
    """Return the tensors of the last iteration that a rule keeps, by the names it reads."""
    return MappingProxyType({f"{n}{OF_LAST}": last[n] for n in rule.kept if n in last})


def updated(tensors: Tensors) -> Parameters:
    """Return the parameters after the iteration."""
    return Parameters(np.array(tensors["f_next"]), np.array(tensors["wo_next"]))
