"""Finds what has changed in a run since the last time. Used by the training thread."""

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cnnviz.numerics.fast import COVERED
from cnnviz.numerics.network import Parameters
from cnnviz.training.run.branch import BranchState, bookmarks_of
from cnnviz.training.run.branches import Detour
from cnnviz.training.run.held_out_curve import NOT_EVALUATED, HeldOutCurve
from cnnviz.training.run.history import History
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.sessions.delta import (
    BranchRecord,
    Delta,
    HistoryDelta,
    KeepReason,
    SessionPosition,
    SessionSummary,
)

SPACING: Final = 32
"""Distance of checkpoints, in iterations, in a history of up to ``SPACING · MOST`` states."""
MOST: Final = 1_024
"""Checkpoints of one history, at 14.4 kB in float64; beyond that, every second one goes."""
_POINTS: Final = 80
"""Points of the curve of a summary, at most."""


class Capture:
    """Compares a run with what has been captured of it before.

    A capture costs as much as what has changed: arrays that never change are handed out as they
    are, and those that grow are copied from where they have grown.

    `known` has the histories that have been written already, and their numbers; `branches` are the
    numbers of the branches that have been.
    """

    def __init__(
        self, known: Mapping[History, int] | None = None, branches: Iterable[int] = ()
    ) -> None:
        self._numbers = dict(known or {})
        self._next = max(self._numbers.values(), default=0) + 1
        self._records: dict[int, BranchRecord | None] = dict.fromkeys(branches)
        self._held_out = {number: h.held_out for h, number in self._numbers.items()}
        self._position: SessionPosition | None = None
        self._whole = not self._numbers
        for history in self._numbers:
            history.take_changes()
            history.take_logged(whole=False)

    def start_again(self) -> None:
        """Let the next delta have everything, because one before has not been written."""
        self._whole = True

    def delta(self, trainer: Trainer, notes: Mapping[str, str], doing: str = "") -> Delta | None:
        """Return the changes since the last delta, and these notes; None if there are none.

        `doing` describes the person's activity in the window besides, such as a lesson.
        """
        if self._whole:
            self._numbers, self._records, self._held_out, self._next = {}, {}, {}, 1
        branches = trainer.branches
        lasting = branches.lasting
        histories = dict.fromkeys(h for b in lasting for h in _chain(b.history))
        is_new = {history: history not in self._numbers for history in histories}
        for history in histories:
            if is_new[history]:
                self._numbers[history], self._next = self._next, self._next + 1
        gone = [history for history in self._numbers if history not in histories]
        histories_gone = tuple(self._numbers.pop(history) for history in gone)
        deltas = [self._history(h, from_start=is_new[h]) for h in histories]
        logged = tuple(
            (self._numbers[history], first, numbers)
            for history in histories
            for first, numbers in history.take_logged(whole=is_new[history])
            if len(numbers)
        )
        evaluated = tuple(c for h in histories for c in self._evaluated(h))
        records = {branch.number: self._record(branch) for branch in lasting}
        changed = [b for b in lasting if self._records.get(b.number) != records[b.number]]
        branches_gone = tuple(self._records.keys() - records.keys())
        at = left_at(trainer)
        number, held_out = at.branch.number, (trainer.held_out.on, trainer.held_out.wanted)
        position = SessionPosition(number, at.iteration, at.settings, branches.begun, *held_out)
        delta = Delta(
            self._whole,
            tuple(d for d in deltas if d is not None),
            logged,
            evaluated,
            histories_gone,
            tuple((records[b.number], b.dataset) for b in changed),
            branches_gone,
            position,
            _summary(trainer, doing),
            dict(notes),
        )
        figures = delta.histories or logged or evaluated
        is_same = position == self._position
        if is_same and not (figures or changed or branches_gone or notes):
            return None
        self._whole, self._records, self._position = False, {**records}, position
        return delta

    def _history(self, history: History, *, from_start: bool) -> HistoryDelta | None:
        """Return the changes of a history; None if there are none."""
        first = history.take_changes()
        if from_start:
            first = 0  # what a fork shares has been revised, perhaps
        elif first > history.last:
            return None
        spacing = spacing_of(history)
        return HistoryDelta(
            self._numbers[history],
            None if history.parent is None else self._numbers[history.parent],
            history.start,
            history.last + 1,
            spacing,
            first,
            history.values_from(first),
            tuple(_kept(history, max(first, history.start), spacing)),
        )

    def _evaluated(self, history: History) -> Iterator[tuple[int, int, HeldOutCurve]]:
        """Yield the new figures of the curve of the held-out images, if there are any."""
        number, curve = self._numbers[history], history.held_out
        before = self._held_out.get(number, NOT_EVALUATED)
        self._held_out[number] = curve
        if curve is not before:
            both = min(len(curve), len(before))
            same = np.array_equal(
                _figures(curve)[:, :both], _figures(before)[:, :both], equal_nan=True
            )
            yield number, both if same else 0, curve

    def _record(self, branch: BranchState) -> BranchRecord:
        return BranchRecord(
            branch.number,
            branch.name,
            branch.named,
            branch.follows_settings,
            branch.parent,
            branch.origin,
            branch.root,
            self._numbers[branch.history],
            not branch.is_unsaved,
            branch.source,
            branch.history.settings,
            branch.history.edits,
            bookmarks_of(branch),
            branch.warnings.content,
        )


