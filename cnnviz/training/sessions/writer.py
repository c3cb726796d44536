"""The thread that writes a session, so that training does not wait for the disk."""

import os
import secrets
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import Final

from cnnviz.data.errors import DataError
from cnnviz.training.errors import SessionDiskFullError, SessionError
from cnnviz.training.limits import readable_size
from cnnviz.training.run.state_log import StateLog
from cnnviz.training.sessions.delta import Delta
from cnnviz.training.sessions.folder import MOST_BYTES, size_of
from cnnviz.training.sessions.kept_states import make_room
from cnnviz.training.sessions.session_file import SessionFile
from cnnviz.training.sessions.session_paths import ENDING, files_of, states_of

_NEW: Final = ".new"
"""Ends the name of a session that is yet to be written for the first time."""
_ABANDONED: Final = 3_600
"""Seconds after which such a file is one of a program that was killed."""
_TIME_LIMIT: Final = 1.0
"""Seconds to wait for another program that looks at the session."""
_MEASURED: Final = 60
"""Writings after which the space that all sessions take is measured again."""


class Writer:
    """Writes deltas to a session in a folder, one at a time, and never raises.

    Parameters
    ----------
    folder : Path
        Created if it is missing.
    file : SessionFile, optional
        A session to go on with; otherwise, one is created for the first delta.
    log : StateLog, optional
        Is kept beside the session.
    """

    def __init__(self, folder: Path, file: SessionFile | None, log: StateLog | None) -> None:
        self._folder = folder
        self._file, self._log = file, log
        self._token = "" if log is None else log.token
        self.path = file.path if file else None
        """The session's file; None before the first delta."""
        self._written = 0
        self._queue: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread = Thread(target=self._run, name="sessions")
        self.problem = ""
        """Why the last delta has not been written; "" if it has."""
        self.is_busy = False
        """Whether something is yet to be written."""
        self._thread.start()

    def write(self, delta: Delta) -> None:
        """Write a delta, after which `is_busy` is false and `problem` says how it went."""
        self._do(lambda: self._write(delta))

    def discard(self) -> None:
        """Delete the session; one is created for the next delta."""
        self._do(self._discard)

    def check(self) -> None:
        """Find out whether sessions can be kept in the folder, as `problem` says then."""
        self._do(self._check)

    def close(self) -> None:
        """End the thread, after everything has been written, and the log."""
        self._queue.put(None)
        self._thread.join()

    def _do(self, act: Callable[[], None]) -> None:
        self.is_busy = True
        self._queue.put(act)

    def _run(self) -> None:
        while (act := self._queue.get()) is not None:
            try:
                act()
                self.problem = ""
            except (SessionError, DataError) as error:
                self.problem = str(error)
            except OSError as error:
                reason = error.strerror or str(error)
                self.problem = f"{self._folder} cannot be used ({reason}): make it writable."
            except Exception as error:  # the session must not take the window down with it
                self.problem = f"of an error in cnnviz: {type(error).__name__}: {error}."
            if self.problem and self._log is not None:
                self._log.keep_in(None)  # it is of use until the program ends
            self.is_busy = False
        if self._log is not None:
            self._log.close()  # as long as the session is open, no other program uses its states
        if self._file is not None:
            self._file.close()

    def _check(self) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        if not os.access(self._folder, os.W_OK | os.X_OK):
            raise SessionError(f"{self._folder} cannot be written: make it writable.")
        for path in self._folder.glob(f"*{ENDING}{_NEW}*"):
            if path.stat().st_mtime < time.time() - _ABANDONED:
                path.unlink(missing_ok=True)
        self._measure()

    def _measure(self) -> None:
        size = size_of(self._folder)
        if size > MOST_BYTES:
            raise SessionError(
                f"sessions take {readable_size(size)} and may take {readable_size(MOST_BYTES)}: "
                "delete some in File → Sessions…"
            )

    def _write(self, delta: Delta) -> None:
        if self._written % _MEASURED == 0 or self.problem:
            self._check()
        try:
            self._file = self._written_to(self._file or self._reopened(), delta)
        except SessionDiskFullError:
            make_room(self._folder, self.path, 0)
            if self._log is not None and self._log.is_on_disk_of(self._folder):
                self._drop_states(self.path)
            raise
        self._written += 1
        make_room(self._folder, self.path)

    def _written_to(self, file: SessionFile | None, delta: Delta) -> SessionFile:
        """Write a delta to a session, by default a new one, and return it."""
        if file is None:
            return self._begun(delta)
        try:
            file.write(delta, self._token)
        except SessionError:
            file.close()  # what SQLite cannot write now, it may write to a file opened anew
            self._file = None
            raise
        return file

    def _reopened(self) -> SessionFile | None:
        """Open the session again after a failure; None if there is none, or it is damaged."""
        if self.path is not None:
            with suppress(SessionError):
                return SessionFile(self.path)
        return None

    def _drop_states(self, path: Path | None) -> None:
        """Remove the states of a session, all of which can be computed again."""
        if self._log is not None:
            self._log.drop()
        if path is not None:
            states_of(path).unlink(missing_ok=True)

    def _discard(self) -> None:
        file, path, self._file, self.path = self._file, self.path, None, None
        if file is not None:
            file.close()
        for part in files_of(path) if path is not None else ():
            part.unlink(missing_ok=True)
        self._drop_states(path)

    def _begun(self, delta: Delta) -> SessionFile:
        """Begin a session, which has its name only once it is whole."""
        name = f"{time.strftime('%Y-%m-%d-%H%M%S')}-{secrets.token_hex(2)}{ENDING}"
        path, new = self._folder / name, self._folder / f"{name}{_NEW}"
        parts = files_of(new)
        try:
            file = SessionFile(new, create=True)
            try:
                file.write(delta, self._token)
            finally:
                file.close()
            if any(part.exists() for part in parts[1:]):  # the disk is full
                raise SessionDiskFullError(f"{path} cannot be written: make room on its disk.")
            new.rename(path)
        finally:
            for part in parts:
                part.unlink(missing_ok=True)
        self.path = path
        begun = SessionFile(path, timeout=_TIME_LIMIT)
        if self._log is not None:
            self._log.keep_in(states_of(path))
        return begun
