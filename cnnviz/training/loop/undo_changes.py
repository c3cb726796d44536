"""What a person changes and can undo: each change has a value before and one after."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Final, Generic, Protocol, TypeVar

from cnnviz.numerics.tensors import seen_position
from cnnviz.training.breakpoints.breakpoint import Breakpoint, without_hits
from cnnviz.training.breakpoints.tracker import BreakpointTracker
from cnnviz.training.loop.hold_out import HoldOut
from cnnviz.training.run.branch import BranchState
from cnnviz.training.run.current_state import ReachedState
from cnnviz.training.run.editing import replace_edited
from cnnviz.training.run.edits import Edit, change_words
from cnnviz.training.run.replay import InterruptedReplayError
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings

T = TypeVar("T")
Name = tuple[str, bool, bool]
"""The name of a branch, and whether it was given, and whether it follows the settings."""
_FIELDS: Final = tuple(f.name for f in fields(Settings) if f.name != "seed")


class UndoableRun(Protocol):
    """What is changed: a session of the training thread."""

    trainer: Trainer
    breakpoints: BreakpointTracker

    def interruption(self) -> Callable[[], bool]:
        """Return a function that tells whether the current recomputation is obsolete."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Change(Generic[T]):
    """A change of one thing."""

    before: T
    """The value that undoing gives back."""
    after: T
    """The value that redoing gives back."""

    moves = False
    """Whether undoing it leads to another state, so that a run has to be paused."""

    @property
    def words(self) -> str:
        """The change in words, as they follow “Undo” or “Redo”."""
        raise NotImplementedError

    @property
    def of(self) -> tuple[BranchState, ...]:
        """The branches without which it can be neither undone nor redone."""
        return ()

    def left(self, run: UndoableRun) -> str:
        """Describe what remains of it after undoing; usually nothing."""
        del run
        return ""

    def has(self, run: UndoableRun, value: T) -> bool:
        """Whether the run has this value now, so that the other one can be put in its place."""
        raise NotImplementedError

    def put(self, run: UndoableRun, value: T) -> None:
        """Give the run the value, which replaces the other one.

        Raises InterruptedReplayError if the way to a state was interrupted; then nothing has
        changed.
        """
        raise NotImplementedError


@dataclass(frozen=True, slots=True, eq=False)
class SettingsChanged(Change[Settings]):
    """Settings of the next iteration, among them pixels and drawings; with the same images."""

    source: str

    @property
    def changed(self) -> tuple[str, ...]:
        """The names of the settings that were changed."""
        return tuple(
            name for name in _FIELDS if getattr(self.before, name) != getattr(self.after, name)
        )

    @property
    def words(self) -> str:
        """Name the settings and their values."""
        if words := change_words(self.before, self.after):
            return words
        return f"pause on warnings {'on' if self.after.pause_on_warning else 'off'}"

    def has(self, run: UndoableRun, value: Settings) -> bool:
        """Whether the settings that were changed have these values."""
        now, source = run.trainer.settings, run.trainer.branches.current.source
        same = all(getattr(now, name) == getattr(value, name) for name in self.changed)
        return same and source == self.source

    def put(self, run: UndoableRun, value: Settings) -> None:
        """Set those settings, and leave the others."""
        trainer = run.trainer
        trainer.apply(_with(trainer.settings, value, self.changed))


@dataclass(frozen=True, slots=True, eq=False)
class HoldOutChanged(Change[HoldOut]):
    """Another number of held-out images, or none."""

    @property
    def words(self) -> str:
        """Give both numbers."""
        return f"held-out images {self.before.words} → {self.after.words}"

    def has(self, run: UndoableRun, value: HoldOut) -> bool:
        """Whether as many images of the same data are held out now."""
        return HoldOut.of(run.trainer).is_like(value)

    def put(self, run: UndoableRun, value: HoldOut) -> None:
        """Hold out as many, and evaluate the current state."""
        value.restore(run.trainer)


@dataclass(frozen=True, slots=True)
class RunPosition:
    """A state that a run was in, and the settings of its next iteration."""

    branch: BranchState
    iteration: int
    settings: Settings

    def go_to(self, run: UndoableRun) -> None:
        """Go to the state, with the settings of its time; restore its branch if need be.

        Raises InterruptedReplayError if that was interrupted; then nothing has changed.
        """
        if not run.trainer.revisit(self.branch, self.iteration, run.interruption()):
            raise InterruptedReplayError

    def set_settings(self, trainer: Trainer) -> None:
        """Set the settings of the next iteration."""
        trainer.apply(_with(trainer.settings, self.settings, _FIELDS))


