"""Warnings: signs that training goes wrong, and their messages."""

from bisect import bisect_right
from dataclasses import dataclass, replace
from typing import Final, Literal, Self

from cnnviz.numerics.errors import NonFiniteError, NumericsError
from cnnviz.numerics.fast import SAMPLE
from cnnviz.numerics.number_format import compact, percent
from cnnviz.numerics.operations import TITLES
from cnnviz.training.own_code.errors import OwnCodeError

Kind = Literal["divergence", "saturation", "zero deviation", "own code"]


SATURATION_LIMIT: Final = 0.99
"""Share of units that see ink, 0 to 1, from which the network counts as saturated."""
WEIGHT_LIMIT: Final = 1e6
"""Largest magnitude of a weight before training counts as diverging; weights start below 1."""
_CLEARED: Final = 0.9
"""A warning ends once its metric falls below this share of its limit."""


@dataclass(frozen=True, slots=True)
class HealthMetrics:
    """The metrics of one state that raise warnings."""

    saturated: float
    """Share of the units that see ink whose derivative is close to 0, 0 to 1."""
    filters: float
    dense: float
    """filters, dense: largest magnitude of a filter weight and of a dense weight."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A warning of a state, or the reason why training cannot go on from it."""

    kind: Kind
    iteration: int
    """The state in which it was first seen."""
    operation: str
    """Name of the operation."""
    message: str
    """One sentence."""
    final: bool
    """Whether training cannot go on from here."""
    first_seen_late: bool = False
    """Whether it may have begun in an earlier state whose metrics are not known."""
    still_active: tuple["Notice", ...] = ()
    """Earlier ones of other kinds that still hold."""

    @property
    def summary(self) -> str:
        """One line: what, at which iteration, in which operation, and why; then what else holds."""
        at = f"{'by' if self.first_seen_late else 'at'} iteration {self.iteration:,}"
        summary = f"{self.kind.capitalize()} {at}, {TITLES[self.operation]}: {self.message}"
        return " ".join([summary, *(f"Also: {other.summary}" for other in self.still_active)])


@dataclass(frozen=True, slots=True)
class WarningLogContent:
    """The contents of a log; equal as long as no state changes them."""

    changes: tuple[tuple[int, frozenset[Kind]], ...]
    """The warnings that hold from an iteration on."""
    notices: tuple[tuple[int, Notice], ...]
    """The notices by the iteration that raised them."""
    gapless_from: int
    """The metrics of all states from here on are known."""


class WarningLog:
    """The warnings of the states of one branch."""

    def __init__(self) -> None:
        self._changes: list[tuple[int, frozenset[Kind]]] = [(0, frozenset())]
        self._notices: dict[int, Notice] = {}
        self._from, self._newest = 0, -1  # the newest states that were added without a gap

    def add(self, iteration: int, health_metrics: HealthMetrics) -> None:
        """Add the metrics of a state after the newest one; a new warning leaves a notice."""
        if late := iteration > self._newest + 1:
            self._from = iteration
        self._newest = iteration
        before = self._changes[-1][1]
        now = active_warnings(before, health_metrics)
        if new := sorted(now - before):
            kind, *later = new  # one at a time: the others are raised by the next state
            notice = warning_notice(kind, health_metrics, iteration)
            self._notices[iteration] = replace(notice, first_seen_late=late)
            now = now.difference(later)
        if now != before:
            self._changes.append((iteration, now))

    def notice(self, iteration: int) -> Notice | None:
        """Return the notice that a state raised."""
        return self._notices.get(iteration)

    def active(self, iteration: int) -> Notice | None:
        """Return the newest notice that still holds in a state, with those of other kinds."""
        change = bisect_right(self._changes, iteration, key=lambda change: change[0]) - 1
        holding = self._changes[change][1]
        newest: dict[Kind, Notice] = {}
        for i, notice in reversed(self._notices.items()) if holding else ():
            if i <= iteration and notice.kind in holding:
                newest.setdefault(notice.kind, notice)
        if not newest:
            return None
        first, *others = newest.values()
        return replace(first, still_active=tuple(others))

    @property
    def content(self) -> "WarningLogContent":
        """Everything in the log."""
        return WarningLogContent(tuple(self._changes), tuple(self._notices.items()), self._from)

    @classmethod
    def restored(cls, content: "WarningLogContent", newest: int) -> Self:
        """Return a log with this content; `newest` is the newest state that was added."""
        log = cls()
        log._changes, log._notices = list(content.changes), dict(content.notices)
        log._from, log._newest = content.gapless_from, newest
        return log

    def fork(self, start: int) -> "WarningLog":
        """Return the log of the states before `start`, for a branch that forks there."""
        fork = WarningLog()
        first, *others = self._changes
        fork._changes = [first, *(change for change in others if change[0] < start)]
        fork._notices = {i: kept for i, kept in self._notices.items() if i < start}
        if start > self._from:
            fork._from, fork._newest = self._from, min(self._newest, start - 1)
        return fork


def notice_of(error: NumericsError, iteration: int) -> Notice:
    """Return the notice of an error in an iteration."""
    kind: Kind = "divergence" if isinstance(error, NonFiniteError) else "zero deviation"
    if isinstance(error, OwnCodeError):
        kind = "own code"
    return Notice(kind, iteration, error.operation, str(error), final=True)


def active_warnings(before: frozenset[Kind], health_metrics: HealthMetrics) -> frozenset[Kind]:
    """Return the warnings of a state: from their limit on, until clearly below it.

    `before` are the warnings of the state before.
    """
    metrics: tuple[tuple[Kind, float, float], ...] = (
        ("saturation", health_metrics.saturated, SATURATION_LIMIT),
        ("divergence", max(health_metrics.filters, health_metrics.dense), WEIGHT_LIMIT),
    )
    return frozenset(
        kind
        for kind, value, limit in metrics
        if value >= (limit * _CLEARED if kind in before else limit)
    )


def warning_notice(kind: Kind, health_metrics: HealthMetrics, iteration: int) -> Notice:
    """Return the notice of a new warning in a state."""
    if kind == "saturation":
        message = (
            f"{percent(health_metrics.saturated)} of the units that see ink, in up to {SAMPLE} "
            f"images (threshold {percent(SATURATION_LIMIT)}), have a derivative σ′ below 10⁻⁶: "
            "each passes back less than a millionth of the error at its output, as G of the map "
            "gradient shows."
        )
        return Notice(kind, iteration, "sigmoid", message, final=False)
    filters = health_metrics.filters > health_metrics.dense
    largest = max(health_metrics.filters, health_metrics.dense)
    message = (
        f"the largest {'filter' if filters else 'dense'} weight has the magnitude "
        f"{compact(largest, 3)} (threshold {compact(WEIGHT_LIMIT, 3)}); random weights start "
        "below 1, and each iteration adds −η times their gradient."
    )
    operation = "filter_update" if filters else "dense_update"
    return Notice(kind, iteration, operation, message, final=False)
