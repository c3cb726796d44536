"""The kinds of conditions: what each reads of a run's states, and in which states it holds.

Every kind has

- `reads`: the arrays of a `StateWindow` that it needs;
- `is_event`: whether it happens anew each time (the loss rises), or goes on holding (the loss is
  above a bound);

and those about states

- `held`: in which states of a window it holds;
- `describe`: the values with which it holds in the last state of a window.
"""

import operator
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar, Final, Literal

import numpy as np

from cnnviz.numerics.network import FILTER_COUNT
from cnnviz.numerics.number_format import percent, plain
from cnnviz.numerics.operations import OPERATIONS
from cnnviz.training.breakpoints.window import Bools, StateWindow

Relation = Literal["=", ">", ">=", "<", "<="]
Quantity = Literal["iteration", "loss", "accuracy", "saturated"]

FILTERS: Final = tuple(range(FILTER_COUNT))
DENSE: Final = FILTER_COUNT
"""The dense weights among the parts of `Step`."""

_TITLES: Final = {operation.name: operation.title for operation in OPERATIONS}
_COMPARE: Final[dict[Relation, Callable[[Any, float], Bools]]] = {
    "=": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}
_MOST_NAMED: Final = 4
"""Images that a description names; it counts the others."""


@dataclass(frozen=True, slots=True)
class At:
    """The operation with this name comes next."""

    operation: str
    reads: ClassVar = frozenset[str]()
    is_event: ClassVar = True


@dataclass(frozen=True, slots=True)
class Compare:
    """A quantity of a state against a bound; shares are 0 to 1."""

    quantity: Quantity
    relation: Relation
    bound: float
    is_event: ClassVar = False

    @property
    def reads(self) -> frozenset[str]:
        """The quantity."""
        return frozenset({self.quantity})

    def held(self, window: StateWindow) -> Bools:
        """Return in which states the relation holds, shape (T,)."""
        return _COMPARE[self.relation](getattr(window, self.quantity), float(self.bound))

    def describe(self, window: StateWindow) -> str:
        """Describe the quantity."""
        value = float(getattr(window, self.quantity)[-1])
        match self.quantity:
            case "iteration":
                return f"the iteration is {value:,.0f}"
            case "loss":
                return f"the loss is {plain(value)}"
            case "accuracy":
                return f"the accuracy is {_beside(value, self.bound)}"
            case "saturated":
                units = "units among those that see ink"
                return f"the share of saturated {units} is {_beside(value, self.bound)}"


@dataclass(frozen=True, slots=True)
class Step:
    """The size of the step that led to a state, ‖η · gradient‖ / ‖weights‖, against a bound.

    Attributes
    ----------
    parts : tuple of int
        The largest of these counts: filters are 0, 1 and 2, the dense weights 3.
    """

    parts: tuple[int, ...]
    relation: Relation
    bound: float
    reads: ClassVar = frozenset({"steps"})
    is_event: ClassVar = False

    def held(self, window: StateWindow) -> Bools:
        """Return in which states the relation holds, shape (T,)."""
        largest = window.steps[:, list(self.parts)].max(axis=1)
        return _COMPARE[self.relation](largest, self.bound)

    def describe(self, window: StateWindow) -> str:
        """Describe the largest step."""
        steps = window.steps[-1].tolist()
        largest = max(self.parts, key=steps.__getitem__)
        whose = "the dense weights" if largest == DENSE else f"filter {largest + 1}"
        size = steps[largest]
        times = f"{percent(size, 2)} of its size" if size < 1 else f"{size:.4g} times its size"
        return f"the step of {whose} is {times}"


@dataclass(frozen=True, slots=True)
class LossRises:
    """The loss is larger than in the state before.

    Attributes
    ----------
    by : float
        The smallest rise that counts; 0 if any does.
    relative : bool
        Whether `by` is a share of the loss before.
    """

    by: float = 0.0
    relative: bool = False
    reads: ClassVar = frozenset({"loss"})
    is_event: ClassVar = True

    def held(self, window: StateWindow) -> Bools:
        """Return in which states the loss has risen by enough, shape (T,)."""
        rise, before = window.loss[1:] - window.loss[:-1], window.loss[:-1]
        held = np.zeros(len(window.loss), np.bool_)
        held[1:] = (rise > 0) & (rise >= (self.by * before if self.relative else self.by))
        return held

    def describe(self, window: StateWindow) -> str:
        """Describe both losses."""
        before, now = distinct(*window.loss[-2:].tolist())
        return f"the loss rose from {before} to {now}"


