"""The commands on sessions: the last one is offered at the start; all can be listed."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QTimer, Slot

from cnnviz.app.window.guide_commands import GuideCommands
from cnnviz.app.window.parts import Parts
from cnnviz.training.loop.mailbox import Message

if TYPE_CHECKING:
    from cnnviz.app.sessions.dialog import SessionsDialog
    from cnnviz.training.sessions.delta import SessionSummary
    from cnnviz.training.sessions.folder import SessionEntry

SessionsFolder = Callable[[], Path]
"""Returns the folder in which sessions are kept."""
_KIND: Final = "sessions"
_AFTER: Final = 40
"""Milliseconds until the sessions are read."""


class SessionCommands(QObject):
    """Lists the sessions of a folder, and has the training loop go on with one.

    `folder` is None if sessions are not kept.
    """

    def __init__(self, parts: Parts, folder: SessionsFolder | None, guide: GuideCommands) -> None:
        super().__init__(parts.window)
        self._window, self._loop, self._tasks = parts.window, parts.loop, parts.tasks
        self._busy_notice, self._status, self._guide = parts.busy_notice, parts.status, guide
        self._folder, self._style = folder, parts.style
        self._dialog: SessionsDialog | None = None
        self._last: SessionEntry | None = None
        self._reading = QTimer(self, singleShot=True, interval=_AFTER)
        self._reading.timeout.connect(lambda: self._read(self._offer))
        guide.session_requested.connect(self._resume_last)
        parts.actions.sessions.setEnabled(folder is not None)
        parts.actions.sessions.triggered.connect(self.open)

    @Slot()
    def offer_last(self) -> None:
        """Offer the last session, once the sessions have been read.

        They are read a moment later, because that would hold up the painting of a frame.
        """
        self._reading.start()

    def stop(self) -> None:
        """Read nothing any more: the window closes."""
        self._reading.stop()

    @Slot()
    def open(self) -> None:
        """Show the list of sessions."""
        from cnnviz.app.sessions.dialog import SessionsDialog  # noqa: PLC0415  (not at the start)

        dialog = SessionsDialog(self._style(), self._window)
        dialog.resume_requested.connect(self._resume)
        dialog.delete_requested.connect(self._delete)
        dialog.destroyed.connect(self._forget_dialog)
        self._dialog = dialog
        dialog.open()
        self._read(self._list)

    def _read(self, show: "Callable[[tuple[SessionEntry, ...]], object]") -> None:
        """Read the sessions of the folder, and show them."""
        folder = self._folder
        if folder is not None:
            self._tasks.start(_KIND, lambda _on_progress: _entries(folder), show)

    def _list(self, entries: "tuple[SessionEntry, ...]") -> None:
        if self._dialog is not None:
            self._dialog.show_entries(entries, self._loop.scratch)

    def _offer(self, entries: "tuple[SessionEntry, ...]") -> None:
        from cnnviz.app.sessions.words import figures, when  # noqa: PLC0415  (not at the start)
        from cnnviz.training.sessions.folder import oldest_to_delete  # noqa: PLC0415

        newest = next((e for e in entries if not e.in_use), None)
        if newest is not None and newest.problem:  # it would be missed here
            self._status.show_message(Message(newest.problem, lasting=True))
        self._last = next((e for e in entries if e.summary and _is_of_use(e.summary)), None)
        if self._last is not None and self._last.summary is not None:
            summary = self._last.summary
            text = f"“{summary.name}”, {when(self._last.seconds, time.time())}: {figures(summary)}."
            self._guide.offer_session(text)
            if not self._guide.is_welcoming:
                text = f"File → Sessions… continues where you were: {text}"
                self._status.show_message(Message(text))
        if oldest_to_delete(entries):
            text = "Sessions take much space: choose in File → Sessions… which to delete."
            self._status.show_message(Message(text, lasting=True))

    @Slot()
    def _resume_last(self) -> None:
        if self._last is not None:
            self._resume(self._last.path)

    @Slot(object)
    def _resume(self, path: Path) -> None:
        self._busy_notice.track(self._loop.resume(path))

    @Slot(object)
    def _delete(self, paths: list[Path]) -> None:
        folder = self._folder
        if folder is not None:
            self._tasks.start(
                _KIND,
                lambda _on_progress: _deleted(paths, folder),
                self._list,
                on_error=self._show_problem,
            )

    def _show_problem(self, text: str) -> None:
        self._status.show_message(Message(text, refused=True))
        self._read(self._list)

    @Slot()
    def _forget_dialog(self) -> None:
        self._dialog = None


def _entries(folder: SessionsFolder) -> "tuple[SessionEntry, ...]":
    from cnnviz.training.sessions.folder import sessions_in  # noqa: PLC0415  (slow)

    return sessions_in(folder())


def _is_of_use(summary: "SessionSummary") -> bool:
    """Whether there is something to continue: a lesson that was left leaves no iteration."""
    return summary.iterations > 0 or summary.branches > 1 or bool(summary.doing)


def _deleted(paths: list[Path], folder: SessionsFolder) -> "tuple[SessionEntry, ...]":
    """Delete sessions, and return those that are left."""
    from cnnviz.training.sessions.session_file import delete_session  # noqa: PLC0415  (slow)

    for path in paths:
        delete_session(path)
    return _entries(folder)
