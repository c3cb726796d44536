"""Checks breakpoints while a trainer iterates."""

import math
import time
from typing import TYPE_CHECKING, Final

from cnnviz.training.breakpoints.breakpoint import Stop
from cnnviz.training.breakpoints.tracker import BreakpointTracker
from cnnviz.training.run.trainer import Trainer

if TYPE_CHECKING:
    from cnnviz.training.breakpoints.window import WatchedState

MOST_PENDING: Final = 64
"""States that are checked together, at most."""
LONGEST_PENDING: Final = 0.04
"""Seconds after which pending states are checked: iterations since a stop are taken back."""


def state_of(trainer: Trainer, *, saturation: bool = True) -> "WatchedState":
    """Return the current state of a trainer, if needed with the share of saturated units."""
    from cnnviz.training.breakpoints.window import WatchedState  # noqa: PLC0415  (slow)

    forward, notice = trainer.forward, trainer.notice
    return WatchedState(
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
        self._pending: list[WatchedState] = []
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

    def _current_state(self) -> "WatchedState":
        """Return the current state, the one checked last if it is the same."""
        state = self._breakpoints.newest(self._trainer.parameters)
        if state is None or (self._breakpoints.needs_saturation and math.isnan(state.saturated)):
            return self._state()
        return state

    def _state(self) -> "WatchedState":
        return state_of(self._trainer, saturation=self._breakpoints.needs_saturation)
