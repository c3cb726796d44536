"""One session as a SQLite database, which one program at a time has open.

SQLite's write-ahead log keeps the file whole whenever the program ends, and its exclusive lock,
which ends with the process, keeps a second program out.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path, PurePath
from typing import Final
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from cnnviz.numerics.network import Parameters
from cnnviz.training.errors import SessionDiskFullError, SessionError, SessionInUseError
from cnnviz.training.run.figures import ROWS
from cnnviz.training.run.held_out_curve import HeldOutCurve
from cnnviz.training.run.state_log import NOT_LOGGED
from cnnviz.training.sessions.blobs import blob_of, numbers_of, parameters_of, put_together
from cnnviz.training.sessions.delta import Delta, HistoryDelta, KeepReason
from cnnviz.training.sessions.records import BranchWriter, position_to_json, summary_to_json
from cnnviz.training.sessions.session_paths import (
    check_files,
    copy_of_read_only,
    files_of,
    states_of,
)

_APPLICATION: Final = 0x434E4E76
_VERSION: Final = 2
"""An older cnnviz would not keep the numbers of logged states up to date."""
_READ: Final = (1, 2)
_SCHEMA: Final = """
CREATE TABLE history (number INTEGER PRIMARY KEY, parent INTEGER, start INTEGER NOT NULL,
                      length INTEGER NOT NULL, spacing INTEGER NOT NULL);
CREATE TABLE curve (row INTEGER PRIMARY KEY, history INTEGER NOT NULL, first INTEGER NOT NULL,
                    figures BLOB NOT NULL);
CREATE TABLE state (history INTEGER NOT NULL, iteration INTEGER NOT NULL, kind INTEGER NOT NULL,
                    parameters BLOB NOT NULL, PRIMARY KEY (history, iteration));
CREATE TABLE branch (number INTEGER PRIMARY KEY, json TEXT NOT NULL);
CREATE TABLE note (name TEXT PRIMARY KEY, text TEXT NOT NULL);
"""
"""`curve` has the figures of states from `first` on; a later row replaces what an earlier one says
of the same states. `note` also has the position and the summary."""
_HELD_OUT: Final = """
CREATE TABLE IF NOT EXISTS held_out (
    history INTEGER NOT NULL, place INTEGER NOT NULL, iteration INTEGER NOT NULL,
    loss REAL, accuracy REAL, images INTEGER NOT NULL, PRIMARY KEY (history, place))
"""
"""The figures on held-out images, which the first sessions do not have."""
_LOGGED: Final = """
CREATE TABLE IF NOT EXISTS logged (row INTEGER PRIMARY KEY, history INTEGER NOT NULL,
                                   first INTEGER NOT NULL, numbers BLOB NOT NULL)
"""
"""The numbers of states in the session's log, in the manner of `curve`."""
POSITION: Final = ".position"
SUMMARY: Final = ".summary"
LOG: Final = ".log"
"""Names of notes; those of the window begin with a letter."""
_SHUT: Final = (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM)
_BUSY: Final = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


