"""The branches that were deleted last, which can still be restored.

They take memory, so there are few, and of those with many states only some are kept: the others are
read from the log, or recomputed. All together are bounded, except that the one deleted last can
always be restored.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from cnnviz.training.errors import BranchError
from cnnviz.training.run.branch import BranchState
from cnnviz.training.run.history import History

MOST_RESTORABLE: Final = 10
"""Deleted branches that can be restored, at most."""
MOST_BYTES: Final = 200_000_000
"""Bytes that they may take, without the states that other branches share."""
MOST_KEYFRAMES: Final = 512
"""States that are kept of each in memory, besides those that cannot be recomputed."""


@dataclass(frozen=True, slots=True, eq=False)
class _Deleted:
    """A branch that can be restored."""

    branch: BranchState
    by_hand: bool
    """Whether a person has deleted it; otherwise, it was empty, or what began it was undone."""


class DeletedBranches:
    """Deleted branches, the newest last."""

    def __init__(self) -> None:
        self._all: list[_Deleted] = []
        self._forgotten: list[str] = []

    @property
    def branches(self) -> tuple[BranchState, ...]:
        """All that can be restored."""
        return tuple(gone.branch for gone in self._all)

    @property
    def name(self) -> str:
        """The name of the branch that a person deleted last; empty if there is none."""
        names = (gone.branch.name for gone in reversed(self._all) if gone.by_hand)
        return next(names, "")

    def has(self, number: int) -> bool:
        """Whether a branch can be restored."""
        return any(gone.branch.number == number for gone in self._all)

    def take_forgotten(self) -> list[str]:
        """Return the names of those that `add` has forgotten since this was called last.

        Only of those that a person has deleted.
        """
        forgotten, self._forgotten = self._forgotten, []
        return forgotten

    def add(self, branch: BranchState, shared: Mapping[History, int], *, by_hand: bool) -> None:
        """Add a branch, and forget the oldest if there are too many, or they take too much.

        `shared` is the number of states of each history that branches share which are not deleted.
        """
        self._all.append(_Deleted(branch, by_hand))
        sizes = []
        for gone in self._all:
            history = gone.branch.history
            own = shared.get(history, 0)
            history.thin_out(own, MOST_KEYFRAMES)
            sizes.append(history.size_from(own))
        few = 1
        while few < min(len(sizes), MOST_RESTORABLE) and sum(sizes[-few - 1 :]) <= MOST_BYTES:
            few += 1
        forgotten, self._all = self._all[:-few], self._all[-few:]
        self._forgotten += [gone.branch.name for gone in forgotten if gone.by_hand]

    def take(self, number: int | None) -> BranchState:
        """Take a branch out; without a number, the one that a person deleted last.

        Raises BranchError if there is none.
        """
        for gone in reversed(self._all):
            if gone.by_hand if number is None else gone.branch.number == number:
                self._all.remove(gone)
                return gone.branch
        raise BranchError("no branch can be restored: only those that were deleted last can.")

    def forget(self, *, by_hand: bool) -> None:
        """Forget all, or only those that a person has not deleted."""
        self._all = [] if by_hand else [gone for gone in self._all if gone.by_hand]

    def forget_passing(self) -> None:
        """Forget those that go when a detour ends."""
        self._all = [gone for gone in self._all if gone.branch.lasting]
