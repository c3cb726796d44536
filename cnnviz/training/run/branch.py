"""A branch of a run: its state, which the trainer keeps, and its view, which panels draw."""

from dataclasses import dataclass

from cnnviz.data.dataset import Dataset
from cnnviz.training.run.curve import Curve
from cnnviz.training.run.history import History
from cnnviz.training.run.warnings import WarningLog
from cnnviz.training.settings import Settings


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A named state of a branch."""

    iteration: int
    name: str


@dataclass(frozen=True, slots=True, eq=False)
class BranchView:
    """A branch as views list and draw it."""

    number: int
    """Never used again; the first is 1."""
    name: str
    parent: int | None
    """The branch that it forked from; None if it began at iteration 0."""
    origin: int
    """The last iteration that it shares with its parent; −1 if it shares none."""
    root: int
    """The branch at the start of its ancestry."""
    curve: Curve
    """The curve from iteration 0 on, with the part that it shares."""
    bookmarks: tuple[Bookmark, ...]
    """Iteration and name of each, in the order of their iterations."""
    source: str = ""
    """What `cnnviz.data.source.load` takes for its data set."""
    unsaved: bool = False
    """Whether something of it is in no file."""

    @property
    def last(self) -> int:
        """Its newest iteration."""
        return len(self.curve.loss) - 1

    @property
    def settings(self) -> Settings:
        """The settings of its newest iteration."""
        return self.curve.marks[-1].settings if self.curve.marks else self.curve.first


@dataclass(slots=True, eq=False)
class BranchState:
    """A branch as the trainer keeps it; see `BranchView`."""

    number: int
    name: str
    parent: int | None
    origin: int
    root: int
    dataset: Dataset
    source: str
    history: History
    warnings: WarningLog
    bookmarks: dict[int, str]
    named: bool = False
    """Whether run files keep its name, because a person or a fork has given it."""
    follows_settings: bool = False
    """Whether its name says its settings, and changes with them."""
    lasting: bool = True
    """Whether it is a person's own; otherwise it goes when the detour ends."""
    saved: tuple[object, ...] = ()
    """Its `content` when it was last saved or opened."""
    view: BranchView | None = None
    """The newest view, if nothing has changed since."""

    @property
    def content(self) -> tuple[object, ...]:
        """The contents that a run file would keep; equal as long as nothing changes."""
        name = self.name if self.named else ""
        return self.history, self.history.version, name, tuple(sorted(self.bookmarks.items()))

    @property
    def is_unsaved(self) -> bool:
        """Whether a person has made something of it that is in no file."""
        made = self.history.last > 0 or len(self.history.edits) > 0 or len(self.bookmarks) > 0
        return self.lasting and made and self.saved != self.content


def bookmarks_of(branch: BranchState) -> tuple[Bookmark, ...]:
    """Return the bookmarks of a branch in the order of their iterations."""
    return tuple(Bookmark(i, branch.bookmarks[i]) for i in sorted(branch.bookmarks))


def view_of(branch: BranchState) -> BranchView:
    """Return the view of a branch, the one from before if nothing has changed since."""
    if branch.view is None:
        branch.view = BranchView(
            branch.number,
            branch.name,
            branch.parent,
            branch.origin,
            branch.root,
            branch.history.curve(),
            bookmarks_of(branch),
            branch.source,
            branch.is_unsaved,
        )
    return branch.view