class SessionFile:
    """A session's database. Used by one thread at a time.

    SQLite writes even where it only reads, so a copy of a file that cannot be written is read.

    Raises SessionInUseError if another program has it open, and SessionError if it cannot be
    opened, or is not a session.

    Parameters
    ----------
    path : Path
        Created if it is missing and `create` is set.
    timeout : float
        Seconds to wait for another program that has it open.
    """

    def __init__(self, path: Path, *, create: bool = False, timeout: float = 0.0) -> None:
        self.path = path
        check_files(path)
        self._branches, self._version = BranchWriter(), _VERSION
        self._copy = None if create else copy_of_read_only(path)
        opened = path if self._copy is None else Path(self._copy.name) / path.name
        with self._sentences():
            mode = "rwc" if create else "rw"
            self._database = sqlite3.connect(
                f"{uri_of(opened.absolute())}?mode={mode}",
                uri=True,
                timeout=timeout,
                isolation_level=None,
                check_same_thread=False,
            )
            try:
                self._set_up(create=create)
            except BaseException:
                self.close()
                raise

    def _set_up(self, *, create: bool) -> None:
        run = self._database.execute
        run("PRAGMA trusted_schema = OFF")
        run("PRAGMA locking_mode = EXCLUSIVE")
        if create:
            run("PRAGMA journal_mode = WAL")
            run("PRAGMA synchronous = NORMAL")
            self._database.executescript(
                f"BEGIN IMMEDIATE; PRAGMA application_id = {_APPLICATION};"
                f"PRAGMA user_version = {_VERSION}; {_SCHEMA} COMMIT;"
            )
        (application,), (version,) = (
            run(f"PRAGMA {name}").fetchone() for name in ("application_id", "user_version")
        )
        if application != _APPLICATION:
            raise SessionError(f"{self.path} is not a session of cnnviz: move it away.")
        if version not in _READ:
            raise SessionError(
                f"{self.path} has the format version {version}, and this cnnviz reads up to "
                f"{_VERSION}: continue it with a newer cnnviz."
            )
        self._version = version
        run("PRAGMA synchronous = NORMAL")
        run(_HELD_OUT)
        run(_LOGGED)

    @property
    def is_copy(self) -> bool:
        """Whether a copy is read, because the file cannot be written."""
        return self._copy is not None

    def close(self) -> None:
        """Close it, so that another program may open it."""
        with suppress(sqlite3.Error):
            self._database.close()
        if self._copy is not None:
            self._copy.cleanup()

    def write(self, delta: Delta, token: str = "") -> None:
        """Write all of a delta, or nothing.

        Raises SessionError if it cannot be written, as on a full disk; one sentence. Raises
        DataError if images of it cannot be had any more.

        `token` is that of the log, if there is one.
        """
        if self.is_copy:
            raise _unwritable(self.path)
        branches = [
            (record.number, self._branches.json(record, dataset))
            for record, dataset in delta.branches
        ]
        with self._sentences():
            self._database.execute("BEGIN IMMEDIATE")
            try:
                self._write(delta, branches, token)
                self._database.execute("COMMIT")
                self._version = _VERSION
            except BaseException:
                with suppress(sqlite3.Error):
                    self._database.execute("ROLLBACK")
                raise

    def _write(self, delta: Delta, branches: list[tuple[int, str]], token: str) -> None:
        run, run_all = self._database.execute, self._database.executemany
        if self._version != _VERSION:
            run(f"PRAGMA user_version = {_VERSION}")
        if delta.whole:
            for table in ("history", "curve", "state", "logged", "held_out", "branch"):
                run(f"DELETE FROM {table}")  # noqa: S608  (a name from above)
        for number in delta.histories_gone:
            run("DELETE FROM history WHERE number = ?", (number,))
            for table in ("curve", "state", "logged", "held_out"):
                run(f"DELETE FROM {table} WHERE history = ?", (number,))  # noqa: S608  (likewise)
        for history in delta.histories:
            self._write_history(history)
        run_all(
            "INSERT INTO logged (history, first, numbers) VALUES (?, ?, ?)",
            ((number, first, numbers.tobytes()) for number, first, numbers in delta.logged),
        )
        for number, first, curve in delta.held_out:
            run("DELETE FROM held_out WHERE history = ? AND place >= ?", (number, first))
            columns = curve.iteration, curve.loss, curve.accuracy, curve.images
            rows = zip(*(column[first:].tolist() for column in columns), strict=True)
            run_all(
                "INSERT INTO held_out VALUES (?, ?, ?, ?, ?, ?)",
                ((number, first + i, *row) for i, row in enumerate(rows)),
            )
        run_all("DELETE FROM branch WHERE number = ?", [(n,) for n in delta.branches_gone])
        run_all("INSERT OR REPLACE INTO branch VALUES (?, ?)", branches)
        notes = {
            **delta.notes,
            POSITION: position_to_json(delta.position),
            SUMMARY: summary_to_json(delta.summary),
            LOG: token,
        }
        run_all("INSERT OR REPLACE INTO note VALUES (?, ?)", notes.items())

    def _write_history(self, delta: HistoryDelta) -> None:
        run, number = self._database.execute, delta.number
        before = run("SELECT spacing FROM history WHERE number = ?", (number,)).fetchone()
        run(
            "INSERT OR REPLACE INTO history VALUES (?, ?, ?, ?, ?)",
            (number, delta.parent, delta.start, delta.length, delta.spacing),
        )
        run(
            "INSERT INTO curve (history, first, figures) VALUES (?, ?, ?)",
            (number, delta.first, np.ascontiguousarray(delta.values).data),
        )
        run(
            "DELETE FROM state WHERE history = ? AND (iteration >= ? OR kind = ?)",
            (number, delta.first, KeepReason.NEWEST),
        )
        if before is not None and before[0] < delta.spacing:
            run(
                "DELETE FROM state WHERE history = ? AND kind = ? AND iteration % ?",
                (number, KeepReason.CHECKPOINT, delta.spacing),
            )
        self._database.executemany(
            "INSERT INTO state VALUES (?, ?, ?, ?)",
            ((number, i, kind, blob_of(parameters)) for i, kind, parameters in delta.parameters),
        )

    # What is read may be damaged: ValueErrors say so.

    def notes(self) -> dict[str, str]:
        """Return the notes, the position and the summary among them."""
        with self._sentences():
            rows = self._database.execute("SELECT name, text FROM note").fetchall()
        return {name: text for name, text in rows if isinstance(text, str)}

    def branches(self) -> list[tuple[int, str]]:
        """Return the number and the JSON of each branch."""
        with self._sentences():
            rows = self._database.execute("SELECT number, json FROM branch ORDER BY number")
            return [(number, text if isinstance(text, str) else "") for number, text in rows]

    def histories(self) -> list[tuple[int, int | None, int, int]]:
        """Return number, parent, start and length of each history, parents first."""
        with self._sentences():
            rows = self._database.execute("SELECT number, parent, start, length FROM history")
            found = {row[0]: row for row in rows}
        ordered: dict[int, tuple[int, int | None, int, int]] = {}
        while len(ordered) < len(found):
            ready = [n for n in found.keys() - ordered if found[n][1] in {None, *ordered}]
            if not ready:
                raise ValueError("its histories have no beginning")
            ordered |= {number: found[number] for number in ready}
        for number, parent, start, length in ordered.values():
            fits = all(type(n) is int for n in (number, start, length))
            before = ordered[parent][3] if parent is not None else 0
            if not fits or not 0 <= start <= min(before, length) or length < 1:
                raise ValueError("the lengths of its histories do not fit")
        return list(ordered.values())

    def figures(self, history: int, length: int) -> NDArray[np.float64]:
        """Return the figures of a history's states, shape (7, length)."""
        with self._sentences():
            rows = self._database.execute(
                "SELECT first, figures FROM curve WHERE history = ? ORDER BY row", (history,)
            ).fetchall()
        parts = []
        for first, blob in rows:
            if type(first) is not int or not isinstance(blob, bytes) or len(blob) % (8 * ROWS):
                raise ValueError("its curves are damaged")
            parts.append((first, np.frombuffer(blob).reshape(ROWS, -1)))
        return put_together(parts, length)

    def numbers(self, history: int, length: int) -> NDArray[np.int64]:
        """Return the numbers of a history's states in the log, or `NOT_LOGGED`, shape (length,)."""
        with self._sentences():
            rows = self._database.execute(
                "SELECT first, numbers FROM logged WHERE history = ? ORDER BY row", (history,)
            ).fetchall()
        return numbers_of(rows, length)

    def largest_number(self) -> int:
        """Return the largest number of a state in the log that there has been."""
        with self._sentences():
            rows = self._database.execute("SELECT numbers FROM logged")
            blobs = [blob for (blob,) in rows if isinstance(blob, bytes) and len(blob) % 8 == 0]
        largest = (np.frombuffer(blob, np.int64).max(initial=NOT_LOGGED) for blob in blobs)
        return int(max(largest, default=NOT_LOGGED))

    def parameters(self, history: int) -> dict[int, Parameters]:
        """Return the states of a history whose parameters are kept, by iteration."""
        with self._sentences():
            rows = self._database.execute(
                "SELECT iteration, parameters FROM state WHERE history = ?"
                " AND typeof(iteration) = 'integer'",
                (history,),
            )
            return {iteration: parameters_of(blob) for iteration, blob in rows}

    def held_out(self, history: int, length: int) -> HeldOutCurve:
        """Return the curve of the held-out images of a history of some states."""
        with self._sentences():
            rows = self._database.execute(
                "SELECT iteration, loss, accuracy, images FROM held_out WHERE history = ?"
                " AND typeof(iteration) = 'integer' AND typeof(images) = 'integer'"
                " AND iteration BETWEEN 0 AND ? AND images BETWEEN 1 AND 1000000"
                " ORDER BY iteration",
                (history, length - 1),
            ).fetchall()
        columns = list(zip(*rows, strict=True)) or [()] * 4
        try:  # SQLite has NULL in place of NaN
            loss, accuracy = (np.array(column, np.float64) for column in columns[1:3])
        except (TypeError, ValueError):
            raise ValueError("its held-out curve is damaged") from None
        iteration, images = (np.array(columns[i], np.int64) for i in (0, 3))
        return HeldOutCurve(iteration, loss, accuracy, images)

    @contextmanager
    def _sentences(self) -> Iterator[None]:
        """Turn an error of SQLite about the file into a SessionError."""
        try:
            yield
        except sqlite3.Error as error:
            raise _error(self.path, error) from error


