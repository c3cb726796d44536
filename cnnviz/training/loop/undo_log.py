"""What a person has done in a run, and can undo and redo. Used by the training thread."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from cnnviz.training.run.branch import BranchState
from cnnviz.training.run.replay import InterruptedReplayError

if TYPE_CHECKING:
    from cnnviz.training.loop.undo_changes import Change, UndoableRun

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
    def recording(self, run: "UndoableRun") -> Iterator[None]:
        """Record the change that a person makes in this context, if there is one."""
        from cnnviz.training.loop.undo_moment import UndoMoment  # noqa: PLC0415  (not at the start)

        before = UndoMoment.of(run)
        try:
            yield
        finally:
            if (change := before.change_to(UndoMoment.of(run))) is not None:
                self._add(change, run)

    def undo(self, run: "UndoableRun", *, running: bool) -> str:
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

    def redo(self, run: "UndoableRun", *, running: bool) -> str:
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

    def offered(self, run: "UndoableRun", *, running: bool) -> tuple[str, str]:
        """Return what undoing and redoing would do now, in words; "" for nothing."""
        changes = self._undoable(run, running=running), self._redoable(run, running=running)
        undo, redo = ("" if change is None else change.words for change in changes)
        if (undo, redo) != self._offered:  # frames compare by identity
            self._offered = undo, redo
        return self._offered

    def _undoable(self, run: "UndoableRun", *, running: bool) -> "Change[Any] | None":
        """Return the newest change that can be undone; None if that is not while training runs."""
        newest = next((c for c in reversed(self._done) if c.has(run, c.after)), None)
        return None if newest is None or (running and newest.moves) else newest

    def _redoable(self, run: "UndoableRun", *, running: bool) -> "Change[Any] | None":
        newest = next((c for c in reversed(self._undone) if c.has(run, c.before)), None)
        return None if newest is None or (running and newest.moves) else newest

    def _add(self, change: "Change[Any]", run: "UndoableRun") -> None:
        from cnnviz.training.loop.undo_moment import merged  # noqa: PLC0415  (not at the start)

        now, branches = time.monotonic(), run.trainer.branches

        def is_gone(branch: BranchState) -> bool:
            return branch not in branches.all and not branches.is_restorable(branch.number)

        # So that the states of branches that are gone for good are freed.
        self._done = [done for done in self._done if not any(map(is_gone, done.of))]
        last = self._done[-1] if self._done and not self._undone else None
        is_gesture = now - self._recorded_at < _GESTURE
        both = None if last is None else merged(last, change, is_gesture=is_gesture)
        if both is not None:
            self._done[-1:] = [] if both.before == both.after else [both]
        else:
            self._done = [*self._done, change][-_MOST:]
        self._undone = []
        self._recorded_at = now
