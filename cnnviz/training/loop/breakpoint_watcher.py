"""Checks breakpoints while a trainer iterates, and goes back to before a condition held."""

import math
import time
from collections.abc import Callable, Iterator
from itertools import chain, pairwise
from typing import Final

import numpy as np

from cnnviz.training.breakpoints.breakpoint import Stop
from cnnviz.training.breakpoints.conditions import Condition
from cnnviz.training.breakpoints.evaluate import held, held_along
from cnnviz.training.breakpoints.tracker import BreakpointTracker
from cnnviz.training.breakpoints.window import State, window_of
from cnnviz.training.errors import NoCauseError
from cnnviz.training.run.trainer import Trainer

MOST_PENDING: Final = 64
"""States that are checked together, at most."""
LONGEST_PENDING: Final = 0.04
"""Seconds after which pending states are checked: iterations since a stop are taken back."""


def state_of(trainer: Trainer, *, saturation: bool = True) -> State:
    """Return the current state of a trainer, if needed with the share of saturated units."""
    forward, notice = trainer.forward, trainer.notice
    return State(
        trainer.iteration,
        trainer.parameters,
        forward,
        trainer.current_state.saturated if saturation and forward is not None else math.nan,
        notice if notice is not None and notice.final else None,
    )


class BreakpointWatcher:
    """Iterates a trainer until a breakpoint stops it.

    If not every state is shown, states are collected and checked together, which is cheaper;
    if one of them stops the run, the iterations after it are taken back.
    """

    def __init__(self, trainer: Trainer, breakpoints: BreakpointTracker) -> None:
        self._trainer = trainer
        self._breakpoints = breakpoints
        self._pending: list[State] = []
        self._since = 0.0

    def check_operations(self, position: int | None = None) -> Stop | None:
        """Return the stop at an operation of the next iteration, if there is one.

        `position` names one operation; otherwise all that come next are checked. Pending states are
        checked later.
        """
        if self._pending or not self._breakpoints.at_operations:
            return None
        return self._breakpoints.check_operations(self._current_state(), position)

    def advance(self, *, defer: bool = False) -> tuple[bool, Stop | None]:
        """Do one iteration.

        Parameters
        ----------
        defer : bool
            Whether the new state may be checked later, by `check_pending`.

        Returns
        -------
        bool
            False if the state allows no iteration.
        Stop or None
            The stop in the trainer's state, if there is one.
        """
        trainer, breakpoints = self._trainer, self._breakpoints
        if not breakpoints.active:
            return trainer.step(), None
        if not self._pending:
            self._pending = [self._current_state()]
            self._since = time.perf_counter()
        is_new = trainer.iteration == trainer.last  # only new states can be taken back
        went_on = trainer.step()
        if went_on:
            self._pending.append(self._state())
        is_late = time.perf_counter() - self._since > LONGEST_PENDING
        if defer and is_new and went_on and not is_late and len(self._pending) <= MOST_PENDING:
            return True, None
        stop = self.check_pending()
        if not went_on and stop is None:
            stop = breakpoints.check_failure(self._state())
        return went_on, stop

    def check_pending(self) -> Stop | None:
        """Check the pending states; return the stop, if there is one.

        The trainer is then in the state of the stop, and the run ends there.
        """
        states, self._pending = self._pending, []
        if len(states) < 2:
            return None
        stop = self._breakpoints.check_states(states)
        if stop is not None and stop.iteration < states[-1].iteration:
            (checked,) = (s for s in states if s.iteration == stop.iteration)
            self._trainer.discard_after(stop.iteration)
            self._breakpoints.replace_parameters(checked.parameters, self._trainer.parameters)
        return stop

    def _current_state(self) -> State:
        """Return the current state, the one checked last if it is the same."""
        state = self._breakpoints.newest(self._trainer.parameters)
        if state is None or (self._breakpoints.needs_saturation and math.isnan(state.saturated)):
            return self._state()
        return state

    def _state(self) -> State:
        return state_of(self._trainer, saturation=self._breakpoints.needs_saturation)


def go_to_cause(
    trainer: Trainer,
    breakpoints: BreakpointTracker,
    number: int,
    is_interrupted: Callable[[], bool],
) -> None:
    """Go back to the latest earlier state in which the condition of a breakpoint did not hold.

    If losses and accuracies are enough to tell, nothing is computed again; otherwise earlier states
    are computed one by one, newest first, until `is_interrupted` returns True.

    Raises NoCauseError if there is no such breakpoint or state, or the search was interrupted; the
    trainer is then in the same state as before.
    """
    breakpoint_ = next((b for b in breakpoints.all if b.number == number), None)
    condition = breakpoint_.condition if breakpoint_ else None
    if breakpoint_ is None or condition is None:
        raise NoCauseError(f"there is no breakpoint {number} with a condition to go back from.")
    origin, settings, parameters = trainer.iteration, trainer.settings, trainer.parameters
    stop = breakpoints.stop_at(parameters)
    operation = stop.operation if stop else None
    holding = held_along(condition, trainer.curve, operation)
    if holding is None:
        found, oldest = _search(trainer, condition, operation, is_interrupted)
    else:
        found, oldest = max(np.flatnonzero(~holding[:origin]).tolist(), default=None), 0
    if found is None:
        if trainer.iteration != origin:
            trainer.go_to(origin)
            trainer.apply(settings)
            breakpoints.replace_parameters(parameters, trainer.parameters)
        message = f"{breakpoint_.title} held in every state before this one: there is no cause."
        if oldest > 0:
            message = (
                f"the search for the cause of {breakpoint_.title} was ended at iteration "
                f"{oldest:,}: it held in every state from there on."
            )
        raise NoCauseError(message)
    trainer.go_to(found)
    reason = Stop(number, breakpoint_.text.strip(), found, None, "", back_from=origin)
    breakpoints.set_stop(reason, trainer.parameters)


def _search(
    trainer: Trainer,
    condition: Condition,
    operation: str | None,
    is_interrupted: Callable[[], bool],
) -> tuple[int | None, int]:
    """Return the latest earlier iteration at which a condition did not hold, None if not found.

    Also return the oldest iteration at which it is known to have held: 0 if it held at all of them.
    """
    oldest = trainer.iteration
    states = chain(_earlier_states(trainer, is_interrupted), [None])
    for now, before in pairwise(states):
        if now is None or (before is None and now.iteration > 0):
            break  # interrupted
        window = window_of((before, now) if before else (now,))
        if not held(condition, window, operation)[-1]:
            return now.iteration, oldest
        oldest = now.iteration
    return None, oldest


def _earlier_states(trainer: Trainer, is_interrupted: Callable[[], bool]) -> Iterator[State]:
    """Yield the states before the current one, newest first, until interrupted."""
    for iteration in range(trainer.iteration - 1, -1, -1):
        if is_interrupted() or not trainer.go_to(iteration, is_interrupted):
            return
        yield state_of(trainer)
