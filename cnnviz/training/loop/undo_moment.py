"""Everything that a person can change and undo, at one moment, and what changes between two."""

from dataclasses import dataclass, replace
from typing import Any, Final, Self

from cnnviz.training.breakpoints.breakpoint import Breakpoint, without_hits
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
    RunPosition,
    SettingsChanged,
    UndoableRun,
    name_of,
)
from cnnviz.training.run.branch import BranchState
from cnnviz.training.run.current_state import ReachedState

_DRAGGED: Final = (("learning_rate",), ("subset",))
"""The settings that a slider sets."""


@dataclass(frozen=True, slots=True, eq=False)
class UndoMoment:
    """Everything of a run that a person can change, and undo."""

    position: RunPosition
    state: ReachedState
    names: dict[BranchState, Name]
    bookmarks: dict[tuple[BranchState, int], str]
    breakpoints: tuple[Breakpoint, ...]
    held_out: HoldOut

    @classmethod
    def of(cls, run: UndoableRun) -> Self:
        """Return the moment that a run is at."""
        trainer, branches = run.trainer, run.trainer.branches
        branch, iteration = branches.current, trainer.iteration
        return cls(
            RunPosition(branch, iteration, trainer.settings),
            replace(trainer.reached, edits=branch.history.edits_of(iteration)),
            {branch: name_of(branch) for branch in branches.all},
            {(b, i): name for b in branches.all for i, name in b.bookmarks.items()},
            without_hits(run.breakpoints.all),
            HoldOut.of(trainer),
        )

    def change_to(self, after: "UndoMoment") -> Change[Any] | None:
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


def merged(last: Change[Any], change: Change[Any], *, is_gesture: bool) -> Change[Any] | None:
    """Return two changes as one, if a person has made them as one; else None.

    `is_gesture` says that they came as quickly as a slider makes them.
    """
    match last, change:
        case SettingsChanged(), SettingsChanged():
            once = last.changed == change.changed and last.changed in _DRAGGED
            if once and is_gesture and last.source == change.source:
                return SettingsChanged(last.before, change.after, last.source)
        case BreakpointsChanged(), BreakpointsChanged():  # one that was added, and then written
            known = {b.number for b in last.before}
            if any(not b.text and b.number not in known for b in last.after):
                return BreakpointsChanged(last.before, change.after)
    return None
