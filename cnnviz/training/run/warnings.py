"""Signs that training goes wrong, and what is said of them."""

from bisect import bisect_right
from dataclasses import dataclass, replace
from typing import Final, Literal

from cnnviz.numerics.errors import NonFiniteError, NumericsError
from cnnviz.numerics.number_format import compact, percent
from cnnviz.numerics.operations import OPERATIONS

Kind = Literal["divergence", "saturation", "zero deviation"]

_TITLES: Final = {operation.name: operation.title for operation in OPERATIONS}

SATURATION_LIMIT: Final = 0.99
"""Share of units seeing ink, 0 to 1, from which on the network counts as saturated."""
WEIGHT_LIMIT: Final = 1e6
"""Largest magnitude of a weight before training counts as running away; they start below 1."""
_CLEARED: Final = 0.9
"""A warning is over once its figure falls below this share of its limit."""


@dataclass(frozen=True, slots=True)
class HealthMetrics:
    """The figures of one state that are watched.

    Attributes
    ----------
    saturated : float
        Share of units that see ink and have next to no derivative, 0 to 1.
    filters, dense : float
        Largest magnitude of a filter weight and of a dense weight.
    """

    saturated: float
    filters: float
    dense: float


@dataclass(frozen=True, slots=True)
class Notice:
    """Something a person should know of a state.

    Attributes
    ----------
    kind : {"divergence", "saturation", "zero deviation"}
    iteration : int
        The state in which it was seen.
    operation : str
        Name of the operation.
    message : str
        One sentence.
    final : bool
        Whether training cannot go on from here.
    late : bool
        Whether it may hold from an earlier state on, none of which was looked at.
    also : tuple of Notice
        Told before, of other kinds, and hold as well.
    """

    kind: Kind
    iteration: int
    operation: str
    message: str
    final: bool
    late: bool = False
    also: tuple["Notice", ...] = ()

    @property
    def summary(self) -> str:
        """One line: what, at which iteration, in which operation, and why; then what else holds."""
        at = f"{'by' if self.late else 'at'} iteration {self.iteration:,}"
        said = f"{self.kind.capitalize()} {at}, {_TITLES[self.operation]}: {self.message}"
        return " ".join([said, *(f"Also: {other.summary}" for other in self.also)])


class WarningLog:
    """What is said of the states of one run, as it goes on."""

    def __init__(self) -> None:
        self._changes: list[tuple[int, frozenset[Kind]]] = [(0, frozenset())]
        self._notices: dict[int, Notice] = {}
        self._from, self._seen = 0, -1  # the newest states that were looked at without a gap

    def see(self, iteration: int, health_metrics: HealthMetrics) -> None:
        """Look at a state after the last one that was seen; a new warning leaves a notice."""
        if late := iteration > self._seen + 1:
            self._from = iteration
        self._seen = iteration
        before = self._changes[-1][1]
        now = active_warnings(before, health_metrics)
        if new := sorted(now - before):
            kind, *later = new  # one at a time: what still holds is said of the next state
            self._notices[iteration] = replace(
                warning_notice(kind, health_metrics, iteration), late=late
            )
            now = now.difference(later)
        if now != before:
            self._changes.append((iteration, now))

    def notice(self, iteration: int) -> Notice | None:
        """Return what was said of a state."""
        return self._notices.get(iteration)

    def standing(self, iteration: int) -> Notice | None:
        """Return the newest notice, up to a state, whose warning still holds in that state.

        It carries those of other kinds that hold as well.
        """
        change = bisect_right(self._changes, iteration, key=lambda change: change[0]) - 1
        holding = self._changes[change][1]
        newest: dict[Kind, Notice] = {}
        for i, notice in reversed(self._notices.items()) if holding else ():
            if i <= iteration and notice.kind in holding:
                newest.setdefault(notice.kind, notice)
        if not newest:
            return None
        first, *others = newest.values()
        return replace(first, also=tuple(others))

    def fork(self, start: int) -> "WarningLog":
        """Return what was said of the states before `start`, for a run that forks off there."""
        fork = WarningLog()
        first, *others = self._changes
        fork._changes = [first, *(change for change in others if change[0] < start)]
        fork._notices = {i: kept for i, kept in self._notices.items() if i < start}
        if start > self._from:
            fork._from, fork._seen = self._from, min(self._seen, start - 1)
        return fork


def notice_of(error: NumericsError, iteration: int) -> Notice:
    """Turn an error of the arithmetic into what is said of it."""
    kind: Kind = "divergence" if isinstance(error, NonFiniteError) else "zero deviation"
    return Notice(kind, iteration, error.operation, str(error), final=True)


def active_warnings(before: frozenset[Kind], health_metrics: HealthMetrics) -> frozenset[Kind]:
    """Return the warnings that hold now: from their limit on, until clearly below it.

    Parameters
    ----------
    before : frozenset of str
        The warnings that held in the state before.
    vitals : Vitals
        The figures of the state.
    """
    figures: tuple[tuple[Kind, float, float], ...] = (
        ("saturation", health_metrics.saturated, SATURATION_LIMIT),
        ("divergence", max(health_metrics.filters, health_metrics.dense), WEIGHT_LIMIT),
    )
    return frozenset(
        kind
        for kind, figure, limit in figures
        if figure >= (limit * _CLEARED if kind in before else limit)
    )


def warning_notice(kind: Kind, health_metrics: HealthMetrics, iteration: int) -> Notice:
    """Say what a warning means.

    Parameters
    ----------
    kind : str
    vitals : Vitals
        Of the state that it is given for.
    iteration : int
        That state.
    """
    if kind == "saturation":
        message = (
            f"{percent(health_metrics.saturated)} of the units that see ink have a derivative "
            "below 10⁻⁶, so the filters can hardly learn any more: reset, then use a lower "
            "learning rate or the exact rule."
        )
        return Notice(kind, iteration, "sigmoid", message, final=False)
    filters, largest = (
        health_metrics.filters > health_metrics.dense,
        max(health_metrics.filters, health_metrics.dense),
    )
    message = (
        f"the largest {'filter' if filters else 'dense'} weight has grown to "
        f"{compact(largest, 3)}, from below 1 at the start: lower the learning rate."
    )
    operation = "filter_update" if filters else "dense_update"
    return Notice(kind, iteration, operation, message, final=False)
