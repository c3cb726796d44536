"""Goes back to before the condition of a breakpoint held."""

from collections.abc import Callable, Iterator
from itertools import chain, pairwise

import numpy as np

from cnnviz.training.breakpoints.breakpoint import Stop
from cnnviz.training.breakpoints.conditions import Condition
from cnnviz.training.breakpoints.evaluate import held, held_along
from cnnviz.training.breakpoints.tracker import BreakpointTracker
from cnnviz.training.breakpoints.window import WatchedState, window_of
from cnnviz.training.errors import NoCauseError
from cnnviz.training.loop.breakpoint_watcher import state_of
from cnnviz.training.run.trainer import Trainer


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


def _earlier_states(trainer: Trainer, is_interrupted: Callable[[], bool]) -> Iterator[WatchedState]:
    """Yield the states before the current one, newest first, until interrupted."""
    for iteration in range(trainer.iteration - 1, -1, -1):
        if is_interrupted() or not trainer.go_to(iteration, is_interrupted):
            return
        yield state_of(trainer)
