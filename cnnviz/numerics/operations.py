"""One training iteration as a list of named operations: the readable path.

`OPERATIONS` is the only list of them. Each reads tensors by name from those computed so far and
returns the ones it writes; `iterate` runs them all. The numbered comments are the steps of the
notebook. What is as large as all the feature maps is made block by block of images, so that no
operation needs much memory beside its result.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np

from cnnviz.numerics import layers
from cnnviz.numerics.blocks import blocks_of
from cnnviz.numerics.errors import NonFiniteError
from cnnviz.numerics.network import Batch, Floats, Parameters
from cnnviz.numerics.rule import Rule

Tensors = Mapping[str, Floats]
"""The tensors of one iteration by name, as far as they have been computed."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One named operation of an iteration.

    Attributes
    ----------
    name : str
        The one name by which debugger, breakpoints, messages and documentation call it.
    title : str
        What a person reads.
    formula : str
        What it computes, in the notebook's array names.
    reads, writes : tuple of str
        Names of the tensors that go in and come out.
    compute : callable
        ``compute(tensors, rule, learning_rate)`` returns the tensors it writes, in the order of
        `writes`. Pure: nothing that goes in is changed.
    """

    name: str
    title: str
    formula: str
    reads: tuple[str, ...]
    writes: tuple[str, ...]
    compute: Callable[[Tensors, Rule, float], tuple[Floats, ...]]


def _patches(t: Tensors, _rule: Rule, _lr: float) -> tuple[Floats, ...]:
    return (layers.patches(t["X"]),)


def _correlate(t: Tensors, _rule: Rule, _lr: float) -> tuple[Floats, ...]:
    return (layers.correlate(t["P"], t["f"]),)  # 1


def _sigmoid(t: Tensors, _rule: Rule, _lr: float) -> tuple[Floats, ...]:
    A = np.empty_like(t["C"])
    for block in blocks_of(len(t["C"])):
        A[block] = layers.sigmoid(t["C"][block])  # 2
    return (A,)


def _flatten(t: Tensors, _rule: Rule, _lr: float) -> tuple[Floats, ...]:
    return (layers.flatten(t["A"]),)  # 3


def _dense(t: Tensors, _rule: Rule, _lr: float) -> tuple[Floats, ...]:
    return (layers.dense(t["a"], t["wo"]),)  # 4


def _standardise(t: Tensors, _rule: Rule, _lr: float) -> tuple[Floats, ...]:
    return layers.standardise(t["z"])  # 5


def _output(t: Tensors, _rule: Rule, _lr: float) -> tuple[Floats, ...]:
    return (layers.sigmoid(t["zs"]),)  # 6


def _error(t: Tensors, _rule: Rule, _lr: float) -> tuple[Floats, ...]:
    return (layers.squared_error(t["y"], t["o"]),)  # 7


def _delta(t: Tensors, rule: Rule, _lr: float) -> tuple[Floats, ...]:
    error_wrt_output = layers.squared_error_derivative(t["y"], t["o"])
    output_wrt_z = layers.sigmoid_derivative(t["o"])
    delta: Floats = error_wrt_output * output_wrt_z  # 8
    if rule.standardisation:
        delta = layers.standardise_backward(delta, t["zs"], t["std"])
    return error_wrt_output, output_wrt_z, delta


def _dense_gradient(t: Tensors, rule: Rule, _lr: float) -> tuple[Floats, ...]:
    dW = layers.dense_gradient(t["a"], t["delta"])  # 9
    return (dW / t["delta"].size if rule.scale else dW,)


def _dense_update(t: Tensors, _rule: Rule, lr: float) -> tuple[Floats, ...]:
    return (layers.gradient_step(t["wo"], t["dW"], lr),)  # 10


def _map_error(t: Tensors, rule: Rule, _lr: float) -> tuple[Floats, ...]:
    weights = t["wo"] if rule.update_order else t["wo_next"]
    G = np.empty_like(t["a"])
    for block in blocks_of(t["delta"].size):
        through = layers.dense_backward(weights, t["delta"][:, block])
        G[:, block] = through * layers.sigmoid_derivative(t["a"][:, block])  # 11
    return (G,)


def _average(t: Tensors, rule: Rule, _lr: float) -> tuple[Floats, ...]:
    return (t["G"] if rule.pairing else t["G"].mean(axis=1),)  # 12


def _reread(t: Tensors, rule: Rule, _lr: float) -> tuple[Floats, ...]:
    return (
        layers.unflatten(t["g"]) if rule.layout else layers.reshape_row_column_filter(t["g"]),
    )  # 13


def _filter_gradient(t: Tensors, _rule: Rule, _lr: float) -> tuple[Floats, ...]:
    return (layers.correlate_gradient(t["P"], t["M"]),)  # 14


def _filter_update(t: Tensors, _rule: Rule, lr: float) -> tuple[Floats, ...]:
    return (layers.gradient_step(t["f"], t["dF"].transpose(1, 2, 0), lr),)  # 15


OPERATIONS: Final = (
    Operation("patches", "patches", "P[r, c, k, u, v] = X[r+u, c+v, k]", ("X",), ("P",), _patches),
    Operation(
        "correlate",
        "correlate",
        "C[k, i, r, c] = Σ_{u,v} P[r, c, k, u, v] · f[u, v, i]",
        ("P", "f"),
        ("C",),
        _correlate,
    ),
    Operation("sigmoid", "sigmoid", "A = σ(C)", ("C",), ("A",), _sigmoid),
    Operation(
        "flatten", "flatten", "a[i·576 + r·24 + c, k] = A[k, i, r, c]", ("A",), ("a",), _flatten
    ),
    Operation("dense", "dense", "z = woᵀ a", ("a", "wo"), ("z",), _dense),
    Operation(
        "standardise",
        "standardise",
        "ẑ = (z − mean z) / std z",
        ("z",),
        ("zs", "mean", "std"),
        _standardise,
    ),
    Operation("output", "sigmoid of ẑ", "o = σ(ẑ)", ("zs",), ("o",), _output),
    Operation("error", "error", "E = (y − o)² / 2", ("y", "o"), ("E",), _error),
    Operation(
        "delta",
        "δ",
        "δ = −(y − o) · o · (1 − o)",
        ("y", "o", "zs", "std"),
        ("error_wrt_output", "output_wrt_z", "delta"),
        _delta,
    ),
    Operation(
        "dense_gradient", "dense gradient", "dW = a δᵀ", ("a", "delta"), ("dW",), _dense_gradient
    ),
    Operation(
        "dense_update", "dense update", "wo ← wo − η dW", ("wo", "dW"), ("wo_next",), _dense_update
    ),
    Operation(
        "map_error",
        "error at the maps",
        "G = (wo δ) ⊙ a ⊙ (1 − a)",
        ("wo", "wo_next", "delta", "a"),
        ("G",),
        _map_error,
    ),
    Operation("average", "averaging", "g = mean over images of G", ("G",), ("g",), _average),
    Operation("reread", "re-reading", "M[r, c, i] = g", ("g",), ("M",), _reread),
    Operation(
        "filter_gradient",
        "filter gradient",
        "dF[i, u, v] = (1/n) Σ_k Σ_{r,c} X[u+r, v+c, k] · M[r, c, i]",
        ("P", "M"),
        ("dF",),
        _filter_gradient,
    ),
    Operation(
        "filter_update", "filter update", "f ← f − η dF", ("f", "dF"), ("f_next",), _filter_update
    ),
)
"""The operations of one iteration, in the order in which the notebook runs them."""

FORWARD: Final = OPERATIONS[:8]
"""From the images to each image's error."""


