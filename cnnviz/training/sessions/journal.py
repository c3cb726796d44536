"""Keeps everything of a run in a session, while it happens. Used by the training thread."""

import math
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from cnnviz.training.errors import RunFileError, SessionError
from cnnviz.training.run.state_log import StateLog
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.sessions.capture import Capture, left_at
from cnnviz.training.sessions.kept_states import log_of
from cnnviz.training.sessions.resume import resume
from cnnviz.training.sessions.session_file import SessionFile
from cnnviz.training.sessions.writer import Writer

DOING: Final = "doing"
"""Names the note with what a person does in the window besides, such as a lesson."""
INTERVAL: Final = 1.0
"""Seconds between two writings; what is newer is lost if the program is killed."""
_BRIEF: Final = 0.1
"""Seconds until a busy writer is asked again."""
_RETRY: Final = 10.0
"""Seconds until a writing that has failed is tried again."""
_TIME_LIMIT: Final = 1.0
"""Seconds to wait for another program that reads a session."""


class Journal:
    """A session: deltas of a run, captured now and then, and written by a thread of its own.

    A session begins with the first iteration, bookmark or lesson, and is deleted if the lesson is
    left before there is anything else. What cannot be written is reported once, and tried again as
    a whole; the run goes on.

    Parameters
    ----------
    folder : Path
        Where sessions are kept.
    report : callable
        Called with a sentence when the session can no longer be kept, and when it can again.
    log : StateLog, optional
        Of the run's states, which waits to know where they are kept.
    """

    def __init__(
        self, folder: Path, report: Callable[[str], None], log: StateLog | None = None
    ) -> None:
        self._folder = folder
        self._report = report
        self._capture = Capture()
        self._notes: dict[str, str] = {}
        self._changed_notes: dict[str, str] = {}
        self._begun = self._has_run = self._touched = self._problem_reported = False
        self._unread = ""
        self._due = 0.0
        self.log = log
        """Keeps the states of the run; another one after `resume`."""
        self._writer = Writer(folder, None, log)
        self._writer.check()
        self._awaits = True

    @property
    def keeps(self) -> bool:
        """Whether the session is being kept: nothing is lost when the program ends."""
        return not self._problem

    @property
    def path(self) -> Path | None:
        """The session's file; None if there is nothing to keep yet."""
        return self._writer.path

    @property
    def time_left(self) -> float:
        """Seconds until `tick` has something to do; infinite if nothing has happened."""
        is_active = self._touched or self._awaits or self._problem_reported
        return max(0.0, self._due - time.monotonic()) if is_active else math.inf

    def touch(self) -> None:
        """Note that something may have changed."""
        self._touched = True

    def note(self, name: str, text: str) -> None:
        """Keep something of the window's, by a name that begins with a letter."""
        if self._notes.get(name) != text:
            self._notes[name] = self._changed_notes[name] = text

    def tick(self, trainer: Trainer) -> None:
        """Write the changes, if the last time is long enough ago."""
        if self.time_left > 0:
            return
        self._due = time.monotonic() + _BRIEF
        if self._writer.is_busy:
            return
        self._awaits = False
        self._report_problem()
        if not self.keeps:
            self._due += _RETRY
            if self._begun:
                self._write(trainer)
            else:
                self._writer.check()
        elif self._touched:
            self._due += INTERVAL
            self._write(trainer)

    def write_now(self, trainer: Trainer) -> None:
        """Write what has changed before work that may take long."""
        if self._touched and self.keeps and not self._writer.is_busy:
            self._write(trainer)

    def resume(self, path: Path, before: Trainer) -> tuple[Trainer, dict[str, str]]:
        """Go on with another session; the one so far stays as it is.

        Raises SessionError if it cannot be continued; then the session so far goes on.

        Returns
        -------
        Trainer
            At the state in which the session was left.
        dict of str to str
            The notes.
        """
        if path == self.path:
            raise SessionError(f"{path.stem} is the session that goes on now.")
        file, log = SessionFile(path, timeout=_TIME_LIMIT), None
        try:
            log = log_of(file)
            resumed = resume(file, before.branches.datasets, log)
            self.close(before)
        except BaseException:
            if log is not None:
                log.close()
            file.close()
            raise
        self.log = log
        self._capture = resumed.capture()
        self._notes, self._changed_notes = dict(resumed.notes), {}
        self._begun, self._has_run, self._touched, self._awaits = True, False, False, True
        self._writer = Writer(self._folder, file, log)
        self._writer.check()
        return resumed.trainer, resumed.notes

    def close(self, trainer: Trainer) -> None:
        """Write the rest, and end the thread."""
        try:
            if self._touched:
                self._write(trainer)
        finally:
            self._writer.close()
        self._report_problem()

    def _write(self, trainer: Trainer) -> None:
        branches = trainer.branches
        doing = self._notes.get(DOING, "")
        kept = map(branches.is_worth_keeping, branches.lasting)
        self._has_run = self._has_run or any(kept)
        self._touched = False
        if self._begun and not (self._has_run or doing):
            self._discard()
        self._begun = self._begun or self._has_run or bool(doing)
        if not self._begun or left_at(trainer).branch.history.last < 0:
            return
        notes = self._changed_notes
        if not self.keeps:
            self._capture.start_again()
            notes = self._notes
        try:
            delta = self._capture.delta(trainer, notes, doing)
        except RunFileError as error:  # of a run that was opened from it
            self._unread, self._awaits = str(error), True
            return
        self._unread, self._changed_notes = "", {}
        if delta is not None:
            self._awaits = True
            self._writer.write(delta)

    def _discard(self) -> None:
        """Delete the session, and begin another one when there is something to keep."""
        self._writer.discard()
        self._capture.start_again()
        self._begun, self._awaits, self._changed_notes = False, True, dict(self._notes)

    @property
    def _problem(self) -> str:
        return self._unread or self._writer.problem

    def _report_problem(self) -> None:
        problem = self._problem
        if problem and not self._problem_reported:
            self._report(f"What you do now is not kept when cnnviz ends, because {problem}")
        elif self._problem_reported and not problem:
            self._report("What you do is kept again.")
        self._problem_reported = bool(problem)