@dataclass(frozen=True, slots=True, eq=False)
class BranchBegun(Change[RunPosition]):
    """A branch that an edit or a reset has begun.

    Undoing goes back to the position before. The branch goes only if nothing has been done in it.
    """

    moves = True

    @property
    def of(self) -> tuple[BranchState, ...]:
        """Both branches."""
        return self.before.branch, self.after.branch

    @property
    def words(self) -> str:
        """Name the edits, or the reset."""
        before, (branch, here) = self.before, (self.after.branch, self.after.iteration)
        if branch.history.start == 0 and here == 0 and not branch.history.edits:
            seeds = before.settings.seed, self.after.settings.seed
            return "reset" if seeds[0] == seeds[1] else f"reset with seed {seeds[0]} → {seeds[1]}"
        return _edits_words(before.branch.history.edits, branch.history.edits, here)

    def left(self, run: UndoableRun) -> str:
        """Say that the branch is left, if it is."""
        return "; its branch stays" if self.after.branch in run.trainer.branches.all else ""

    def has(self, run: UndoableRun, value: RunPosition) -> bool:
        """Whether the other position still exists, or can be restored."""
        other = self.before if value is self.after else self.after
        branches, number = run.trainer.branches, other.branch.number
        exists = other.branch in branches.all or branches.is_restorable(number)
        return exists and other.iteration <= other.branch.history.last

    def put(self, run: UndoableRun, value: RunPosition) -> None:
        """Go to a position; the branch that is left goes if nothing was done in it."""
        trainer, branches = run.trainer, run.trainer.branches
        value.go_to(run)
        left, undone = (self.after, True) if value is self.before else (self.before, False)
        branch = left.branch
        alone = branches.is_alone(branch, left.iteration) and left.iteration not in branch.bookmarks
        is_empty = alone if undone else not branches.is_worth_keeping(branch)
        awaited = branches.detour is not None and branches.detour.branch is branch
        if branch in branches.all and is_empty and not awaited:
            branches.delete(branch.number, by_hand=False)
        value.set_settings(trainer)  # after which the branch is named


@dataclass(frozen=True, slots=True)
class EditedState:
    """A state with which a branch begins and ends, and which only edits have made."""

    position: RunPosition
    name: str
    state: ReachedState


@dataclass(frozen=True, slots=True, eq=False)
class EditedAgain(Change[EditedState]):
    """Another edit of a state that an edit has made, in the same branch."""

    moves = True

    @property
    def of(self) -> tuple[BranchState, ...]:
        """The branch."""
        return (self.after.position.branch,)

    @property
    def words(self) -> str:
        """Name the new edit."""
        edits = self.before.state.edits, self.after.state.edits
        return _edits_words(*edits, self.after.position.iteration)

    def has(self, run: UndoableRun, value: EditedState) -> bool:
        """Whether the branch is still nothing but this state."""
        branch, here = value.position.branch, value.position.iteration
        branches = run.trainer.branches
        alone = branch in branches.all and branches.is_alone(branch, here)
        return alone and branch.history.edits_of(here) == value.state.edits

    def put(self, run: UndoableRun, value: EditedState) -> None:
        """Replace the state, and the branch's name if that is the other one's."""
        other, branch = self.after if value is self.before else self.before, value.position.branch
        value.position.go_to(run)
        value.position.set_settings(run.trainer)
        replace_edited(run.trainer, value.state)
        if branch.name == other.name:
            branch.name = value.name


@dataclass(frozen=True, slots=True, eq=False)
class ChangeOfBranch(Change[T]):
    """A change of one branch, without which it can be neither undone nor redone."""

    branch: BranchState

    @property
    def of(self) -> tuple[BranchState, ...]:
        """The branch."""
        return (self.branch,)