def uri_of(path: PurePath) -> str:
    """Return the URI of an absolute path as SQLite reads it.

    It knows no hosts: a shared folder of Windows, which `as_uri` gives one, begins with a second
    pair of slashes.
    """
    text = path.as_posix()
    return f"file://{'' if text.startswith('/') else '/'}{quote(os.fsencode(text), safe='/:')}"


def delete_session(path: Path) -> None:
    """Delete a session, whole or damaged.

    Raises SessionInUseError if a program has it open, and SessionError if it cannot be deleted.
    """
    try:
        SessionFile(path).close()
    except SessionInUseError:
        raise
    except SessionError:
        pass  # it is damaged
    try:
        for file in (*files_of(path), states_of(path)):
            file.unlink(missing_ok=True)
    except OSError as error:
        raise SessionError(
            f"{path} cannot be deleted ({error.strerror or error}): make its folder writable."
        ) from error


def _unwritable(path: Path) -> SessionError:
    return SessionError(f"{path} cannot be written: make its folder writable.")


def _error(path: Path, error: sqlite3.Error) -> SessionError:
    """Return an error of SQLite as a sentence: what is wrong, and what would be right."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in _BUSY:
        return SessionInUseError(f"the session {path.stem} is open in another window.")
    if code == sqlite3.SQLITE_FULL:
        return SessionDiskFullError(f"its disk is full: make room on the disk of {path.parent}.")
    if code in _SHUT:
        return _unwritable(path)
    if code == sqlite3.SQLITE_IOERR:
        return SessionError(f"{path} cannot be written ({error}): make room on its disk.")
    return SessionError(f"{path} is damaged ({error}): delete it, and begin another session.")
