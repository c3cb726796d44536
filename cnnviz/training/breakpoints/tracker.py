"""The owner of all breakpoints, who counts their hits and says what stops a run."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from cnnviz.numerics.network import Parameters
from cnnviz.numerics.operations import OPERATIONS
from cnnviz.training.breakpoints.breakpoint import Breakpoint, Stop
from cnnviz.training.breakpoints.conditions import (
    At,
    Compare,
    Condition,
    NotFinite,
    leaves,
)
from cnnviz.training.breakpoints.evaluate import (
    Facts,
    State,
    Test,
    event_of,
    shown_image,
    test_of,
    words,
)
from cnnviz.training.breakpoints.evaluate_batch import StateWindow, happened, held


@dataclass(frozen=True, slots=True, eq=False)
class _Watched:
    """A condition that could stop the run, ready to be tested."""

    number: int
    text: str
    hit: int
    condition: Condition
    test: Test
    event: Test | None


class BreakpointTracker:
    """All breakpoints of a run, their hits, and what they have stopped.

    A condition is hit where it begins to hold, and each time that something happens: a comparison
    that goes on holding is one hit, and a loss that rises twice is two. Where the run has been
    taken up at another state, nothing is known to have held before.

    States are told apart by their parameters, the very arrays: whoever moves to another state, or
    comes to the same one again, has others.
    """

    def __init__(self) -> None:
        self._all: tuple[Breakpoint, ...] = ()
        self._hits: dict[int, int] = {}
        self._watched: tuple[_Watched, ...] = ()
        self._at: tuple[tuple[int, tuple[_Watched, ...]], ...] = ()
        self._newest: Facts | None = None
        self._held: frozenset[int] = frozenset()
        self._stop: Stop | None = None
        self._stopped_at: Parameters | None = None
        self._passed = -1
        self._failed: Parameters | None = None
        self.needs_saturation = False
        """Whether a condition asks for the share of saturated units."""

    @property
    def all(self) -> tuple[Breakpoint, ...]:
        """Every breakpoint, with its hits so far."""
        if any(b.hits != self._hits[b.number] for b in self._all):
            self._all = tuple(replace(b, hits=self._hits[b.number]) for b in self._all)
        return self._all

    @property
    def active(self) -> bool:
        """Whether any is enabled and could stop a run."""
        return bool(self._watched)

    @property
    def at_operations(self) -> bool:
        """Whether any could stop a run in the middle of an iteration."""
        return bool(self._at)

    def set(self, breakpoints: Iterable[Breakpoint]) -> None:
        """Take these in place of all others; one whose condition is the same keeps its hits."""
        texts = {b.number: b.text for b in self._all}
        self._all = tuple(breakpoints)
        self._hits = {
            b.number: self._hits[b.number] if texts.get(b.number) == b.text else 0
            for b in self._all
        }
        before = {w.number: w.condition for w in self._watched}
        self._watched = tuple(
            _Watched(b.number, b.text.strip(), b.hit, c, test_of(c), event_of(c))
            for b in self._all
            if b.enabled and (c := b.condition) is not None
        )
        at = (
            (place, tuple(w for w in self._watched if _names(w.condition, operation.name)))
            for place, operation in enumerate(OPERATIONS)
        )
        self._at = tuple((place, watched) for place, watched in at if watched)
        self.needs_saturation = any(_asks_saturation(w.condition) for w in self._watched)
        self._held &= {w.number for w in self._watched if before.get(w.number) == w.condition}

    def restart(self) -> None:
        """Count hits from 0 again."""
        self._hits = dict.fromkeys(self._hits, 0)

    def find(self, number: int) -> Breakpoint | None:
        """Return the breakpoint with this number, where there is one."""
        return next((b for b in self._all if b.number == number), None)

    def newest(self, state: Parameters) -> State | None:
        """Return what was seen of this state, where it was the last to be seen."""
        newest = self._newest
        return newest.now if newest and newest.now.parameters is state else None

    def stop_at(self, state: Parameters) -> Stop | None:
        """Return what stopped the run in this state, where something did."""
        return self._stop if self._stopped_at is state else None

    def go_on(self) -> None:
        """Go on past what stopped the run."""
        self._stop = None

    def pass_operations(self, state: Parameters, done: int) -> None:
        """Take note that so many operations are over of the iteration that follows a state."""
        if self._stopped_at is not state:
            self._stop, self._stopped_at, self._passed = None, state, -1
        self._passed = max(self._passed, done - 1)

    def note(self, stop: Stop, state: Parameters) -> None:
        """Say of this state why the run stands there."""
        self._stop, self._stopped_at, self._passed = stop, state, -1

    def see(self, before: State, now: State) -> Stop | None:
        """Look at a new state; return what stops the run there.

        Parameters
        ----------
        before : State
            From which one iteration led to `now`.
        now : State
        """
        held_before = self._held if self.newest(before.parameters) else frozenset()
        facts = self._newest = Facts(before, now)
        if now.failure is not None:
            self._failed = now.parameters
        holding = [w for w in self._watched if w.test(facts)]
        self._held = frozenset([w.number for w in holding])
        hit = [w for w in holding if w.number not in held_before or (w.event and w.event(facts))]
        return self._count(hit, facts)

    def see_stretch(self, states: Sequence[State]) -> Stop | None:
        """Look at states that one iteration each has led to, with the operations between them.

        The run stops at the first stop there is; what comes after has not been, and its states are
        not counted.

        Parameters
        ----------
        states : sequence of State
            2 or more; the first is the one before.
        """
        if len(states) > 2 and self._pass(states):
            return None
        for before, now in pairwise(states):
            stop = self.see(before, now)
            if stop is None and now is not states[-1] and self._at:
                stop = self.see_operations(now)
            if stop is not None:
                return stop
        return None

    def moved(self, before: Parameters, now: Parameters) -> None:
        """Take note that the state with parameters `before` is now the one with parameters `now`.

        They are equal, but other arrays.
        """
        if self._stopped_at is before:
            self._stopped_at = now
        if self._newest is not None and self._newest.now.parameters is before:
            seen = replace(self._newest.now, parameters=now)
            self._newest = replace(self._newest, now=seen)

    def see_failure(self, state: State) -> Stop | None:
        """Look at a state that allows no iteration; return what stops the run there.

        One that has been seen to fail before is no hit.
        """
        if self._failed is state.parameters:
            return None
        self._failed = state.parameters
        facts = Facts(self._before(state), state)
        hit = [w for w in self._watched if _asks_finite(w.condition) and w.test(facts)]
        return self._count(hit, facts)

    def see_operations(self, state: State) -> Stop | None:
        """Look at the operations of the iteration that follows a state, in their order.

        Those up to the one that the run has stopped at there are over.
        """
        first = self._passed + 1 if self._stopped_at is state.parameters else 0
        return self._see_operations(state, range(first, len(OPERATIONS)))

    def see_operation(self, state: State, place: int) -> Stop | None:
        """Look at one operation, by its place, of the iteration that follows a state.

        Whoever steps through the iteration stands before it.
        """
        return self._see_operations(state, range(place, place + 1))

    def _see_operations(self, state: State, places: range) -> Stop | None:
        before = self._before(state)
        for place, watched in self._at:
            if place in places:
                facts = Facts(before, state, OPERATIONS[place].name)
                stop = self._count([w for w in watched if w.test(facts)], facts)
                if stop is not None:
                    self._passed = place
                    return stop
        return None

    def _pass(self, states: Sequence[State]) -> bool:
        """Count the hits in these states, all together, where none of them stops the run.

        Returns
        -------
        bool
            False where one does, or may; then nothing is counted.
        """
        stretch = StateWindow(states)
        if not stretch.uniform:
            return False
        held_before = self._held if self.newest(states[0].parameters) else frozenset()
        counts: dict[int, int] = {}
        holding = []
        for w in self._watched:
            now = held(w.condition, stretch)
            hits = now
            if w.event is not w.test:
                hits = now.copy()
                hits[1:] &= ~now[:-1]
                hits[0] &= w.number not in held_before
                if w.event is not None:
                    hits |= now & happened(w.condition, stretch)
            counts[w.number] = int(np.count_nonzero(hits))
            if now[-1]:
                holding.append(w.number)
        for place, watched in self._at:
            for w in watched:
                hits = held(w.condition, stretch, OPERATIONS[place].name)[:-1]
                counts[w.number] += int(np.count_nonzero(hits))
        reach = {w.number: w.hit for w in self._watched}
        if any(c and self._hits[number] + c >= reach[number] for number, c in counts.items()):
            return False
        for number, count in counts.items():
            self._hits[number] += count
        self._held = frozenset(holding)
        self._newest = Facts(states[-2], states[-1])
        return True

    def _before(self, state: State) -> State | None:
        newest = self._newest
        return newest.before if newest and newest.now.parameters is state.parameters else None

    def _count(self, hit: list[_Watched], facts: Facts) -> Stop | None:
        """Count these hits; the first breakpoint that stops the run is why it stands there."""
        for w in hit:
            self._hits[w.number] += 1
        for w in hit:
            if self._hits[w.number] >= w.hit:
                stop = Stop(
                    w.number,
                    w.text,
                    facts.now.iteration,
                    facts.operation,
                    words(w.condition, facts),
                    shown_image(w.condition, facts),
                )
                self.note(stop, facts.now.parameters)
                return stop
        return None


def _asks_finite(condition: Condition) -> bool:
    return any(isinstance(part, NotFinite) for part in leaves(condition))


def _names(condition: Condition, operation: str) -> bool:
    return any(isinstance(part, At) and part.operation == operation for part in leaves(condition))


def _asks_saturation(condition: Condition) -> bool:
    return any(
        isinstance(part, Compare) and part.quantity == "saturated" for part in leaves(condition)
    )
