"""The changes of a session since it was written last."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.network import Parameters
from cnnviz.training.run.branch import Bookmark
from cnnviz.training.run.curve import SettingsMark
from cnnviz.training.run.edits import Edit
from cnnviz.training.run.held_out_curve import HeldOutCurve
from cnnviz.training.run.warnings import WarningLogContent
from cnnviz.training.settings import Settings


class KeepReason(IntEnum):
    """Why the parameters of a state are kept."""

    NEWEST = 0
    """It is the newest state; another one replaces it."""
    CHECKPOINT = 1
    """The states after it are recomputed from it."""
    BY_HAND = 2
    """No iteration of the fast kernel leads to it."""


@dataclass(frozen=True, slots=True, eq=False)
class HistoryDelta:
    """The states of one history that are new or have changed."""

    number: int
    """Names the history in the session."""
    parent: int | None
    """The history with the states before `start`."""
    start: int
    length: int
    """States of the history now, the parent's among them."""
    spacing: int
    """Distance of checkpoints; one that is not a multiple of it is not needed any more."""
    first: int
    """The first state that is new or has changed."""
    values: NDArray[np.float64]
    """Shape (7, length − first). What `History.values_from` returns."""
    parameters: tuple[tuple[int, KeepReason, Parameters], ...]
    """The kept parameters by iteration, from `first` on."""


@dataclass(frozen=True, slots=True)
class BranchRecord:
    """A branch, apart from its states; the names are those of `BranchState`."""

    number: int
    name: str
    named: bool
    follows_settings: bool
    parent: int | None
    origin: int
    root: int
    history: int
    """The number of its history."""
    saved: bool
    source: str
    settings: tuple[SettingsMark, ...]
    edits: tuple[Edit, ...]
    bookmarks: tuple[Bookmark, ...]
    warnings: WarningLogContent


@dataclass(frozen=True, slots=True)
class SessionPosition:
    """The state that a session was left in."""

    branch: int
    iteration: int
    settings: Settings
    """The settings in force for the next iteration."""
    begun: int
    """The number of branches begun, as in `Branches`."""
    held_out: bool
    """Whether states are evaluated on held-out images."""
    held_out_images: int | None
    """How many images are wanted, as in `HeldOut`."""


@dataclass(frozen=True, slots=True)
class SessionSummary:
    """A session in a list."""

    seconds: float
    """When it was written last, in seconds since 1970."""
    name: str
    """The name of the current branch."""
    data: str
    """The name of its data set."""
    images: int
    branches: int
    iterations: int
    """Iterations of the current branch."""
    loss: float
    accuracy: float
    """loss, accuracy: of its newest state; NaN if they are undefined."""
    rules: tuple[str, ...]
    """The titles of the rules that the branches were trained with last."""
    curve: tuple[float, ...]
    """Some losses of the current branch, evenly spread."""
    filters: tuple[float, ...]
    """The 75 weights of the newest filters, in the notebook's order."""
    doing: str = ""
    """The person's activity in the window besides, such as a lesson; or ""."""


@dataclass(frozen=True, slots=True, eq=False)
class Delta:
    """The changes to be written."""

    whole: bool
    """Whether it has everything, so that what was written before is replaced."""
    histories: tuple[HistoryDelta, ...]
    logged: tuple[tuple[int, int, NDArray[np.int64]], ...]
    """Histories with states that are new in the log: their numbers, the first such iteration, and
    the numbers in the log from there on."""
    held_out: tuple[tuple[int, int, HeldOutCurve], ...]
    """Histories whose held-out images have been evaluated: their numbers, the first entry of the
    curve that is new or has changed, and the curve."""
    histories_gone: tuple[int, ...]
    branches: tuple[tuple[BranchRecord, Dataset], ...]
    """The branches that are new or have changed, and their images."""
    branches_gone: tuple[int, ...]
    """histories_gone, branches_gone: the numbers of those that are no longer needed."""
    position: SessionPosition
    summary: SessionSummary
    notes: Mapping[str, str]
    """The window's notes; see `Journal.note`."""
