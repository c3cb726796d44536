"""What a person has done in a run, and can undo and redo. Used by the training thread."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Final, Self

from cnnviz.training.breakpoints.breakpoint import Breakpoint
from cnnviz.training.loop.hold_out import HoldOut
from cnnviz.training.loop.undo_changes import (
    BookmarkChanged,
    BranchBegun,
    BranchDeleted,
    BranchRenamed,
    BreakpointsChanged,
    Change,
    EditedAgain,
    EditedState,
    HoldOutChanged,
    Name,
    Position,
    Run,
    SettingsChanged,
    name_of,
    without_hits,
)
from cnnviz.training.run.branch import BranchState
from cnnviz.training.run.current_state import ReachedState
from cnnviz.training.run.replay import InterruptedReplayError

_MOST: Final = 100
"""Changes that can be undone, at most."""
_GESTURE: Final = 1.0
"""Seconds within which two changes of the same setting are one, as a slider makes many."""


class UndoLog:
    """The changes that can be undone, and those that can be redone, the newest last.

    A change is offered only while the run has the value that it would replace. So what has been
    overtaken by something else, such as a setting by a jump to a state with other settings, is
    passed over, and comes back if the run does.
    """

    def __init__(self) -> None:
        self._done: list[Change[Any]] = []
        self._undone: list[Change[Any]] = []
        self._recorded_at = 0.0
        self._offered = "", ""

    def clear(self) -> None:
        """Forget everything: the run is another one."""
        self._done, self._undone = [], []

    @contextmanager
    def recording(self, run: Run) -> Iterator[None]:
        """Record the change that a person makes in this context, if there is one."""
        before = Moment.of(run)
        try:
            yield
        finally:
            if (change := before.change_to(Moment.of(run))) is not None:
                self._add(change, run)

    def undo(self, run: Run, *, running: bool) -> str:
        """Undo the newest change that can be; return it in words, or "" if there is none.

        If the way to its state is interrupted, it is not undone, either, and can be tried again.
        """
        change = self._undoable(run, running=running)
        if change is None:
            return ""
        words = change.words
        try:
            change.put(run, change.before)  # if it is refused, it can be tried again
        except InterruptedReplayError:
            return ""
        self._done.remove(change)
        self._undone.append(change)
        return words + change.left(run)

    def redo(self, run: Run, *, running: bool) -> str:
        """Redo the newest undone change that can be; return it in words, or ""; see `undo`."""
        change = self._redoable(run, running=running)
        if change is None:
            return ""
        try:
            change.put(run, change.after)
        except InterruptedReplayError:
            return ""
        self._undone.remove(change)
        self._done.append(change)
        return change.words

    def offered(self, run: Run, *, running: bool) -> tuple[str, str]:
        """Return what undoing and redoing would do now, in words; "" for nothing."""
        changes = self._undoable(run, running=running), self._redoable(run, running=running)
        undo, redo = ("" if change is None else change.words for change in changes)
        if (undo, redo) != self._offered:  # frames compare by identity
            self._offered = undo, redo
        return self._offered

    def _undoable(self, run: Run, *, running: bool) -> Change[Any] | None:
        """Return the newest change that can be undone; None if that is not while training runs."""
        newest = next((c for c in reversed(self._done) if c.has(run, c.after)), None)
        return None if newest is None or (running and newest.moves) else newest

    def _redoable(self, run: Run, *, running: bool) -> Change[Any] | None:
        newest = next((c for c in reversed(self._undone) if c.has(run, c.before)), None)
        return None if newest is None or (running and newest.moves) else newest

    def _add(self, change: Change[Any], run: Run) -> None:
        now, branches = time.monotonic(), run.trainer.branches

        def is_gone(branch: BranchState) -> bool:
            return branch not in branches.all and not branches.is_restorable(branch.number)

        # So that the states of branches that are gone for good are freed.
        self._done = [done for done in self._done if not any(map(is_gone, done.of))]
        last = self._done[-1] if self._done and not self._undone else None
        merged = None if last is None else _merged(last, change, now - self._recorded_at)
        if merged is not None:
            self._done[-1:] = [] if merged.before == merged.after else [merged]
        else:
            self._done = [*self._done, change][-_MOST:]
        self._undone = []
        self._recorded_at = now


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """Everything of a run that a person can change, and undo."""

    position: Position
    state: ReachedState
    names: dict[BranchState, Name]
    bookmarks: dict[tuple[BranchState, int], str]
    breakpoints: tuple[Breakpoint, ...]
    held_out: HoldOut

    @classmethod
    def of(cls, run: Run) -> Self:
        """Return the moment that a run is at."""
        trainer, branches = run.trainer, run.trainer.branches
        branch, iteration = branches.current, trainer.iteration
        return cls(
            Position(branch, iteration, trainer.settings),
            replace(trainer.reached, edits=branch.history.edits_of(iteration)),
            {branch: name_of(branch) for branch in branches.all},
            {(b, i): name for b in branches.all for i, name in b.bookmarks.items()},
            without_hits(run.breakpoints.all),
            HoldOut.of(trainer),
        )

    def change_to(self, after: "Moment") -> Change[Any] | None:
        """Return what has been changed since; None if nothing has."""
        here, there = self.position, after.position
        branch = here.branch
        if there.branch is not branch:
            return BranchBegun(here, there)
        if self.state.edits != after.state.edits:
            edited = (
                EditedState(at.position, at.names[branch][0], at.state) for at in (self, after)
            )
            return EditedAgain(*edited)
        if here.settings != there.settings:
            return SettingsChanged(here.settings, there.settings, branch.source)
        for gone in self.names.keys() - after.names.keys():
            return BranchDeleted(True, False, gone)
        for named in (b for b in self.names if self.names[b] != after.names[b]):
            return BranchRenamed(self.names[named], after.names[named], named)
        for marked, iteration in self.bookmarks.keys() | after.bookmarks.keys():
            names = [at.bookmarks.get((marked, iteration)) for at in (self, after)]
            if names[0] != names[1]:
                return BookmarkChanged(names[0], names[1], marked, iteration)
        if self.breakpoints != after.breakpoints:
            return BreakpointsChanged(self.breakpoints, after.breakpoints)
        if not self.held_out.is_like(after.held_out):
            return HoldOutChanged(self.held_out, after.held_out)
        return None


def _merged(last: Change[Any], change: Change[Any], seconds: float) -> Change[Any] | None:
    """Return two changes as one, if a person has made them as one; else None."""
    match last, change:
        case SettingsChanged(), SettingsChanged():
            once = last.changed == change.changed and last.changed in _DRAGGED
            if once and seconds < _GESTURE and last.source == change.source:
                return SettingsChanged(last.before, change.after, last.source)
        case BreakpointsChanged(), BreakpointsChanged():  # one that was added, and then written
            known = {b.number for b in last.before}
            if any(not b.text and b.number not in known for b in last.after):
                return BreakpointsChanged(last.before, change.after)
    return None


_DRAGGED: Final = (("learning_rate",), ("subset",))
"""The settings that a slider sets."""