def inputs(batch: Batch, parameters: Parameters) -> Tensors:
    """Return the tensors that are there before the first operation."""
    return MappingProxyType({"X": batch.X, "y": batch.y, "f": parameters.f, "wo": parameters.wo})


def apply(operation: Operation, tensors: Tensors, rule: Rule, learning_rate: float) -> Tensors:
    """Run one operation and return the tensors with those it writes, read-only.

    Parameters
    ----------
    operation : Operation
    tensors : mapping of str to ndarray
        Holds at least what the operation reads.
    rule : Rule
    learning_rate : float
        η.

    Raises
    ------
    NonFiniteError
        Where a result holds NaN or infinity.
    SingleImageError, ZeroDeviationError
        From `standardise`.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        results = operation.compute(tensors, rule, learning_rate)
    for name, result in zip(operation.writes, results, strict=True):
        if not any(np.may_share_memory(result, tensor) for tensor in tensors.values()):
            _check_extremes(operation.name, name, result)
        result.setflags(write=False)
    return MappingProxyType({**tensors, **dict(zip(operation.writes, results, strict=True))})


def _check_extremes(operation: str, name: str, result: Floats) -> None:
    """Do what `check_finite` does, without an array beside the result where all is well."""
    with np.errstate(invalid="ignore"):
        extremes = np.array([result.min(), result.max()])
    if not np.isfinite(extremes).all():
        check_finite(operation, name, result)


def check_finite(operation: str, name: str, result: Floats) -> None:
    """Raise where the result `name` of an operation is not all finite.

    Raises
    ------
    NonFiniteError
    """
    finite = np.isfinite(result)
    if not finite.all():
        message = (
            f"{np.count_nonzero(~finite)} of {result.size} values of {name} are not finite: "
            "step back and lower the learning rate."
        )
        raise NonFiniteError(operation, message)


def iterate(batch: Batch, parameters: Parameters, rule: Rule, learning_rate: float) -> Tensors:
    """Run one whole iteration and return every tensor of it.

    Parameters
    ----------
    batch : Batch
    parameters : Parameters
        In the batch's dtype.
    rule : Rule
    learning_rate : float
        η.

    Raises
    ------
    NumericsError
        From the operation in which it happens.
    """
    tensors = inputs(batch, parameters)
    for operation in OPERATIONS:
        tensors = apply(operation, tensors, rule, learning_rate)
    return tensors


def updated(tensors: Tensors) -> Parameters:
    """Return the parameters after the iteration."""
    return Parameters(np.array(tensors["f_next"]), np.array(tensors["wo_next"]))
