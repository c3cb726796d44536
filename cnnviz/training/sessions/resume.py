"""Resumes a session: from its file to a trainer."""

from collections.abc import Mapping
from dataclasses import dataclass

from cnnviz.data.dataset import Dataset
from cnnviz.training.errors import SessionError, TrainingError
from cnnviz.training.files.restore import images_of
from cnnviz.training.limits import check_memory
from cnnviz.training.run.branch import BranchState
from cnnviz.training.run.branches import Branches
from cnnviz.training.run.curve import marks_before
from cnnviz.training.run.history import History
from cnnviz.training.run.logged_states import LoggedStates
from cnnviz.training.run.state_log import StateLog
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.run.warnings import WarningLog
from cnnviz.training.sessions.capture import Capture
from cnnviz.training.sessions.delta import BranchRecord
from cnnviz.training.sessions.records import branch_from_json, position_from_json
from cnnviz.training.sessions.session_file import LOG, POSITION, SUMMARY, SessionFile


@dataclass(frozen=True, slots=True, eq=False)
class Resumed:
    """A session as it was left."""

    trainer: Trainer
    histories: dict[History, int]
    """The histories of its branches, and their numbers in the file."""
    notes: dict[str, str]
    """The window's notes."""

    def capture(self) -> Capture:
        """Return a capture that finds the changes from here on."""
        return Capture(self.histories, (branch.number for branch in self.trainer.branches.all))


def resume(
    file: SessionFile, at_hand: Mapping[Dataset, str] | None = None, log: StateLog | None = None
) -> Resumed:
    """Return the run of a session at the state in which it was left.

    Own code is not run: its operations have no result until somebody runs it.

    `at_hand` are images that need not be loaded, and where they came from. The histories read their
    states from `log`, which is the session's.

    Raises SessionError if the file is damaged, or its images cannot be had or are others; one
    sentence.
    """
    what = f"the session {file.path.stem}"
    check_memory(file.path.stat().st_size, what, "continue it on another machine", SessionError)
    try:
        return _resumed(file, what, dict(at_hand or {}), log)
    except ValueError as error:
        raise SessionError(
            f"{what} is damaged ({str(error).removesuffix('.')}): begin another one."
        ) from error
    except SessionError:
        raise
    except TrainingError as error:
        raise SessionError(str(error)) from error


def _resumed(
    file: SessionFile, what: str, at_hand: dict[Dataset, str], log: StateLog | None
) -> Resumed:
    notes = file.notes()
    position = position_from_json(notes.pop(POSITION, ""))
    for name in (SUMMARY, LOG):
        notes.pop(name, None)
    histories = _histories(file, log)
    lengths = {number: history.last + 1 for number, history in histories.items()}
    read = [branch_from_json(number, text, lengths) for number, text in file.branches()]
    for record, _ in read:
        _set_settings(histories[record.history], record)
    branches = []
    for record, config in read:
        dataset, source = images_of(config, what, at_hand)
        at_hand[dataset] = source  # of another branch, perhaps
        branches.append(_branch(record, histories[record.history], dataset, source))
    numbers = {branch.number for branch in branches}
    if position.branch not in numbers or max(numbers) > position.begun:
        raise ValueError("it was left in no branch of its own")
    restored = Branches.restored(branches, position.branch, position.begun)
    for branch, (record, _) in zip(branches, read, strict=True):
        if record.saved:
            restored.mark_saved(branch)
    trainer = Trainer.from_branches(restored, position.iteration, position.settings)
    evaluated = restored.current.history.held_out.images
    last = int(evaluated[-1]) if len(evaluated) else None  # older sessions say no more
    trainer.held_out.switch(position.held_out, position.held_out_images or last)
    return Resumed(trainer, {h: n for n, h in histories.items()}, notes)


def _histories(file: SessionFile, log: StateLog | None) -> dict[int, History]:
    histories: dict[int, History] = {}
    for number, parent, start, length in file.histories():
        parameters = file.parameters(number)
        within = all(start <= iteration < length for iteration in parameters)
        if not within or (parent is None and 0 not in parameters):
            raise ValueError("states of it are missing")
        before = None if parent is None else histories[parent]
        figures = file.figures(number, length)
        histories[number] = History.of_session(before, start, figures, parameters)
        histories[number].held_out = file.held_out(number, length)
        if log is not None:
            numbers = file.numbers(number, length)
            histories[number].set_logged(LoggedStates.of_session(log, numbers))
    return histories


def _set_settings(history: History, record: BranchRecord) -> None:
    """Give a branch's settings and edits to its history, and to those with its earlier states.

    The latter may be of branches that have been deleted.
    """
    history.set_settings(record.settings, record.edits)
    parent = history.parent
    while parent is not None and not parent.settings:
        parent.set_settings(
            marks_before(record.settings, parent.last),
            tuple(e for e in record.edits if e.iteration <= parent.last),
        )
        parent = parent.parent


def _branch(record: BranchRecord, history: History, dataset: Dataset, source: str) -> BranchState:
    return BranchState(
        record.number,
        record.name,
        record.parent,
        record.origin,
        record.root,
        dataset,
        source,
        history,
        WarningLog.restored(record.warnings, history.last),
        {bookmark.iteration: bookmark.name for bookmark in record.bookmarks},
        named=record.named,
        follows_settings=record.follows_settings,
    )
