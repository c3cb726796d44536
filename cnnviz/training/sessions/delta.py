"""The changes of a session since it was written last."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.network import Parameters
from cnnviz.training.run.branch import Bookmark
from cnnviz.training.run.curve import Mark
from cnnviz.training.run.edits import Edit
from cnnviz.training.run.held_out_curve import HeldOutCurve
from cnnviz.training.run.warnings import WarningLogContent
from cnnviz.training.settings import Settings


class Kind(IntEnum):
    """Why the parameters of a state are kept."""

    NEWEST = 0
    """It is the newest state; another one replaces it."""
    CHECKPOINT = 1
    """The states after it are recomputed from it."""
    BY_HAND = 2
    """No iteration of the fast kernel leads to it."""


@dataclass(frozen=True, slots=True, eq=False)
class HistoryDelta:
    """The states of one history that are new or have changed.

    Attributes
    ----------
    number : int
        Names the history in the session.
    parent : int or None
        The history with the states before `start`.
    length : int
        States of the history now, the parent's among them.
    spacing : int
        Distance of checkpoints; one that is no multiple of it is not needed any more.
    first : int
        The first state that is new or has changed.
    values : ndarray of float64, shape (7, length − first)
        What `History.values_from` returns.
    parameters : tuple of (int, Kind, Parameters)
        By iteration, from `first` on.
    """

    number: int
    parent: int | None
    start: int
    length: int
    spacing: int
    first: int
    values: NDArray[np.float64]
    parameters: tuple[tuple[int, Kind, Parameters], ...]


@dataclass(frozen=True, slots=True)
class BranchRecord:
    """A branch, apart from its states; the names are those of `BranchState`.

    Attributes
    ----------
    history : int
        The number of its history.
    """

    number: int
    name: str
    named: bool
    follows_settings: bool
    parent: int | None
    origin: int
    root: int
    history: int
    saved: bool
    source: str
    settings: tuple[Mark, ...]
    edits: tuple[Edit, ...]
    bookmarks: tuple[Bookmark, ...]
    warnings: WarningLogContent


@dataclass(frozen=True, slots=True)
class Position:
    """The state that a session was left in.

    Attributes
    ----------
    settings : Settings
        In force for the next iteration.
    begun : int
        That of `Branches`.
    held_out : bool
        Whether states are evaluated on held-out images.
    held_out_images : int or None
        `HeldOut.wanted`.
    """

    branch: int
    iteration: int
    settings: Settings
    begun: int
    held_out: bool
    held_out_images: int | None


@dataclass(frozen=True, slots=True)
class Summary:
    """A session in a list.

    Attributes
    ----------
    seconds : float
        When it was written last, in seconds since 1970.
    name : str
        Of the current branch.
    data : str
        The name of its data set.
    iterations : int
        Of the current branch.
    loss, accuracy : float
        Of its newest state; NaN if they are undefined.
    rules : tuple of str
        The titles of the rules that the branches were trained with last.
    curve : tuple of float
        Some losses of the current branch, evenly spread.
    filters : tuple of float
        The 75 weights of the newest filters, in the notebook's order.
    doing : str
        The person's activity in the window besides, such as a lesson; or "".
    """

    seconds: float
    name: str
    data: str
    images: int
    branches: int
    iterations: int
    loss: float
    accuracy: float
    rules: tuple[str, ...]
    curve: tuple[float, ...]
    filters: tuple[float, ...]
    doing: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Delta:
    """The changes to be written.

    Attributes
    ----------
    whole : bool
        Whether it has everything, so that what was written before is replaced.
    branches : tuple of (BranchRecord, Dataset)
        Those that are new or have changed, and their images.
    held_out : tuple of (int, int, HeldOutCurve)
        Histories whose held-out images have been evaluated: their numbers, the first entry of the
        curve that is new or has changed, and the curve.
    histories_gone, branches_gone : tuple of int
        The numbers of those that are no longer needed.
    notes : mapping of str to str
        The window's notes; see `Journal.note`.
    """

    whole: bool
    histories: tuple[HistoryDelta, ...]
    held_out: tuple[tuple[int, int, HeldOutCurve], ...]
    histories_gone: tuple[int, ...]
    branches: tuple[tuple[BranchRecord, Dataset], ...]
    branches_gone: tuple[int, ...]
    position: Position
    summary: Summary
    notes: Mapping[str, str]
