"""The branches of a run: the current one is trained, the others are kept."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Self

from cnnviz.data.dataset import Dataset
from cnnviz.training.errors import BranchError
from cnnviz.training.run.branch import Bookmark, BranchState, BranchView, view_of
from cnnviz.training.run.branch_names import (
    LONGEST_NAME,
    checked_name,
    distinct,
    edits_name,
    settings_name,
    shortened,
)
from cnnviz.training.run.deleted_branches import DeletedBranches
from cnnviz.training.run.edits import Edit
from cnnviz.training.run.history import History
from cnnviz.training.run.lineage import Lineage
from cnnviz.training.run.state_log import StateLog
from cnnviz.training.run.unused_images import evict_unused_images
from cnnviz.training.run.warnings import WarningLog
from cnnviz.training.settings import Settings


@dataclass(frozen=True, slots=True, eq=False)
class Detour:
    """The point at which a lesson interrupted the run, and at which the run continues."""

    branch: BranchState
    iteration: int
    settings: Settings


class Branches:
    """The branches of a run; there is always a current one."""

    def __init__(self, dataset: Dataset, source: str, settings: Settings) -> None:
        self._begun = 0
        self._log: StateLog | None = None
        self._deleted = DeletedBranches()
        self._lineage = Lineage()
        self.detour: Detour | None = None
        self._branches: dict[int, BranchState] = {}
        self.current: BranchState = self.begin(dataset, source, settings)

    @classmethod
    def restored(cls, branches: Sequence[BranchState], current: int, begun: int) -> Self:
        """Return the branches of a session.

        `begun` is that of the branches that were kept.
        """
        by_number = {branch.number: branch for branch in branches}
        now = by_number[current]
        restored = cls(now.dataset, now.source, now.history.settings[0].settings)
        restored._branches, restored.current, restored._begun = by_number, now, begun
        for branch in branches:
            restored._lineage.add(branch.number, branch.parent, branch.origin)
        return restored

    def use_log(self, log: StateLog | None) -> None:
        """Have the parameters of new states added to a log."""
        self._log = log
        for branch in self.all:
            history: History | None = branch.history
            while history is not None:  # a parent's branch may have been deleted
                history.use_log(log)
                history = history.parent

    @property
    def begun(self) -> int:
        """The number of branches begun so far, which is the largest number of one."""
        return self._begun

    @property
    def all(self) -> tuple[BranchState, ...]:
        """All branches, in the order in which they were begun."""
        return tuple(self._branches[number] for number in sorted(self._branches))

    @property
    def names(self) -> set[str]:
        """The names of all."""
        return {branch.name for branch in self.all}

    @property
    def datasets(self) -> dict[Dataset, str]:
        """The data sets of all, that of the current one first, and their sources."""
        return {branch.dataset: branch.source for branch in (self.current, *self.all)}

    def __len__(self) -> int:
        return len(self._branches)

    def begin(self, dataset: Dataset, source: str, settings: Settings) -> BranchState:
        """Begin a branch at iteration 0, and make it current; drop the former one if it is empty.

        `source` is what `cnnviz.data.source.load` takes for the data set. The branch is named after
        the settings until it is given another name.
        """
        lasting = not self._begun or self.current.lasting
        is_awaited = self.detour is not None and self.detour.branch is self.current
        if self._begun and not (self.is_worth_keeping(self.current) or is_awaited):
            del self._branches[self.current.number]
            self._remember(self.current, by_hand=False)
        number, log = self._number(), WarningLog()
        branch = BranchState(number, "", None, -1, number, dataset, source, History(), log, {})
        branch.follows_settings, branch.lasting = True, lasting
        branch.history.use_log(self._log)
        self._enter(branch)
        self.name_by_settings(settings)
        return branch

    def name_by_settings(self, settings: Settings) -> None:
        """Name the current branch after its settings, unless it was given a name.

        `settings` are those of the next iteration, after which it is named if it has none yet.
        """
        branch, history = self.current, self.current.history
        if not branch.follows_settings:
            return
        if history.last > 0:
            name = settings_name(history.settings_after(0), history.settings[-1].settings)
        else:
            name = settings_name(settings)
        others = [other for other in self.all if other is not branch]
        same = next((other for other in others if other.name == name), branch)
        if same.dataset.name != branch.dataset.name:
            name = f"{name}, {branch.dataset.name}"
        name = shortened(name, LONGEST_NAME - len(" (99)"))
        branch.name = distinct(name, {other.name for other in others})

    def fork(self, start: int, name: str) -> BranchState:
        """Fork the current branch, and make the fork current; `start` is its first own state."""
        old = self.current
        bookmarks = {i: title for i, title in old.bookmarks.items() if i < start}
        return self._enter(
            BranchState(
                self._number(),
                shortened(name),
                old.number,
                start - 1,
                old.root,
                old.dataset,
                old.source,
                old.history.fork(start),
                old.warnings.fork(start),
                bookmarks,
                named=True,
                lasting=old.lasting,
            )
        )

    def switch(self, branch: BranchState) -> None:
        """Make another branch current."""
        self.current.history.drop_recent_states()
        self.current.view = None
        self.current = branch
        self._evict_images()

    def fork_for(self, edit: Edit) -> tuple[Edit, ...]:
        """Fork the current branch at a state that is edited, and return all edits of the state.

        There is no fork if the branch begins with that state, edited before, and ends there.
        """
        branch, here = self.current, edit.iteration
        history = branch.history
        before = history.edits_of(here)
        others = tuple(e for e in before if (e.tensor, e.index) != (edit.tensor, edit.index))
        edits = (*others, edit)
        if not (before and self.is_alone(branch, here)) or history.is_from_file(here):
            self.fork(here, edits_name((edit,)))
            return edits
        parent = self._branches.get(branch.parent or 0)
        inherited = parent.history.edits if parent else ()
        if branch.name == edits_name(tuple(e for e in before if e not in inherited)):
            branch.name = edits_name(tuple(e for e in edits if e not in inherited) or edits)
        branch.warnings = branch.warnings.fork(here)
        branch.history = history.fork(here)
        return edits

    def branch(self, number: int) -> BranchState:
        """Return a branch.

        Raises BranchError if there is none with this number.
        """
        if number not in self._branches:
            raise BranchError(f"there is no branch {number}: it may have been deleted.")
        return self._branches[number]

    def rename(self, number: int, name: str) -> None:
        """Rename a branch.

        Raises BranchError if there is no such branch, or the name is empty or too long.
        """
        branch = self.branch(number)
        branch.name, branch.named = checked_name(name, "a branch"), True
        branch.follows_settings = False
        branch.view = None

    @property
    def deleted(self) -> str:
        """The name of the branch that a person deleted last; empty if none can be restored."""
        return self._deleted.name

    def is_restorable(self, number: int) -> bool:
        """Whether there is no such branch any more, and it can be restored."""
        return self._deleted.has(number)

    def delete(self, number: int, *, by_hand: bool = True) -> None:
        """Delete a branch; it can be restored until some others have been deleted, too.

        Only the states that it shares with others are left then. `by_hand` tells `restore` and
        `deleted` whether a person has asked for it.

        Raises BranchError if there is no such branch, or it is the current one.
        """
        gone = self.branch(number)
        if gone is self.current:
            raise BranchError(f"“{gone.name}” is the current branch: switch to another one first.")
        if self.detour is not None and gone is self.detour.branch:
            raise BranchError(f"the lesson goes back to “{gone.name}”: leave the lesson first.")
        del self._branches[number]
        self._relate()
        self._remember(gone, by_hand=by_hand)
        self._evict_images()

    def restore(self, number: int | None = None) -> None:
        """Restore a deleted branch, by default the one that a person deleted last.

        Raises BranchError if it cannot be restored.
        """
        branch = self._deleted.take(number)
        branch.view = None
        self._branches[branch.number] = branch
        self._relate()

    def forget_deleted(self, *, by_hand: bool = True) -> None:
        """Forget all deleted branches, or only those that a person has not deleted."""
        self._deleted.forget(by_hand=by_hand)
        self._free_unshared_states()

    def take_forgotten(self) -> list[str]:
        """Return the names of deleted branches that can no longer be restored.

        Those that a person has deleted and for which there was no more room since this was called
        last.
        """
        return self._deleted.take_forgotten()

    def _remember(self, gone: BranchState, *, by_hand: bool) -> None:
        """Let a branch be restored for a while."""
        shared = _shared(branch.history for branch in self._branches.values())
        self._deleted.add(gone, shared, by_hand=by_hand)
        self._free_unshared_states()

    def _relate(self) -> None:
        """Give each branch the nearest of its ancestors that is there as its parent."""
        for branch in self._branches.values():
            fork = self._lineage.nearest(branch.number, self._branches)
            if (branch.parent, branch.origin) != (fork.parent, fork.origin):
                branch.parent, branch.origin, branch.view = fork.parent, fork.origin, None

    @property
    def lasting(self) -> tuple[BranchState, ...]:
        """Those that do not go when the detour ends."""
        return tuple(branch for branch in self.all if branch.lasting)

    def end_detour(self) -> None:
        """Delete for good the branches of a detour; the current branch is not one of them."""
        self.detour = None
        for branch in self.all:
            if not branch.lasting:
                del self._branches[branch.number]
        self._relate()
        self._deleted.forget_passing()
        self._free_unshared_states()
        self._evict_images()

    def is_alone(self, branch: BranchState, iteration: int) -> bool:
        """Whether a branch begins and ends with one state, from which no other has forked."""
        history = branch.history
        return iteration == history.start == history.last and not self._children(branch)

    def name_current(self, name: str) -> None:
        """Name the current branch after a file, unless it has a name already."""
        title = " ".join(name.split())[:LONGEST_NAME].rstrip()
        if title and not self.current.named:
            self.current.name, self.current.follows_settings = title, False

    def annotate(self, name: str, bookmarks: Sequence[Bookmark]) -> None:
        """Give the current branch the name, if any, and the bookmarks of a run file."""
        branch = self.current
        branch.name, branch.named = name or branch.name, bool(name)
        branch.follows_settings = not name
        branch.bookmarks = {bookmark.iteration: bookmark.name for bookmark in bookmarks}
        branch.view = None

    def bookmark(self, number: int, iteration: int, name: str | None) -> None:
        """Bookmark a state of a branch; None removes the bookmark.

        Raises BranchError if there is no such branch or state, or the name is empty or too long.
        """
        branch = self.branch(number)
        if not 0 <= iteration <= branch.history.last:
            raise BranchError(f"“{branch.name}” has no iteration {iteration:,} to bookmark.")
        if name is None:
            branch.bookmarks.pop(iteration, None)
        else:
            branch.bookmarks[iteration] = checked_name(name, "a bookmark")
        branch.view = None

    def mark_saved(self, branch: BranchState, content: tuple[object, ...] | None = None) -> None:
        """Note that a file holds a branch: its content now, or the given one from before."""
        branch.saved = branch.content if content is None else content
        branch.view = None

    def take_over(self, others: "Branches") -> None:
        """Add the branches of another run that are worth keeping."""
        others.forget_deleted()
        numbers = {branch.number: self._number() for branch in others.all}
        for branch in others.all:
            if branch.root not in numbers:  # it was deleted
                numbers[branch.root] = self._number()
        for branch in others.all:
            if not (branch.lasting and others.is_worth_keeping(branch)):
                continue
            number, root = numbers[branch.number], numbers[branch.root]
            parent = numbers.get(branch.parent or 0)
            self._lineage.add(number, parent, branch.origin)
            self._branches[number] = replace(
                branch, number=number, parent=parent, root=root, view=None
            )
            branch.history.drop_recent_states()
        self._evict_images()

    def _evict_images(self) -> None:
        branches = [*self.all, *self._deleted.branches]
        evict_unused_images(branches, self.current.dataset)

    def views(self) -> tuple[BranchView, tuple[BranchView, ...]]:
        """Return the current branch and all branches, in the order in which they were begun."""
        self.current.view = None  # it grows
        return view_of(self.current), tuple(view_of(branch) for branch in self.all)

    def _enter(self, branch: BranchState) -> BranchState:
        self._lineage.add(branch.number, branch.parent, branch.origin)
        self._branches[branch.number] = branch
        if self._begun > 1:
            self.switch(branch)
        self.current = branch
        return branch

    def _number(self) -> int:
        self._begun += 1
        return self._begun

    def is_worth_keeping(self, branch: BranchState) -> bool:
        """Whether a branch has more than the initial state."""
        made = branch.history.last > 0 or branch.parent is not None or len(branch.bookmarks) > 0
        return made or len(self._children(branch)) > 0

    def _children(self, branch: BranchState) -> list[BranchState]:
        return [other for other in self._branches.values() if other.parent == branch.number]

    def _free_unshared_states(self) -> None:
        known = (*self._branches.values(), *self._deleted.branches)
        listed = [branch.history for branch in known]
        for history, start in _shared(listed).items():
            if history not in listed and history.last >= start:
                history.truncate(start - 1)


def _shared(histories: Iterable[History]) -> dict[History, int]:
    """Return how many states of each history others that have forked from it share."""
    shared: dict[History, int] = {}
    for history in histories:
        child = history
        while child.parent is not None:
            shared[child.parent] = max(shared.get(child.parent, 0), child.start)
            child = child.parent
    return shared
