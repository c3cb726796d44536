"""The history of a branch: all losses and accuracies, the settings, and parameters.

Losses and accuracies are kept for every state, in 56 to 112 bytes. Parameters that are no longer in
memory are read from a log on the disk, if there is one and it still has them; the others are
recomputed from the keyframe before them.

A fork of a history has only the later states, and refers to the other for those before.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Self

import numpy as np
from numpy.typing import NDArray

from cnnviz.numerics.network import Floats, Parameters
from cnnviz.numerics.variants import Variant
from cnnviz.training.errors import HistoryError, RunFileError
from cnnviz.training.run.curve import Curve, SettingsMark, learning_rates, marks_before
from cnnviz.training.run.edits import Edit
from cnnviz.training.run.figures import Figures
from cnnviz.training.run.held_out_curve import NOT_EVALUATED
from cnnviz.training.run.kept_parameters import KeptParameters
from cnnviz.training.run.logged_states import LoggedStates
from cnnviz.training.run.state_log import StateLog
from cnnviz.training.run.states import States
from cnnviz.training.run.step_metrics import UNDEFINED, metrics_of_states, step_metrics
from cnnviz.training.settings import Settings


class History:
    """The states of one branch, from iteration 0 on."""

    def __init__(self) -> None:
        self._parent: History | None = None
        self._start = 0
        self._figures = Figures()
        self.version = 0
        """Counts its changes."""
        self.held_out = NOT_EVALUATED
        """Losses and accuracies on images that are not trained on."""
        self._settings: list[SettingsMark] = []
        self._edits: tuple[Edit, ...] = ()
        self._kept = KeptParameters()
        self._logged = LoggedStates()

    @classmethod
    def of_file(
        cls,
        states: States,
        loss: NDArray[np.float64],
        accuracy: NDArray[np.float64],
        settings: Sequence[SettingsMark],
        edits: tuple[Edit, ...] = (),
    ) -> Self:
        """Return the history of a run from a file, but for its last state.

        Parameters
        ----------
        states : States
            The parameters of the states 0 to T.
        loss, accuracy : ndarray of float64, shape (T,)
            Of the states 0 to T − 1.
        settings, edits : sequence of SettingsMark and tuple of Edit
            As the properties of these names.
        """
        history = cls()
        history.set_settings(settings, edits)
        metrics = metrics_of_states(states, learning_rates(settings, len(loss)))
        metrics[:, [edit.iteration for edit in edits if edit.iteration < len(loss)]] = UNDEFINED
        history._figures = Figures(np.vstack([loss, accuracy, metrics]))
        history._kept = KeptParameters({}, states)
        return history

    @classmethod
    def of_session(
        cls,
        parent: "History | None",
        start: int,
        values: NDArray[np.float64],
        parameters: Mapping[int, Parameters],
    ) -> Self:
        """Return a history whose own states were kept elsewhere; `set_settings` completes it.

        Parameters
        ----------
        parent : History or None
            Holds the states before `start`.
        values : ndarray of float64, shape (7, T + 1)
            What `values_from` returned for the states 0 to T.
        parameters : mapping of int to Parameters
            By iteration, of some states from `start` on; of a history without a parent, also of
            state 0.
        """
        history = cls()
        history._parent, history._start = parent, start
        history._figures = Figures(values)
        history._kept = KeptParameters(parameters)
        return history

    def set_settings(self, settings: Sequence[SettingsMark], edits: tuple[Edit, ...]) -> None:
        """Set the settings and the edits of a history from a session."""
        self._settings, self._edits = list(settings), edits

    def use_log(self, log: StateLog | None) -> None:
        """Add the parameters of new states to a log, too."""
        if log is not self._logged.log:
            self._logged = LoggedStates(log, len(self._figures))

    def set_logged(self, states: LoggedStates) -> None:
        """Set which of its states are in a log, of which a session knows."""
        self._logged = states

    def snapshot(self) -> "History":
        """Return a copy of the history, for another thread to read while this one grows."""
        now = History()
        vars(now).update(vars(self))
        now._parent = None if self._parent is None else self._parent.snapshot()
        now._settings = list(self._settings)
        now._figures = self._figures.copy()
        now._kept, now._logged = self._kept.copy(), self._logged.copy()
        return now

    def fork(self, start: int) -> "History":
        """Return a history with the same states before `start`, and none from there on.

        Raises HistoryError if the history does not reach as far as `start`.
        """
        if start != len(self._figures):
            self._check(start)
        fork = History()
        if start > 0:
            owner: History = self
            while owner.parent is not None and start <= owner.start:
                owner = owner.parent
            fork._share(owner, start, self)
        fork.use_log(self._logged.log)
        return fork

    @property
    def parent(self) -> "History | None":
        """The history that holds the states before `start`."""
        return self._parent

    @property
    def start(self) -> int:
        """The first state that is not the parent's."""
        return self._start

    @property
    def edits(self) -> tuple[Edit, ...]:
        """Parameters changed by hand."""
        return self._edits

    def edits_of(self, iteration: int) -> tuple[Edit, ...]:
        """Return those that made a state; none if an iteration led to it."""
        return tuple(edit for edit in self._edits if edit.iteration == iteration)

    @property
    def last(self) -> int:
        """The newest state's iteration; −1 before the first."""
        return len(self._figures) - 1

    @property
    def settings(self) -> tuple[SettingsMark, ...]:
        """The first settings, at iteration 0, and every change."""
        return tuple(self._settings)

    def append(
        self,
        parameters: Parameters,
        settings: Settings,
        loss: float,
        accuracy: float,
        *,
        by_hand: bool = False,
        edits: tuple[Edit, ...] = (),
        saturated: float = UNDEFINED,
    ) -> None:
        """Add the state that follows the last one.

        Parameters
        ----------
        settings : Settings
            Of the iteration that led to it; for state 0, those in force.
        loss, accuracy : float
            Of its forward pass; NaN if it has no result.
        by_hand : bool
            Whether it must be kept, because no iteration of the fast kernel leads to it.
        saturated : float
            Share of saturated units; NaN if it is not known.
        """
        iteration = len(self._figures)
        before = self.at_hand(iteration - 1) if iteration and not edits else None
        metrics = step_metrics(before, parameters, settings.learning_rate, saturated)
        self._figures.append((loss, accuracy, *metrics))
        self.version += 1
        settings = settings.kept
        if not self._settings or self._settings[-1].settings != settings:
            self._settings.append(SettingsMark(max(0, iteration - 1), settings))
        self._edits += edits
        self._kept.add(iteration, parameters, by_hand=by_hand)
        self._logged.append(parameters)

    def exchange(self, variants: Sequence[Variant]) -> None:
        """Put these in place of equal variants in the rules of all iterations."""
        self._settings = [
            SettingsMark(mark.iteration, mark.settings.exchanging(variants))
            for mark in self._settings
        ]

    def revise(self, iteration: int, loss: float, accuracy: float) -> None:
        """Replace the loss and accuracy of a state, whose forward pass was run on another batch."""
        self._figures.revise(iteration, loss, accuracy)

    def truncate(self, iteration: int) -> None:
        """Remove every state after `iteration`.

        Raises HistoryError if there is no such state, or it is the parent's.
        """
        self._check(iteration)
        if iteration == self.last:
            return
        if iteration < self._start - 1:
            raise HistoryError(
                f"the states before {self._start} belong to the history that this one left."
            )
        self._figures.truncate(iteration + 1)
        self.version += 1
        self._settings = marks_before(self._settings, iteration)
        self._edits = tuple(edit for edit in self._edits if edit.iteration <= iteration)
        self.held_out = self.held_out.before(iteration + 1)
        self._kept.truncate(iteration)
        self._logged.truncate(iteration + 1)

    def spread_keyframes(self, spacing: int) -> None:
        """Keep fewer states in memory from now on: those at this distance, and the recent ones."""
        self._kept.spread_keyframes(spacing)

    def drop_recent_states(self) -> None:
        """Drop the recent states, except the last: another branch is current."""
        self._kept.drop_recent(self.last)

    def thin_out(self, start: int, most: int) -> None:
        """Keep up to `most` keyframes from a state on in memory: nobody goes there for now."""
        self._kept.thin_out(start, most)

    def size_from(self, start: int) -> int:
        """Return the bytes that its own states from one on take in memory."""
        return self._figures.size + self._kept.size_from(start)

    def settings_after(self, iteration: int) -> Settings:
        """Return the settings of the iteration that follows, or followed, a state."""
        self._check(iteration)
        later = bisect_right(self._settings, iteration, key=lambda mark: mark.iteration)
        return self._settings[later - 1].settings

    def parameters(self, iteration: int) -> Parameters | None:
        """Return the parameters of a state, or None if they must be recomputed.

        Raises RunFileError if they are in a file that can no longer be read.
        """
        kept = self.kept(iteration)
        return self.from_log(iteration) if kept is None else kept

    def at_hand(self, iteration: int) -> Parameters | None:
        """Return the parameters of a state, or None: also if the file can no longer be read.

        For what can do without them, so that training goes on.
        """
        try:
            return self.parameters(iteration)
        except RunFileError:
            return None

    def kept(self, iteration: int) -> Parameters | None:
        """Return the parameters of a state if they are in memory, or in the run's file.

        Raises RunFileError if the file can no longer be read.
        """
        self._check(iteration)
        if self._parent is not None and iteration < self._start:
            return self._parent.kept(iteration)
        return self._kept.get(iteration)

    def is_kept(self, iteration: int) -> bool:
        """Return whether the parameters of a state are in memory, or in the run's file."""
        self._check(iteration)
        if self._parent is not None and iteration < self._start:
            return self._parent.is_kept(iteration)
        return self._kept.has(iteration)

    def from_log(self, iteration: int) -> Parameters | None:
        """Return the parameters of a state if they are in the log."""
        if self._parent is not None and iteration < self._start:
            return self._parent.from_log(iteration)
        return self._logged.parameters(iteration)

    def is_logged(self, iteration: int) -> bool:
        """Say whether one of its own states has been added to the log."""
        return self._logged.has(iteration)

    def log(self, iteration: int, parameters: Parameters) -> None:
        """Add one of its own states, which is not in the log, to it."""
        self._logged.add(iteration, parameters)

    def read_block(self, iteration: int, most: int) -> tuple[Floats, Floats] | None:
        """Return the parameters of a state and some after it, if they are together on the disk.

        The arrays have the shapes (S, 5, 5, 3) and (S, 1728, 1), for up to `most` states; None if
        they are not.
        """
        if self._parent is not None and iteration < self._start:
            return self._parent.read_block(iteration, min(most, self._start - iteration))
        kept = self._kept.read_block(iteration, most)
        return self._logged.read_block(iteration, most) if kept is None else kept

    def take_changes(self) -> int:
        """Return the first state that is new or has changed since this was called last."""
        return self._figures.take_changes()

    def take_logged(self, *, whole: bool) -> list[tuple[int, NDArray[np.int64]]]:
        """Return the numbers in the log that are new or have changed, or all of its own states.

        The former are those since this was called last; see `LoggedStates.take_changes`.
        """
        changes = self._logged.take_changes()
        return [(self._start, self._logged.numbers_from(self._start))] if whole else changes

    def values_from(self, start: int) -> NDArray[np.float64]:
        """Return losses, accuracies and metrics from a state on, shape (7, T + 1 − start)."""
        return self._figures.values[:, start:].copy()

    def by_hand_from(self, start: int) -> dict[int, Parameters]:
        """Return the states from one on that no iteration of the fast kernel leads to."""
        return self._kept.by_hand_from(start)

    def is_from_file(self, iteration: int) -> bool:
        """Say whether a state's parameters are those of a file."""
        return self._kept.is_from_file(iteration)

    def missing(self, stop: int) -> set[int]:
        """Return which of its own states up to `stop` are neither in memory nor on the disk."""
        own = set(range(self._start, stop))
        return own - self._kept.iterations() - self._logged.iterations()

    def keyframe_before(self, iteration: int) -> int:
        """Return the latest state up to `iteration` whose parameters are kept."""
        if self.is_kept(iteration):
            return iteration
        nearest = self._kept.nearest(iteration)
        if self._parent is not None and nearest < self._start:
            return self._parent.keyframe_before(min(iteration, self._start - 1))
        return nearest

    def spread(self, most: int) -> tuple[tuple[int, Parameters], ...]:
        """Return up to `most` states whose parameters are kept, evenly spread, by iteration.

        The last state is among them; there must be one.
        """
        wanted = np.linspace(0, self.last, min(most, len(self._figures))).round().astype(int)
        kept = sorted({self.keyframe_before(iteration) for iteration in wanted.tolist()})
        states = ((iteration, self.at_hand(iteration)) for iteration in kept)
        return tuple((i, parameters) for i, parameters in states if parameters is not None)

    def curve(self) -> Curve:
        """Return losses, accuracies and marks so far; there must be a state."""
        values = self._figures.values
        first, *changes = self._settings
        series = values[0], values[1], first.settings, tuple(changes), self._edits, values[2:]
        return Curve(*series, self.held_out)

    def _share(self, owner: "History", start: int, like: "History") -> None:
        """Share the states of `like` before `start`, which `owner` holds."""
        self._parent, self._start = owner, start
        self._figures = Figures(like.values_from(0)[:, :start])
        self._settings = marks_before(like.settings, start - 1)
        self._edits = tuple(edit for edit in like.edits if edit.iteration < start)
        self.held_out = like.held_out.before(start)

    def _check(self, iteration: int) -> None:
        if not 0 <= iteration <= self.last:
            raise HistoryError(
                f"iteration {iteration} is not in the history, which holds 0 to {self.last}."
            )
