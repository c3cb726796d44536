"""The lines that a run has taken: one is looked at and trained on, the others stay as they are."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from cnnviz.data.dataset import Dataset
from cnnviz.training.errors import BranchError
from cnnviz.training.run.edits import Edit, edit_words
from cnnviz.training.run.history import Curve, History
from cnnviz.training.run.warnings import WarningLog

LONGEST_NAME: Final = 80
"""Characters of a branch's or a bookmark's name."""


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A state that a person wants to find again."""

    iteration: int
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class BranchView:
    """One line of training, as views list and draw it.

    Attributes
    ----------
    number : int
        Its own for ever; the first is 1.
    name : str
    parent : int or None
        The branch that it left; None where it began at iteration 0 of a seed.
    origin : int
        The last iteration that it shares with its parent; −1 where it shares none.
    root : int
        The branch that it comes from in the end: branches with one root are of one beginning.
    curve : Curve
        From iteration 0 on, the part that is shared included.
    bookmarks : tuple of Bookmark
        In the order of their iterations.
    unsaved : bool
        Whether something of it is in no file.
    """

    number: int
    name: str
    parent: int | None
    origin: int
    root: int
    curve: Curve
    bookmarks: tuple[Bookmark, ...]
    unsaved: bool = False

    @property
    def last(self) -> int:
        """Its newest iteration."""
        return len(self.curve.loss) - 1


@dataclass(slots=True, eq=False)
class BranchState:
    """One line of training, as the trainer keeps it; see `BranchView`."""

    number: int
    name: str
    parent: int | None
    origin: int
    root: int
    dataset: Dataset
    source: str
    history: History
    watch: WarningLog
    bookmarks: dict[int, str]
    named: bool = False
    """Whether a person or a fork has named it, so that run files keep the name."""
    saved: tuple[object, ...] = ()
    """Its `content` when it was last saved or opened."""
    view: BranchView | None = None
    """What views were handed last, where nothing has changed since."""

    @property
    def content(self) -> tuple[object, ...]:
        """What a run file would keep of it; equal as long as nothing changes."""
        name = self.name if self.named else ""
        return self.history, self.history.version, name, tuple(sorted(self.bookmarks.items()))

    @property
    def is_unsaved(self) -> bool:
        """Whether a person has made something of it that is in no file."""
        made = self.history.last > 0 or len(self.history.edits) > 0 or len(self.bookmarks) > 0
        return made and self.saved != self.content


