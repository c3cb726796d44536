"""A breakpoint, and what it says where it has stopped a run."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from cnnviz.numerics.operations import OPERATIONS
from cnnviz.training.breakpoints.conditions import At, Condition, Either, Every, leaves, parse
from cnnviz.training.errors import ConditionError

_TITLES: Final = {operation.name: operation.title for operation in OPERATIONS}


@dataclass(frozen=True, slots=True)
class Breakpoint:
    """Where a person wants a run to stop.

    Attributes
    ----------
    number : int
        Its name for as long as it exists; no other has it.
    text : str
        The condition as the person wrote it; one that does not parse never stops a run.
    enabled : bool
    hit : int
        The first of its hits that stops a run, 1 or more; those after it stop it too.
    hits : int
        How often the condition has been hit in this run.
    """

    number: int
    text: str
    enabled: bool = True
    hit: int = 1
    hits: int = 0

    @property
    def condition(self) -> Condition | None:
        """What was read from the text; None where it does not parse."""
        read = _read(self.text)
        return None if isinstance(read, ConditionError) else read

    @property
    def problem(self) -> ConditionError | None:
        """Why the text does not parse; None where it does."""
        read = _read(self.text)
        return read if isinstance(read, ConditionError) else None

    @property
    def title(self) -> str:
        """What messages call it."""
        return f"breakpoint {self.number} ({self.text.strip()})"


def operations_at(breakpoints: Iterable[Breakpoint]) -> frozenset[str]:
    """Return the operations at which an enabled breakpoint stops in every iteration."""
    conditions = (b.condition for b in breakpoints if b.enabled)
    return frozenset(c.operation for c in conditions if isinstance(c, At))


def operations_in(breakpoints: Iterable[Breakpoint]) -> frozenset[str]:
    """Return the operations at which an enabled breakpoint stops where more is true as well."""
    conditions = (b.condition for b in breakpoints if b.enabled)
    joined = (c for c in conditions if isinstance(c, Every | Either))
    parts = (part for condition in joined for part in leaves(condition))
    return frozenset(part.operation for part in parts if isinstance(part, At))


@dataclass(frozen=True, slots=True)
class Stop:
    """Why a run stands where it stands.

    Attributes
    ----------
    number : int
        The breakpoint's.
    text : str
        Its condition.
    iteration : int
        The state that is looked at.
    operation : str or None
        The name of the operation that comes next in the iteration that follows, where the run
        stopped at one; None where that iteration has not begun.
    values : str
        What held, with its values, in words.
    image : int or None
        The image whose prediction flipped, where that is why.
    back_from : int or None
        Where the run was taken back from, to the latest state before it in which the condition did
        not hold: this one. None where the condition has just stopped the run.
    """

    number: int
    text: str
    iteration: int
    operation: str | None
    values: str
    image: int | None = None
    back_from: int | None = None

    @property
    def may_have_cause(self) -> bool:
        """Whether there can be an earlier state in which the condition did not hold.

        Every iteration has the operation that a condition may ask for.
        """
        return self.back_from is None and not isinstance(_read(self.text), At)

    @property
    def where(self) -> str:
        """The iteration, and the operation in it."""
        if self.operation is None:
            return f"iteration {self.iteration:,}"
        return f"iteration {self.iteration:,}, before {_TITLES[self.operation]}"

    @property
    def summary(self) -> str:
        """One sentence: which, where, and with what values."""
        if self.back_from is None:
            return f"Breakpoint {self.number} ({self.text}) at {self.where}: {self.values}."
        return (
            f"Back at {self.where}, the latest before {self.back_from:,} at which breakpoint "
            f"{self.number} ({self.text}) did not hold."
        )


@lru_cache(256)
def _read(text: str) -> Condition | ConditionError:
    try:
        return parse(text)
    except ConditionError as error:
        return error.with_traceback(None)
