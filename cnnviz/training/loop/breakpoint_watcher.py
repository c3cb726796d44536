"""Iterating a trainer under the eyes of breakpoints, and the way back to the cause."""

import math
import time
from collections.abc import Callable
from typing import Final

import numpy as np

from cnnviz.training.breakpoints.breakpoint import Breakpoint, Stop
from cnnviz.training.breakpoints.conditions import Condition
from cnnviz.training.breakpoints.evaluate import Facts, State, along, holds
from cnnviz.training.breakpoints.tracker import BreakpointTracker
from cnnviz.training.errors import NoCauseError
from cnnviz.training.run.trainer import Trainer

MOST_AHEAD: Final = 64
"""States that are looked at together, at most."""
LONGEST_AHEAD: Final = 0.04
"""Seconds after which states are looked at, however few: iterations may be taken back."""


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


class BreakpointWatcher:
    """Iterates a trainer under the eyes of breakpoints.

    While nobody looks, states are only remembered, and looked at many at a time; where one of them
    stops the run, those after it are taken back, as if they had never been.

    Parameters
    ----------
    trainer : Trainer
    breakpoints : Breakpoints
    """

    def __init__(self, trainer: Trainer, breakpoints: BreakpointTracker) -> None:
        self._trainer = trainer
        self._breakpoints = breakpoints
        self._pending: list[State] = []
        self._since = 0.0

    def next_operation(self) -> Stop | None:
        """Return the stop at an operation of the iteration to come, where there is one.

        States that are yet to be looked at are looked at with their operations later.
        """
        if self._pending or not self._breakpoints.at_operations:
            return None
        return self._breakpoints.see_operations(self._current_state())

    def at_operation(self, place: int) -> Stop | None:
        """Return the stop at an operation that is stepped to, by its place in the iteration."""
        if self._pending or not self._breakpoints.at_operations:
            return None
        return self._breakpoints.see_operation(self._current_state(), place)

    def advance(self, *, ahead: bool = False) -> tuple[bool, Stop | None]:
        """Do one iteration.

        Parameters
        ----------
        ahead : bool
            Whether the new state need not be looked at at once; `look` does that later.

        Returns
        -------
        bool
            False where the state allows no iteration.
        Stop or None
            The breakpoint that stops the run, in the state that the trainer looks at then.
        """
        trainer, breakpoints = self._trainer, self._breakpoints
        if not breakpoints.active:
            return trainer.step(), None
        if not self._pending:
            self._pending = [self._current_state()]
            self._since = time.perf_counter()
        new = trainer.iteration == trainer.last  # what was there before is not taken back
        went_on = trainer.step()
        if went_on:
            self._pending.append(self._state())
        late = time.perf_counter() - self._since > LONGEST_AHEAD
        if ahead and new and went_on and not late and len(self._pending) <= MOST_AHEAD:
            return True, None
        stop = self.look()
        if not went_on and stop is None:
            stop = breakpoints.see_failure(self._state())
        return went_on, stop

    def look(self) -> Stop | None:
        """Look at the states that have not been looked at; return what stops the run.

        The trainer looks at the state of the stop afterwards, and the run ends there.
        """
        states, self._pending = self._pending, []
        if len(states) < 2:
            return None
        stop = self._breakpoints.see_stretch(states)
        if stop is not None and stop.iteration < states[-1].iteration:
            (seen,) = (s for s in states if s.iteration == stop.iteration)
            self._trainer.take_back(stop.iteration)
            self._breakpoints.moved(seen.parameters, self._trainer.parameters)
        return stop

    def _current_state(self) -> State:
        """Return the state that is looked at; the one that was seen last is not made again."""
        seen = self._breakpoints.newest(self._trainer.parameters)
        if seen is None or (self._breakpoints.needs_saturation and math.isnan(seen.saturated)):
            return self._state()
        return seen

    def _state(self) -> State:
        return state_of(self._trainer, saturation=self._breakpoints.needs_saturation)


def go_to_cause(
    trainer: Trainer,
    breakpoints: BreakpointTracker,
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
    origin, settings, start = trainer.iteration, trainer.settings, trainer.parameters
    stop = breakpoints.stop_at(trainer.parameters)
    search = _Search(trainer, condition, stop.operation if stop else None, interrupted)
    held = along(condition, trainer.curve, search.operation)
    if held is not None:
        states = np.flatnonzero(~held[:origin])
        found = int(states[-1]) if len(states) else None
    else:
        found = search.run()
    if found is None:
        if trainer.iteration != origin:
            trainer.go_to(origin)
            trainer.change(settings)
            breakpoints.moved(start, trainer.parameters)
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
        self._looked_at = trainer.iteration
        self._ended = False

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
        if self._ended:
            return (
                f"the search for the cause of {breakpoint_.title} was ended at iteration "
                f"{self._looked_at:,}: it held in every state from there on."
            )
        return f"{breakpoint_.title} held in every state before this one: there is no cause."

    def _visit(self, iteration: int) -> State | None:
        """Return a state; None before the first, and where that is no longer wanted."""
        if iteration < 0:
            return None
        self._ended = self._interrupted() or not self._trainer.go_to(iteration, self._interrupted)
        return None if self._ended else state_of(self._trainer)
