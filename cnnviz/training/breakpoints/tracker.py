"""Counts the hits of breakpoints, and finds what stops a run."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import compress, product
from typing import TYPE_CHECKING

import numpy as np

from cnnviz.numerics.network import Parameters
from cnnviz.numerics.operations import OPERATIONS
from cnnviz.training.breakpoints.breakpoint import Breakpoint, Stop, with_changes

if TYPE_CHECKING:
    from cnnviz.training.breakpoints.active import ActiveBreakpoint
    from cnnviz.training.breakpoints.window import Bools, StateWindow, WatchedState


class BreakpointTracker:
    """The breakpoints of a run, their hits, and the stop that the run is at.

    A condition is hit when it begins to hold, and each time that an event in it happens: a
    comparison that goes on holding is one hit, and a loss that rises twice is two. If the run goes
    on from another state than the last one checked, no condition counts as having held before.

    A state is identified by its parameters, the very arrays: a state that is computed again, or
    restored, has others.
    """

    def __init__(self) -> None:
        self._all: tuple[Breakpoint, ...] = ()
        self._texts: dict[int, str] = {}
        self._hits: dict[int, int] = {}
        self._active: tuple[ActiveBreakpoint, ...] = ()
        self._positions: dict[str, int] = {}
        """The operations that conditions name, and their positions."""
        self._newest: tuple[WatchedState, WatchedState] | None = None
        self._window: StateWindow | None = None
        """On the newest two states, if it has been needed."""
        self._held: frozenset[int] = frozenset()
        self._stop: Stop | None = None
        self._stopped_at: Parameters | None = None
        self._passed = -1
        self._failed: Parameters | None = None
        self.needs_saturation = False
        """Whether a condition needs the share of saturated units."""

    @property
    def all(self) -> tuple[Breakpoint, ...]:
        """Every breakpoint, with its hits so far."""
        if any(b.hits != self._hits[b.number] for b in self._all):
            self._all = tuple(replace(b, hits=self._hits[b.number]) for b in self._all)
        return self._all

    @property
    def active(self) -> bool:
        """Whether a breakpoint is enabled and could stop a run."""
        return bool(self._active)

    @property
    def at_operations(self) -> bool:
        """Whether a breakpoint could stop a run in the middle of an iteration."""
        return bool(self._positions)

    def set(self, breakpoints: Iterable[Breakpoint]) -> None:
        """Replace all breakpoints; one with a former one's number and condition has its hits."""
        from cnnviz.training.breakpoints.active import ActiveBreakpoint  # noqa: PLC0415  (slow)

        self._all = tuple(breakpoints)
        for b in self._all:
            if self._texts.get(b.number) != b.text:
                self._texts[b.number], self._hits[b.number] = b.text, 0
        before = {a.number: a.condition for a in self._active}
        self._active = tuple(
            ActiveBreakpoint.of(b, condition)
            for b in self._all
            if b.enabled and (condition := b.condition) is not None
        )
        names = frozenset().union(*(a.operations for a in self._active))
        self._positions = {o.name: i for i, o in enumerate(OPERATIONS) if o.name in names}
        self.needs_saturation = any(a.needs_saturation for a in self._active)
        self._held &= {a.number for a in self._active if before.get(a.number) == a.condition}

    def change(self, seen: Sequence[Breakpoint], wanted: Sequence[Breakpoint]) -> None:
        """Change what a person has changed of breakpoints that they saw; see `with_changes`."""
        self.set(with_changes(self._all, seen, wanted))

    def restart(self) -> None:
        """Count hits from 0 again."""
        self._hits = dict.fromkeys(self._hits, 0)

    def newest(self, parameters: Parameters) -> "WatchedState | None":
        """Return the state with these parameters if it was the last one checked."""
        newest = self._newest
        return newest[1] if newest and newest[1].parameters is parameters else None

    def stop_at(self, parameters: Parameters) -> Stop | None:
        """Return the stop in the state with these parameters, or None."""
        return self._stop if self._stopped_at is parameters else None

    def clear_stop(self) -> None:
        """Forget the stop, so that the run goes on."""
        self._stop = None

    def skip_operations(self, parameters: Parameters, done: int) -> None:
        """Do not stop at the first `done` operations of the iteration that follows a state."""
        if self._stopped_at is not parameters:
            self._stop, self._stopped_at, self._passed = None, parameters, -1
        self._passed = max(self._passed, done - 1)

    def set_stop(self, stop: Stop, parameters: Parameters) -> None:
        """Set the stop of the state with these parameters."""
        self._stop, self._stopped_at, self._passed = stop, parameters, -1

    def replace_parameters(self, before: Parameters, now: Parameters) -> None:
        """Identify the state with parameters `before` by the equal ones `now` from now on."""
        if self._stopped_at is before:
            self._stopped_at = now
        if self._newest is not None and self._newest[1].parameters is before:
            self._newest = self._newest[0], replace(self._newest[1], parameters=now)

    def check_states(self, states: "Sequence[WatchedState]") -> Stop | None:
        """Count the hits in states and at the operations between them, up to the first stop.

        Each of the 2 or more states is one iteration after the one before. The first has been
        checked already; the operations after the last are left to `check_operations`.
        """
        if not self._active:
            return None
        from cnnviz.training.breakpoints.window import window_of  # noqa: PLC0415  (slow)

        window, last = window_of(states), len(states) - 1
        held_before = self._held if self.newest(states[0].parameters) else frozenset()
        holding, happening = np.zeros((2, len(states), len(self._active)), np.bool_)
        for i, active in enumerate(self._active):
            holding[:, i], happening[:, i] = active.held_and_happened(window)
        holding[0] = [active.number in held_before for active in self._active]
        hits = np.zeros((last, 1 + len(self._positions), len(self._active)), np.bool_)
        hits[:, 0] = holding[1:] & (happening[1:] | ~holding[:-1])
        for i, name in enumerate(self._positions, 1):
            hits[:-1, i] = self._held_at(name, window)[1:-1]
        moments = list(product(range(1, last + 1), [None, *self._positions]))
        stop = self._count(hits.reshape(len(moments), -1), moments, window)
        if stop is not None:
            last = stop.iteration - states[0].iteration
        numbers = [active.number for active in self._active]
        self._held = frozenset(compress(numbers, holding[last]))
        self._newest = states[last - 1], states[last]
        self._window = window if len(states) == 2 else None
        if states[last].failure is not None:
            self._failed = states[last].parameters
        return stop

    def check_failure(self, state: "WatchedState") -> Stop | None:
        """Count the hits in a state that allows no iteration, unless they have been counted."""
        if self._failed is state.parameters:
            return None
        self._failed = state.parameters
        window = self._window_at(state)
        hits = np.zeros((1, len(self._active)), np.bool_)
        for i, active in enumerate(self._active):
            if active.waits_for_failure:
                hits[0, i] = active.held(window)[-1]
        return self._count(hits, [(len(window.states) - 1, None)], window)

    def check_operations(self, state: "WatchedState", position: int | None = None) -> Stop | None:
        """Count the hits at operations of the iteration that follows a state, up to a stop.

        At the one with this position, or at all that come after a stop in this iteration.
        """
        first = self._passed + 1 if self._stopped_at is state.parameters else 0
        later = range(first, len(OPERATIONS)) if position is None else (position,)
        names = [name for name, at in self._positions.items() if at in later]
        if not names:
            return None
        window = self._window_at(state)
        hits = np.array([self._held_at(name, window)[-1] for name in names])
        moments = [(len(window.states) - 1, name) for name in names]
        return self._count(hits, moments, window)

    def _held_at(self, name: str, window: "StateWindow") -> "Bools":
        """Return (T, breakpoints) which hold before an operation that their conditions name."""
        at = np.zeros((len(window.states), len(self._active)), np.bool_)
        for i, active in enumerate(self._active):
            if name in active.operations:
                at[:, i] = active.held(window, name)
        return at

    def _window_at(self, state: "WatchedState") -> "StateWindow":
        """Return a window that ends with a state, and has the one before if that is known."""
        from cnnviz.training.breakpoints.window import window_of  # noqa: PLC0415  (slow)

        if self._newest is None or self._newest[1].parameters is not state.parameters:
            return window_of((state,))
        if self._window is None or self._window.states[-1] is not state:
            self._window = window_of((self._newest[0], state))
        return self._window

    def _count(
        self, hits: "Bools", moments: Sequence[tuple[int, str | None]], window: "StateWindow"
    ) -> Stop | None:
        """Count hits in the order of time, up to the first that stops the run.

        Parameters
        ----------
        hits : ndarray of bool, shape (moments, breakpoints)
        moments : sequence of (int, str or None)
            The index of a state in the window, and the operation that comes next in it, if any.
        """
        if not hits.any():
            return None
        so_far = [self._hits[active.number] for active in self._active]
        counts = so_far + hits.cumsum(axis=0)
        stopping = hits & (counts >= [active.hit for active in self._active])
        stopped = bool(stopping.any())
        moment, which = np.argwhere(stopping)[0].tolist() if stopped else (-1, -1)
        for active, count in zip(self._active, counts[moment].tolist(), strict=True):
            self._hits[active.number] = count
        if not stopped:
            return None
        active, (row, operation) = self._active[which], moments[moment]
        state, stop = window.states[row], active.stop(window, row, operation)
        self.set_stop(stop, state.parameters)
        if operation is not None:
            self._passed = self._positions[operation]
        return stop
