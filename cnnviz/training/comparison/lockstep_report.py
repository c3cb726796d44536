"""The output of `cnnviz compare --lockstep`: a table and sentences for people, JSON and CSV."""

import json
import math
from dataclasses import asdict
from typing import Any, Final

from cnnviz.csv_text import csv_text
from cnnviz.numerics.number_format import compact
from cnnviz.numerics.operations import TITLES
from cnnviz.numerics.tensors import symbol
from cnnviz.training.comparison.lockstep import Gradients, Lockstep, OperationDifference

HEADER: Final = ("operation", "tensor", "relative difference", "")
"""Titles of the columns of `rows`."""
_COLUMNS: Final = (
    *("iteration", "filters_cosine", "filters_norm_ratio", "dense_cosine", "dense_norm_ratio"),
    *("parting_operation", "parting_tensor", "difference"),
)


def as_json(found: Lockstep) -> str:
    """Return where the rules part, and what their gradients have in common, as JSON."""
    parting = found.parting
    report: dict[str, Any] = {
        "rules": [{"fixes": rule.corrected} for rule in found.rules],
        "amount": found.amount,
        "parted": parting and {"iteration": parting.iteration, **asdict(parting.first)},
        "operations": [asdict(one) for one in parting.differences] if parting else [],
        "gradients": {"filters": _as_lists(found.filters), "dense": _as_lists(found.dense)},
    }
    return json.dumps({"lockstep": report}, allow_nan=False) + "\n"


def as_csv(found: Lockstep) -> str:
    """Return a line for each iteration: how the gradients of the rules compare.

    The line of the iteration in which the rules part says where, and by how much of the tensor's
    largest value. Undefined numbers are left empty.
    """
    lines: list[tuple[object, ...]] = [_COLUMNS]
    both = [_as_lists(gradients) for gradients in (found.filters, found.dense)]
    columns = (one[name] for one in both for name in ("cosine", "norm_ratio"))
    for iteration, figures in enumerate(zip(*columns, strict=True)):
        first_difference: tuple[object, ...] = ("", "", "")
        if found.parting is not None and found.parting.iteration == iteration:
            first = found.parting.first
            first_difference = first.operation, first.tensor, first.difference
        lines.append((iteration, *figures, *first_difference))
    return csv_text(lines)


def rows(found: Lockstep) -> list[tuple[str, ...]]:
    """Return a row for each tensor of the iteration in which the rules part."""
    if found.parting is None:
        return []
    return [row(one, found, found.parting.iteration) for one in found.parting.differences]


def row(one: OperationDifference, found: Lockstep, iteration: int) -> tuple[str, ...]:
    """Return the texts of a tensor of an iteration, below `HEADER`."""
    parting = found.parting
    parts = parting is not None and (iteration, one) == (parting.iteration, parting.first)
    mark = "here they part" if parts else "differs" if one.difference > found.amount else ""
    return TITLES[one.operation], symbol(one.tensor), compact(one.difference), mark


def sentences(found: Lockstep) -> str:
    """Return where the rules part, and how their gradients compare at first and at last."""
    return f"{parting_sentence(found)}\n{gradient_sentences(found)}\n"


def parting_sentence(found: Lockstep) -> str:
    """Return where the rules part."""
    names = " and ".join(rule.title for rule in found.rules)
    early = "" if found.ended is None else f"The training ended early. {found.ended.summary}\n"
    if found.parting is None:
        return (
            f"{early}In {found.iterations:,} iterations, no tensor of {names} differs by more than "
            f"{compact(found.amount)} of its largest value."
        )
    first = found.parting.first
    return (
        f"{early}The rules {names} part in iteration {found.parting.iteration:,}, at "
        f"{TITLES[first.operation]}: {symbol(first.tensor)} differs by "
        f"{compact(first.difference)} of its largest value."
    )


def gradient_sentences(found: Lockstep) -> str:
    """Return how the gradients of the rules compare at first and at last."""
    lines, last = [], found.iterations - 1
    for name, gradients in (("filters", found.filters), ("dense weights", found.dense)):
        for iteration in sorted({0, last}):
            compared = _compared(gradients, iteration)
            lines.append(f"- Gradient of the {name}, iteration {iteration:,}: {compared}")
    return "\n".join(lines)


def _compared(gradients: Gradients, iteration: int) -> str:
    cosine, ratio = gradients.cosine[iteration], gradients.norm_ratio[iteration]
    return f"cosine {compact(cosine)}, the second {compact(ratio)} times as long as the first."


def _as_lists(gradients: Gradients) -> dict[str, list[float | None]]:
    def finite(values: list[float]) -> list[float | None]:
        return [value if math.isfinite(value) else None for value in values]

    return {
        "cosine": finite(gradients.cosine.tolist()),
        "norm_ratio": finite(gradients.norm_ratio.tolist()),
    }
