"""Iterating a trainer under the eyes of breakpoints, and the way back to the cause."""

import math
from collections.abc import Callable

import numpy as np

from cnnviz.training.breakpoints.breakpoints import Breakpoint, Breakpoints, Stop
from cnnviz.training.breakpoints.conditions import Condition
from cnnviz.training.breakpoints.evaluate import Facts, State, along, holds
from cnnviz.training.errors import NoCauseError
from cnnviz.training.trainer import Trainer


def state_of(trainer: Trainer, *, saturation: bool = True) -> State:
    """Return the state that a trainer looks at, as conditions see it.

    Parameters
    ----------
    trainer : Trainer
    saturation : bool
        Whether to find the share of saturated units too.
    """
    forward = trainer.forward
    notice = trainer.notice
    return State(
        trainer.iteration,
        trainer.parameters,
        forward,
        trainer.saturated if saturation and forward is not None else float("nan"),
        notice if notice is not None and notice.final else None,
    )


def advance(trainer: Trainer, breakpoints: Breakpoints) -> tuple[bool, Stop | None]:
    """Do one iteration.

    Returns
    -------
    bool
        False where the state allows no iteration.
    Stop or None
        The breakpoint that the iteration has hit, where it is one that stops the run.
    """
    if not breakpoints.active:
        return trainer.step(), None
    before = _present(trainer, breakpoints)
    went_on = trainer.step()
    now = state_of(trainer, saturation=breakpoints.needs_saturation)
    return went_on, breakpoints.see(before, now) if went_on else breakpoints.see_failure(now)


def next_operation(trainer: Trainer, breakpoints: Breakpoints) -> Stop | None:
    """Return the breakpoint at an operation of the iteration to come, where one stops the run."""
    if not breakpoints.at_operations:
        return None
    return breakpoints.see_operations(_present(trainer, breakpoints))


def _present(trainer: Trainer, breakpoints: Breakpoints) -> State:
    """Return the state that a trainer looks at; the one that was seen last is not made again."""
    seen, needed = breakpoints.newest(trainer.parameters), breakpoints.needs_saturation
    if seen is not None and not (needed and math.isnan(seen.saturated)):
        return seen
    return state_of(trainer, saturation=needed)


def go_to_cause(
    trainer: Trainer,
    breakpoints: Breakpoints,
    number: int,
    interrupted: Callable[[], bool],
) -> None:
    """Go back to the latest earlier state in which a breakpoint's condition did not hold.

    Where losses and accuracies decide, nothing is computed again; else the states before are
    computed one by one, newest first.

    Parameters
    ----------
    trainer : Trainer
        Looks at the state found afterwards, or stays where it is.
    breakpoints : Breakpoints
    number : int
        The breakpoint's.
    interrupted : callable
        Asked between the states of a long search; True ends it early.

    Raises
    ------
    NoCauseError
        Where there is no such breakpoint or state, and where the search was interrupted.
    """
    breakpoint_ = breakpoints.find(number)
    condition = breakpoint_.condition if breakpoint_ else None
    if breakpoint_ is None or condition is None:
        message = f"there is no breakpoint {number} with a condition to run back from."
        raise NoCauseError(message)
    origin, settings = trainer.iteration, trainer.settings
    stop = breakpoints.stop_at(trainer.parameters)
    search = _Search(trainer, condition, stop.operation if stop else None, interrupted)
    held = along(condition, trainer.curve, search.operation)
    if held is not None:
        states = np.flatnonzero(~held[:origin])
        found = int(states[-1]) if len(states) else None
    else:
        found = search.run()
    if found is None:
        trainer.go_to(origin)
        trainer.change(settings)
        raise NoCauseError(search.outcome(breakpoint_))
    trainer.go_to(found)
    why = Stop(number, breakpoint_.text.strip(), found, None, "", back_from=origin)
    breakpoints.note(why, trainer.parameters)


class _Search:
    """Goes back through the states, one by one."""

    def __init__(
        self,
        trainer: Trainer,
        condition: Condition,
        operation: str | None,
        interrupted: Callable[[], bool],
    ) -> None:
        self._trainer = trainer
        self._condition = condition
        self.operation = operation
        self._interrupted = interrupted
        self._looked_at: int | None = None

    def run(self) -> int | None:
        """Return the latest earlier state without the condition; None where none was found."""
        now = self._visit(self._trainer.iteration - 1)
        while now is not None:
            before = self._visit(now.iteration - 1)
            if before is None and now.iteration > 0:
                return None
            if not holds(self._condition, Facts(before, now, self.operation)):
                return now.iteration
            self._looked_at, now = now.iteration, before
        return None

    def outcome(self, breakpoint_: Breakpoint) -> str:
        """Say that nothing was found."""
        if self._looked_at:
            return (
                f"the search for the cause of {breakpoint_.title} was ended at iteration "
                f"{self._looked_at:,}: it held in every state from there on."
            )
        return f"{breakpoint_.title} held in every state before this one: there is no cause."

    def _visit(self, iteration: int) -> State | None:
        """Return a state; None before the first, and where that is no longer wanted."""
        if iteration < 0 or self._interrupted():
            return None
        if not self._trainer.go_to(iteration, self._interrupted):
            return None
        return state_of(self._trainer)
