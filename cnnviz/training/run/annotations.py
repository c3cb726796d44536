"""Annotations of a run: its name, its bookmarks and the parameters changed by hand."""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final, Self, cast

from cnnviz.training.errors import TrainingError
from cnnviz.training.run.branch import Bookmark
from cnnviz.training.run.branch_names import checked_name
from cnnviz.training.run.checked_json import member
from cnnviz.training.run.edits import Edit, Parameter


@dataclass(frozen=True, slots=True)
class Annotations:
    """The annotations of one branch, as a run file keeps them."""

    name: str = ""
    """The branch's name; "" if it has only a default one."""
    bookmarks: tuple[Bookmark, ...] = ()
    """Iteration and name of each, in the order of their iterations."""
    edits: tuple[Edit, ...] = ()
    """Parameters changed by hand, in the order of their iterations."""

    def to_json(self) -> dict[str, Any]:
        """Return the members of a config that are not empty."""
        bookmarks = [{"iteration": b.iteration, "name": b.name} for b in self.bookmarks]
        edits = [
            {"iteration": e.iteration, "tensor": e.tensor, "index": e.index, "value": e.value}
            for e in self.edits
        ]
        members = {"name": self.name, "bookmarks": bookmarks, "edits": edits}
        return {name: value for name, value in members.items() if value}

    @classmethod
    def from_json(cls, config: object, iterations: int) -> Self:
        """Read the members of a config, which older files do not have.

        Raises ValueError if one is wrong; the phrase says what.
        """
        try:
            name = (
                checked_name(member(config, "name", str), "a branch")
                if _has(config, "name")
                else ""
            )
            bookmarks = tuple(
                Bookmark(
                    member(entry, "iteration", int),
                    checked_name(member(entry, "name", str), "a bookmark"),
                )
                for entry in _listed(config, "bookmarks")
            )
            edits = tuple(_edit(entry) for entry in _listed(config, "edits"))
        except TrainingError as error:
            raise ValueError(str(error)) from error
        marked = [bookmark.iteration for bookmark in bookmarks]
        changed = [edit.iteration for edit in edits]
        ordered = all(a < b for a, b in pairwise(marked)) and changed == sorted(changed)
        if not ordered or not all(0 <= i <= iterations for i in (*marked, *changed)):
            raise ValueError("its bookmarks or edits are out of order")
        return cls(name, bookmarks, edits)


NO_ANNOTATIONS: Final = Annotations()


def _has(config: object, name: str) -> bool:
    return isinstance(config, dict) and name in config


def _listed(config: object, name: str) -> list[Any]:
    return member(config, name, list) if _has(config, name) else []


def _edit(entry: object) -> Edit:
    index: list[Any] = member(entry, "index", list)
    if not all(type(i) is int for i in index):
        raise ValueError("an index of its edits is not of whole numbers")
    return Edit(
        member(entry, "iteration", int),
        cast("Parameter", member(entry, "tensor", str)),  # which is checked then
        tuple(index),
        member(entry, "value", float),
    )