@dataclass(frozen=True, slots=True, eq=False)
class BranchDeleted(ChangeOfBranch[bool]):
    """A deleted branch; the values say whether it is there."""

    @property
    def words(self) -> str:
        """Name the branch."""
        return f"deletion of branch “{self.branch.name}”"

    def has(self, run: UndoableRun, value: bool) -> bool:
        """Whether it is there, and can be deleted; or is not, and can be restored."""
        branches = run.trainer.branches
        if value:
            return self.branch in branches.all and self.branch is not branches.current
        return branches.is_restorable(self.branch.number)

    def put(self, run: UndoableRun, value: bool) -> None:
        """Restore or delete it."""
        branches = run.trainer.branches
        if value:
            branches.restore(self.branch.number)
        else:
            branches.delete(self.branch.number)


@dataclass(frozen=True, slots=True, eq=False)
class BranchRenamed(ChangeOfBranch[Name]):
    """Another name of a branch."""

    @property
    def words(self) -> str:
        """Give both names."""
        return f"renaming of “{self.before[0]}” to “{self.after[0]}”"

    def has(self, run: UndoableRun, value: Name) -> bool:
        """Whether the branch is there, with this name, or one that follows the settings, too."""
        same = name_of(self.branch) == value or (self.branch.follows_settings and value[2])
        return self.branch in run.trainer.branches.all and same

    def put(self, run: UndoableRun, value: Name) -> None:
        """Rename it."""
        branch = run.trainer.branches.branch(self.branch.number)
        branch.name, branch.named, branch.follows_settings = value
        branch.view = None


@dataclass(frozen=True, slots=True, eq=False)
class BookmarkChanged(ChangeOfBranch[str | None]):
    """A bookmark that was added, renamed or, if it is None after, removed."""

    iteration: int

    @property
    def words(self) -> str:
        """Name the bookmark."""
        what = f"bookmark “{self.after or self.before}” at iteration {self.iteration:,}"
        return what if self.after else f"removal of {what}"

    def has(self, run: UndoableRun, value: str | None) -> bool:
        """Whether the state is there, with this bookmark."""
        branch = self.branch
        exists = branch in run.trainer.branches.all and self.iteration <= branch.history.last
        return exists and branch.bookmarks.get(self.iteration) == value

    def put(self, run: UndoableRun, value: str | None) -> None:
        """Add, rename or remove it."""
        run.trainer.branches.bookmark(self.branch.number, self.iteration, value)


@dataclass(frozen=True, slots=True, eq=False)
class BreakpointsChanged(Change[tuple[Breakpoint, ...]]):
    """Other breakpoints; their hits do not count."""

    @property
    def words(self) -> str:
        """Name the one that was changed, if it was one."""
        before, after = ({b.number: b for b in side} for side in (self.before, self.after))
        gone, new = before.keys() - after.keys(), after.keys() - before.keys()
        if gone and not new:
            return f"deletion of {_texts(before, gone)}"
        if new and not gone:
            return f"addition of {_texts(after, new)}"
        changed = {n for n in before.keys() & after.keys() if before[n] != after[n]}
        return f"change of {_texts(after, changed | new)}"

    def has(self, run: UndoableRun, value: tuple[Breakpoint, ...]) -> bool:
        """Whether the breakpoints are these."""
        return without_hits(run.breakpoints.all) == value

    def put(self, run: UndoableRun, value: tuple[Breakpoint, ...]) -> None:
        """Set them; those that keep their number and condition keep their hits."""
        run.breakpoints.set(value)


def name_of(branch: BranchState) -> Name:
    """Return the name of a branch, and where it comes from."""
    return branch.name, branch.named, branch.follows_settings


def _with(settings: Settings, others: Settings, names: Iterable[str]) -> Settings:
    """Return settings with some of others."""
    values: dict[str, Any] = {name: getattr(others, name) for name in names}
    return replace(settings, **values)


def _edits_words(before: Iterable[Edit], after: Iterable[Edit], iteration: int) -> str:
    known = set(before)
    new = [e for e in after if e.iteration == iteration and e not in known]
    if len(new) != 1:
        return f"{len(new)} edits at iteration {iteration:,}"
    what = "" if new[0].tensor == "f" else "dense weight of "
    return f"edit of {what}{seen_position(new[0].tensor, new[0].index)}"


def _texts(of: Mapping[int, Breakpoint], numbers: Iterable[int]) -> str:
    texts = [of[number].text for number in sorted(numbers)]
    return f"breakpoint “{texts[0]}”" if len(texts) == 1 else f"{len(texts)} breakpoints"