def _figures(curve: HeldOutCurve) -> NDArray[np.float64]:
    return np.array([curve.iteration, curve.loss, curve.accuracy, curve.images])


def spacing_of(history: History) -> int:
    """Return the distance of checkpoints of a history as long as this one."""
    spacing = SPACING
    while history.last + 1 - history.start > spacing * MOST:
        spacing *= 2
    return spacing


def _chain(history: History | None) -> Iterator[History]:
    """Yield a history and those that hold its earlier states."""
    while history is not None:
        yield history
        history = history.parent


def _kept(
    history: History, first: int, spacing: int
) -> Iterator[tuple[int, KeepReason, Parameters]]:
    """Yield the states from `first` on that cannot be recomputed from the others."""
    by_hand = history.by_hand_from(first)
    spaced = range(-(-first // spacing) * spacing, history.last + 1, spacing)
    wanted = dict.fromkeys(spaced, KeepReason.CHECKPOINT)
    wanted |= dict.fromkeys([*by_hand, *_not_covered(history, first)], KeepReason.BY_HAND)
    if history.last >= first:
        wanted.setdefault(history.last, KeepReason.NEWEST)
    for iteration, kind in wanted.items():
        parameters = history.parameters(iteration)
        if parameters is not None:
            yield iteration, kind, parameters


def _not_covered(history: History, first: int) -> Iterator[int]:
    """Yield the states of a file, from `first` on, that the fast kernel would not recompute."""
    if not history.is_from_file(first):
        return
    marks = history.settings
    ends = [*(mark.iteration for mark in marks[1:]), history.last]
    for mark, end in zip(marks, ends, strict=True):
        if mark.settings.rule not in COVERED:
            states = range(max(first, mark.iteration + 1), end + 1)
            yield from (i for i in states if history.is_from_file(i))
    yield from (e.iteration for e in history.edits if e.iteration >= first)


def left_at(trainer: Trainer) -> Detour:
    """Return the position at which a session continues: the run's, or that before a detour."""
    branches = trainer.branches
    return branches.detour or Detour(branches.current, trainer.iteration, trainer.settings)


def _summary(trainer: Trainer, doing: str) -> SessionSummary:
    branches, left = trainer.branches.lasting, left_at(trainer)
    now, history = left.branch, left.branch.history
    curve = history.curve()
    last = history.last
    points = np.linspace(0, last, min(last + 1, _POINTS)).astype(int)
    at_hand = filter(None, map(history.at_hand, range(last, -1, -1)))
    newest = next(at_hand, trainer.parameters)
    rules = dict.fromkeys(b.history.settings[-1].settings.rule.title for b in branches)
    return SessionSummary(
        time.time(),
        now.name,
        now.dataset.name,
        left.settings.subset,
        len(branches),
        last,
        float(curve.loss[last]),
        float(curve.accuracy[last]),
        tuple(rules),
        tuple(curve.loss[points].tolist()),
        tuple(newest.f.ravel().tolist()),
        doing,
    )
