"""Which branch has forked from which, including those that have been deleted."""

from collections.abc import Container
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fork:
    """Where a branch has forked."""

    parent: int | None
    """The number of the branch that it has forked from; None if it began at iteration 0."""
    origin: int
    """The last iteration that the two share; −1 if they share none."""


class Lineage:
    """The forks of all branches of a run; a deleted branch may come back."""

    def __init__(self) -> None:
        self._forks: dict[int, Fork] = {}

    def add(self, number: int, parent: int | None, origin: int) -> None:
        """Note where a new branch has forked."""
        self._forks[number] = Fork(parent, origin)

    def nearest(self, number: int, present: Container[int]) -> Fork:
        """Return the nearest ancestor of a branch that is present, and what they share."""
        fork = self._forks[number]
        while fork.parent is not None and fork.parent not in present:
            before = self._forks.get(fork.parent, Fork(None, -1))
            is_older = before.parent is None or before.parent < fork.parent  # or it is damaged
            fork = Fork(before.parent if is_older else None, min(fork.origin, before.origin))
        return fork
