"""A breakpoint, and the stop that it causes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from cnnviz.numerics.operations import TITLES
from cnnviz.training.errors import ConditionError

# Most runs have no breakpoint: what parses and describes conditions is imported with the first.

if TYPE_CHECKING:
    from cnnviz.training.breakpoints.conditions import Condition


@dataclass(frozen=True, slots=True)
class Breakpoint:
    """A condition that stops a run."""

    number: int
    """Identifies it for as long as it exists."""
    text: str
    """The condition as typed; one that does not parse never stops a run."""
    enabled: bool = True
    hit: int = 1
    """The first of its hits that stops a run, 1 or more; later hits stop it, too."""
    hits: int = 0
    """How often the condition has been hit in this run."""

    @property
    def condition(self) -> "Condition | None":
        """The parsed condition; None if it does not parse."""
        parsed = _parsed(self.text)
        return None if isinstance(parsed, ConditionError) else parsed

    @property
    def problem(self) -> ConditionError | None:
        """Why the text does not parse; None if it does."""
        parsed = _parsed(self.text)
        return parsed if isinstance(parsed, ConditionError) else None

    @property
    def title(self) -> str:
        """Its name in messages."""
        return f"breakpoint {self.number} ({self.text.strip()})"


def operations_at(breakpoints: Iterable[Breakpoint]) -> frozenset[str]:
    """Return the operations at which an enabled breakpoint stops in every iteration."""
    from cnnviz.training.breakpoints.conditions import At  # noqa: PLC0415

    conditions = (b.condition for b in breakpoints if b.enabled)
    return frozenset(c.operation for c in conditions if isinstance(c, At))


def operations_in(breakpoints: Iterable[Breakpoint]) -> frozenset[str]:
    """Return the operations that enabled breakpoints name together with another condition."""
    from cnnviz.training.breakpoints.conditions import At, operations_of  # noqa: PLC0415

    conditions = (b.condition for b in breakpoints if b.enabled)
    joined = (c for c in conditions if c is not None and not isinstance(c, At))
    return frozenset().union(*map(operations_of, joined))


def without_hits(breakpoints: Iterable[Breakpoint]) -> tuple[Breakpoint, ...]:
    """Return breakpoints as if they had never been hit."""
    return tuple(replace(b, hits=0) if b.hits else b for b in breakpoints)


def with_changes(
    now: Sequence[Breakpoint], seen: Sequence[Breakpoint], wanted: Sequence[Breakpoint]
) -> tuple[Breakpoint, ...]:
    """Return the breakpoints `now` with what a person has changed of others that they saw.

    What has been changed meanwhile by something else, such as an undo, stays so: one that is gone
    does not come back, and of one that is there only what the person has changed is replaced.
    """
    before, after = ({b.number: b for b in side} for side in (seen, wanted))
    deleted = before.keys() - after.keys()
    changed = [
        _with_changes(b, before[b.number], after[b.number]) if b.number in before else b
        for b in now
        if b.number not in deleted
    ]
    for i, new in enumerate(wanted):
        if new.number not in before and all(b.number != new.number for b in changed):
            above = {b.number for b in wanted[:i]}
            rows = [row for row, b in enumerate(changed, 1) if b.number in above]
            changed.insert(max(rows, default=0), new)
    return tuple(changed)


def _with_changes(now: Breakpoint, seen: Breakpoint, wanted: Breakpoint) -> Breakpoint:
    return replace(
        now,
        text=now.text if wanted.text == seen.text else wanted.text,
        enabled=now.enabled if wanted.enabled == seen.enabled else wanted.enabled,
        hit=now.hit if wanted.hit == seen.hit else wanted.hit,
    )


@dataclass(frozen=True, slots=True)
class Stop:
    """Why and where a run has stopped."""

    number: int
    text: str
    """number, text: the breakpoint's."""
    iteration: int
    operation: str | None
    """The operation before which the run stopped, in the iteration that follows the state; None if
    that iteration has not begun."""
    values: str
    """The values with which the condition held, in words."""
    image: int | None = None
    """The image whose prediction flipped, if that is why."""
    back_from: int | None = None
    """The iteration from which the run went back to this state, the latest before it in which the
    condition did not hold; None if the condition has just stopped the run."""

    @property
    def may_have_cause(self) -> bool:
        """Whether there may be an earlier state in which the condition did not hold."""
        from cnnviz.training.breakpoints.conditions import At  # noqa: PLC0415

        return self.back_from is None and not isinstance(_parsed(self.text), At)

    @property
    def where(self) -> str:
        """The iteration, and the operation in it."""
        if self.operation is None:
            return f"iteration {self.iteration:,}"
        return f"iteration {self.iteration:,}, before {TITLES[self.operation]}"

    @property
    def summary(self) -> str:
        """One sentence: which breakpoint, where, and with which values."""
        if self.back_from is None:
            return f"Breakpoint {self.number} ({self.text}) at {self.where}: {self.values}."
        return (
            f"Back at {self.where}, the latest before {self.back_from:,} at which breakpoint "
            f"{self.number} ({self.text}) did not hold."
        )


@lru_cache(256)
def _parsed(text: str) -> "Condition | ConditionError":
    from cnnviz.training.breakpoints.parser import parse  # noqa: PLC0415

    try:
        return parse(text)
    except ConditionError as error:
        return error.with_traceback(None)