class Branches:
    """The lines of a run, in the order in which they were begun; there is always a current one."""

    def __init__(self, dataset: Dataset, source: str) -> None:
        self._begun = self._roots = 0
        self._lines: dict[int, BranchState] = {}
        self.current: BranchState = self.begin(dataset, source, History())

    @property
    def lines(self) -> tuple[BranchState, ...]:
        """All of them, in the order in which they were begun."""
        return tuple(self._lines[number] for number in sorted(self._lines))

    @property
    def datasets(self) -> dict[Dataset, str]:
        """The images of all of them, those of the current one first, and where they came from."""
        return {line.dataset: line.source for line in (self.current, *self.lines)}

    def __len__(self) -> int:
        return len(self._lines)

    def begin(self, dataset: Dataset, source: str, history: History, name: str = "") -> BranchState:
        """Begin a line at iteration 0, and make it the current one.

        One that has gone nowhere is not kept.

        Parameters
        ----------
        dataset : Dataset
        source : str
            What `cnnviz.data.source.load` takes for it.
        history : History
            Its own from now on.
        name : str
            "" for "run 1", "run 2" and so on.
        """
        if self._begun and not self.is_worth_keeping(self.current):
            del self._lines[self.current.number]
            if self.current.name == f"run {self._roots}":
                self._roots -= 1
        self._roots += 1
        number = self._number()
        name = name or f"run {self._roots}"
        line = BranchState(
            number, name, None, -1, number, dataset, source, history, WarningLog(), {}
        )
        return self._enter(line)

    def fork(self, start: int, name: str) -> BranchState:
        """Leave the current line after the state before `start`; the new line is the current one.

        Parameters
        ----------
        start : int
            The first state of its own.
        name : str
        """
        old = self.current
        bookmarks = {i: said for i, said in old.bookmarks.items() if i < start}
        return self._enter(
            BranchState(
                self._number(),
                name[:LONGEST_NAME],
                old.number,
                start - 1,
                old.root,
                old.dataset,
                old.source,
                old.history.fork(start),
                old.watch.fork(start),
                bookmarks,
                named=True,
            )
        )

    def switch(self, line: BranchState) -> None:
        """Make another line the current one, and let the one before rest."""
        self.current.history.rest()
        self.current.view = None
        self.current = line

    def fork_for(self, edit: Edit) -> tuple[Edit, ...]:
        """Leave the current line before a state that is edited.

        Where that state was made by edits, and nothing has followed, the line takes one more.

        Returns
        -------
        tuple of Edit
            All edits of the state.
        """
        line, here = self.current, edit.iteration
        history = line.history
        before = tuple(e for e in history.edits if e.iteration == here)
        others = tuple(e for e in before if (e.tensor, e.index) != (edit.tensor, edit.index))
        edits = (*others, edit)
        alone = here == history.start == history.last and not self._children(line)
        if not (before and alone) or history.is_from_file(here):
            self.fork(here, _name_of_edits((edit,)))
            return edits
        parent = self._lines.get(line.parent or 0)
        inherited = parent.history.edits if parent else ()
        if line.name == _name_of_edits(tuple(e for e in before if e not in inherited)):
            line.name = _name_of_edits(tuple(e for e in edits if e not in inherited) or edits)
        line.watch = line.watch.fork(here)
        line.history = history.fork(here)
        return edits

    def line(self, number: int) -> BranchState:
        """Return a line.

        Raises
        ------
        BranchError
            Where there is none with this number.
        """
        if number not in self._lines:
            raise BranchError(f"there is no branch {number}: it may have been deleted.")
        return self._lines[number]

    def rename(self, number: int, name: str) -> None:
        """Give a line another name.

        Raises
        ------
        BranchError
            Where there is no such line, or that is no name.
        """
        line = self.line(number)
        line.name, line.named = checked_name(name, "a branch"), True
        line.view = None

    def delete(self, number: int) -> None:
        """Forget a line, but for the states that others share with it.

        Raises
        ------
        BranchError
            Where there is no such line, or it is the current one.
        """
        gone = self.line(number)
        if gone is self.current:
            raise BranchError(f"“{gone.name}” is looked at: switch to another branch first.")
        del self._lines[number]
        for child in self._children(gone):
            child.parent, child.origin = gone.parent, min(child.origin, gone.origin)
            child.view = None
        self._free_what_nobody_shares()

    def name_current(self, name: str) -> None:
        """Name the current line after a file, unless it has a name already."""
        if not self.current.named:
            self.current.name = " ".join(name.split())[:LONGEST_NAME] or self.current.name

    def annotate(self, name: str, bookmarks: Sequence[Bookmark]) -> None:
        """Give the current line the name, if any, and the bookmarks of a run file."""
        line = self.current
        line.name, line.named = name or line.name, bool(name)
        line.bookmarks = {bookmark.iteration: bookmark.name for bookmark in bookmarks}
        line.view = None

    def bookmark(self, number: int, iteration: int, name: str | None) -> None:
        """Name a state of a line; None takes the bookmark away.

        Parameters
        ----------
        number : int
            The line's.
        iteration : int
        name : str or None

        Raises
        ------
        BranchError
            Where there is no such line or state, or that is no name.
        """
        line = self.line(number)
        if not 0 <= iteration <= line.history.last:
            raise BranchError(f"“{line.name}” has no iteration {iteration:,} to bookmark.")
        if name is None:
            line.bookmarks.pop(iteration, None)
        else:
            line.bookmarks[iteration] = checked_name(name, "a bookmark")
        line.view = None

    def mark_saved(self, line: BranchState) -> None:
        """Note that a file has everything of a line as it is now."""
        line.saved = line.content
        line.view = None

    def take_over(self, others: "Branches") -> None:
        """Keep the lines of another run besides one's own, where they have gone anywhere."""
        numbers = {line.number: self._number() for line in others.lines}
        for line in others.lines:  # a root that was deleted is still one for its branches
            if line.root not in numbers:
                numbers[line.root] = self._number()
        for line in others.lines:
            if not others.is_worth_keeping(line):
                continue
            number = numbers[line.number]
            parent = numbers.get(line.parent or 0)
            root = numbers[line.root]
            self._lines[number] = replace(line, number=number, parent=parent, root=root, view=None)
            line.history.rest()

    def views(self) -> tuple[BranchView, tuple[BranchView, ...]]:
        """Return the current branch and all branches, in the order in which they were begun."""
        self.current.view = None  # it grows
        return _view(self.current), tuple(_view(line) for line in self.lines)

    def _enter(self, line: BranchState) -> BranchState:
        self._lines[line.number] = line
        if self._begun > 1:
            self.switch(line)
        self.current = line
        return line

    def _number(self) -> int:
        self._begun += 1
        return self._begun

    def is_worth_keeping(self, line: BranchState) -> bool:
        """Whether a person has made anything of a line."""
        made = line.history.last > 0 or line.parent is not None or len(line.bookmarks) > 0
        return made or len(self._children(line)) > 0

    def _children(self, line: BranchState) -> list[BranchState]:
        return [other for other in self._lines.values() if other.parent == line.number]

    def _free_what_nobody_shares(self) -> None:
        listed = [line.history for line in self._lines.values()]
        shared: dict[History, int] = {}
        for history in listed:
            child = history
            while child.parent is not None:
                shared[child.parent] = max(shared.get(child.parent, 0), child.start)
                child = child.parent
        for history, start in shared.items():
            if history not in listed and history.last >= start:
                history.truncate(start - 1)


def bookmarks_of(line: BranchState) -> tuple[Bookmark, ...]:
    """Return a line's bookmarks in the order of their iterations."""
    return tuple(Bookmark(i, line.bookmarks[i]) for i in sorted(line.bookmarks))


def _view(line: BranchState) -> BranchView:
    if line.view is None:
        line.view = BranchView(
            line.number,
            line.name,
            line.parent,
            line.origin,
            line.root,
            line.history.curve(),
            bookmarks_of(line),
            line.is_unsaved,
        )
    return line.view


def _name_of_edits(edits: tuple[Edit, ...]) -> str:
    iteration = f" at iteration {edits[0].iteration:,}" if edits else ""
    return f"{edit_words(edits)}{iteration}"[:LONGEST_NAME]


def checked_name(text: str, of: str) -> str:
    """Return a name of a branch or bookmark, with single spaces.

    Raises
    ------
    BranchError
        If it is empty or too long.
    """
    name = " ".join(text.split())
    if not 0 < len(name) <= LONGEST_NAME:
        raise BranchError(f"the name of {of} has 1 to {LONGEST_NAME} characters, not {len(name)}.")
    return name
