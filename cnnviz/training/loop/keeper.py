"""Keeps the run of a training loop in a session, if there is a folder for sessions."""

import math
import time
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final

from cnnviz.training.errors import SessionError
from cnnviz.training.loop.mailbox import Mailbox, Message
from cnnviz.training.run.state_log import StateLog
from cnnviz.training.run.trainer import Trainer

if TYPE_CHECKING:
    from cnnviz.training.sessions.journal import Journal

BEGINNING: Final = 0.5
"""Seconds after which the journal is begun, so that the window has its first picture before."""


class Keeper:
    """The journal of a loop. Used by the training thread; any thread may use `keeps` and `note`.

    `folder` returns where sessions are kept; None if they are not. `mailbox` receives messages, and
    the notes of a session that is continued.
    """

    def __init__(self, folder: Callable[[], Path] | None, mailbox: Mailbox) -> None:
        self.log = None if folder is None else StateLog()
        """The log of the run's states; another one after `resume`."""
        self._folder, self._mailbox = folder, mailbox
        self._journal: Journal | None = None
        self._notes: SimpleQueue[tuple[str, str]] = SimpleQueue()
        self._begins = time.monotonic() + BEGINNING

    @property
    def keeps(self) -> bool:
        """Whether everything is being kept, as far as is known."""
        if self._journal is None:
            return self._folder is not None
        return self._journal.keeps

    @property
    def time_left(self) -> float:
        """Seconds until `keep` has something to do."""
        if self._folder is None:
            return math.inf
        if self._journal is None:
            return max(0.0, self._begins - time.monotonic())
        return self._journal.time_left

    def note(self, name: str, text: str) -> None:
        """Keep a note of the window, by a name that begins with a letter."""
        if self._folder is not None:
            self._notes.put((name, text))

    def touch(self) -> None:
        """Note that something may have changed."""
        if self._journal is not None:
            self._journal.touch()

    def keep(self, trainer: Trainer) -> None:
        """Write the changes, if the last time is long enough ago."""
        if self._folder is not None and self.time_left <= 0:
            self._with_notes(self._folder).tick(trainer)

    def keep_now(self, trainer: Trainer) -> None:
        """Write the changes before work that may take long."""
        if self._journal is not None and self._folder is not None:
            self._with_notes(self._folder).write_now(trainer)

    def end(self, trainer: Trainer) -> None:
        """Write the rest."""
        if self._folder is not None:
            journal = self._with_notes(self._folder)
            journal.touch()
            journal.close(trainer)

    def resume(self, session: Path, before: Trainer) -> Trainer:
        """Go on with another session, and return its run.

        Raises SessionError if it cannot be continued; then the session so far goes on.
        """
        if self._folder is None:
            raise SessionError("sessions are not kept here.")
        journal = self._with_notes(self._folder)
        trainer, notes = journal.resume(session, before)
        self.log = journal.log
        self._mailbox.put_notes(notes)
        return trainer

    def _with_notes(self, folder: Callable[[], Path]) -> "Journal":
        """Return the journal, which is begun if it has not been yet, with all notes so far."""
        if self._journal is None:
            from cnnviz.training.sessions.journal import Journal  # noqa: PLC0415  (slow)

            self._journal = Journal(folder(), self._report, self.log)
            self._journal.touch()  # something may have happened before
        while not self._notes.empty():
            self._journal.note(*self._notes.get())
        return self._journal

    def _report(self, sentence: str) -> None:
        self._mailbox.put_message(Message(sentence, lasting=True))
