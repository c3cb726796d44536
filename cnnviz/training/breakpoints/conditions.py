"""The kinds of conditions that stop a run; `evaluate` has their meaning, `parser` their text."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Literal

from cnnviz.numerics.network import FILTER_COUNT

Relation = Literal["=", ">", ">=", "<", "<="]
Quantity = Literal["iteration", "loss", "accuracy", "saturated"]

FILTERS: Final = tuple(range(FILTER_COUNT))
DENSE: Final = FILTER_COUNT
"""The dense weights among the parts of `StepSize`."""


@dataclass(frozen=True, slots=True)
class At:
    """The operation with this name comes next."""

    operation: str


@dataclass(frozen=True, slots=True)
class Compare:
    """A quantity of a state against a bound; shares are 0 to 1."""

    quantity: Quantity
    relation: Relation
    bound: float


@dataclass(frozen=True, slots=True)
class StepSize:
    """The size of the step that led to a state, ‖η · gradient‖ / ‖weights‖, against a bound.

    The largest of the parts counts: filters are 0, 1 and 2, the dense weights 3.
    """

    parts: tuple[int, ...]
    relation: Relation
    bound: float


@dataclass(frozen=True, slots=True)
class LossRises:
    """The loss has risen by at least `by`, or by that share of the loss before if `relative`."""

    by: float = 0.0
    relative: bool = False


@dataclass(frozen=True, slots=True)
class FilterChanges:
    """One of the filters, from 0 on, has changed.

    Its norm by at least the share `by` of the norm before; if that is None, the sign of any cell.
    """

    filters: tuple[int, ...]
    by: float | None = None


@dataclass(frozen=True, slots=True)
class Flips:
    """The prediction of an image has changed; of any image of the batch if `image` is None."""

    image: int | None = None


@dataclass(frozen=True, slots=True)
class NotFinite:
    """An operation gave NaN or infinity, or nothing at all because it was undefined."""


@dataclass(frozen=True, slots=True)
class Every:
    """All parts hold."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one part holds."""

    parts: tuple["Condition", ...]


Event = At | LossRises | FilterChanges | Flips
"""Conditions that happen again and again, unlike the others, which go on holding."""
Leaf = Event | Compare | StepSize | NotFinite
"""A condition without parts."""
Condition = Leaf | Every | Either


def leaves(condition: Condition) -> Iterator[Leaf]:
    """Yield the conditions without parts in a condition, in reading order."""
    if isinstance(condition, Every | Either):
        for part in condition.parts:
            yield from leaves(part)
    else:
        yield condition


def operations_of(condition: Condition) -> frozenset[str]:
    """Return the operations that a condition names."""
    return frozenset(leaf.operation for leaf in leaves(condition) if isinstance(leaf, At))


def needs_saturation(condition: Condition) -> bool:
    """Return whether a condition needs the share of saturated units."""
    compared = (leaf.quantity for leaf in leaves(condition) if isinstance(leaf, Compare))
    return "saturated" in compared