@dataclass(frozen=True, slots=True)
class FilterChanges:
    """A cell of a filter has changed its sign, or the filter its norm.

    Attributes
    ----------
    filters : tuple of int
        Any of these, from 0 on.
    by : float or None
        Smallest change of the norm that counts, as a share of the norm before; None if the sign of
        any cell counts.
    """

    filters: tuple[int, ...]
    by: float | None = None
    is_event: ClassVar = True

    @property
    def reads(self) -> frozenset[str]:
        """Signs or norms."""
        return frozenset({"sign_changes" if self.by is None else "norms"})

    def held(self, window: StateWindow) -> Bools:
        """Return in which states one of the filters has changed, shape (T,)."""
        return any_of(self._changed(window))

    def describe(self, window: StateWindow) -> str:
        """Describe the filters that have changed."""
        changed = self._changed(window)[-1].tolist()
        filters = [i for i, has_changed in zip(self.filters, changed, strict=True) if has_changed]
        return "; ".join(self._describe_filter(window, i) for i in filters)

    def _changed(self, window: StateWindow) -> Bools:
        """Return which of the filters have changed, shape (T, filters)."""
        columns = list(self.filters)
        if self.by is None:
            signs: Bools = window.sign_changes[:, columns] > 0
            return signs
        norms = window.norms[:, columns]
        change = np.abs(norms[1:] - norms[:-1])
        changed = np.zeros(norms.shape, np.bool_)
        changed[1:] = (change > 0) & (change >= self.by * norms[:-1])
        return changed

    def _describe_filter(self, window: StateWindow, i: int) -> str:
        if self.by is not None:
            before, now = distinct(*window.norms[-2:, i].tolist())
            return f"the norm of filter {i + 1} went from {before} to {now}"
        count = int(window.sign_changes[-1, i])
        cells = "1 cell" if count == 1 else f"{count} cells"
        means = [float(state.parameters.f[:, :, i].mean()) for state in window.states[-2:]]
        before, now = distinct(*means)
        return f"{cells} of filter {i + 1} changed sign, and its mean went from {before} to {now}"


@dataclass(frozen=True, slots=True)
class Flips:
    """The prediction of an image has changed.

    Attributes
    ----------
    image : int or None
        Its index; None for any image of the batch.
    """

    image: int | None = None
    reads: ClassVar = frozenset({"flips"})
    is_event: ClassVar = True

    def held(self, window: StateWindow) -> Bools:
        """Return in which states the prediction has changed, shape (T,)."""
        image, flips = self.image, window.flips
        return any_of(flips if image is None else flips[:, image : image + 1])

    def images(self, window: StateWindow) -> list[int]:
        """Return the images that make it hold in the last state."""
        return window.flips[-1].nonzero()[0].tolist() if self.image is None else [self.image]

    def describe(self, window: StateWindow) -> str:
        """Describe the outputs of the images that flipped."""
        images = self.images(window)
        forwards = [state.forward for state in window.states[-2:]]
        parts = []
        for image in images[:_MOST_NAMED]:
            outputs = [float(forward.o[0, image]) for forward in forwards if forward is not None]
            before, now = distinct(outputs[0], outputs[1], border=0.5)
            parts.append(f"image {image} went from {before} to {now}")
        more = len(images) - _MOST_NAMED
        if more > 0:
            parts.append(f"and {more:,} more")
        return "the output of " + ", ".join(parts)


@dataclass(frozen=True, slots=True)
class NotFinite:
    """An operation gave NaN or infinity, or nothing at all because it was undefined."""

    reads: ClassVar = frozenset({"failed"})
    is_event: ClassVar = False

    def held(self, window: StateWindow) -> Bools:
        """Return which states have no result, shape (T,)."""
        return window.failed

    def describe(self, window: StateWindow) -> str:
        """Describe what the operation gave."""
        failure = window.states[-1].failure
        return f"{_TITLES[failure.operation]}: {failure.message.rstrip('.')}" if failure else ""


@dataclass(frozen=True, slots=True)
class Every:
    """All parts hold."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one part holds."""

    parts: tuple["Condition", ...]


Leaf = At | Compare | Step | LossRises | FilterChanges | Flips | NotFinite
"""A condition without parts."""
Condition = Leaf | Every | Either


def any_of(columns: Bools) -> Bools:
    """Return in which rows of (T, columns) anything is true, shape (T,)."""
    rows: Bools = np.logical_or.reduce(columns, axis=1)
    return rows


def _beside(share: float, bound: float) -> str:
    """Write a share with the decimals that distinguish it from a bound, if it is another."""
    decimals = 1
    while share != bound and percent(share, decimals) == percent(bound, decimals) and decimals < 9:
        decimals += 1
    return percent(share, decimals)


def distinct(before: float, now: float, *, border: float | None = None) -> tuple[str, str]:
    """Write two different numbers with at least 3 digits, and as many as distinguish them.

    If there is a border between them, the digits also show on which side of it each is.
    """
    different = {before, now} if border is None else {before, now, border}
    for digits in range(3, 18):
        if len({plain(value, digits) for value in different}) == len(different):
            break
    return plain(before, digits), plain(now, digits)
