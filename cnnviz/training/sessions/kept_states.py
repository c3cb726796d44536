"""The file beside a session with the states of its log: nothing in it is needed, but it saves time.

Only the program that has the session open uses the file. Those of all sessions together are bounded
by removing the oldest; what was in them is computed again.
"""

import os
from contextlib import suppress
from pathlib import Path

from cnnviz.training.errors import SessionError, SessionInUseError
from cnnviz.training.run.chunk_file import ChunkFile
from cnnviz.training.run.state_log import MOST_BYTES, StateLog
from cnnviz.training.sessions.session_file import LOG, SessionFile
from cnnviz.training.sessions.session_paths import ENDING, STATES, states_of


def log_of(file: SessionFile) -> StateLog:
    """Return the log of a session that is open, with the states that are still in its file.

    If that cannot be written, another one without a name takes its place.

    Raises SessionError if the session cannot be read.
    """
    if file.is_copy:
        return StateLog(ChunkFile(), after=file.largest_number())
    path, token = states_of(file.path), _token(file)
    if not token:  # the file is of another session
        with suppress(OSError):
            path.unlink(missing_ok=True)
    return StateLog(ChunkFile(path, token), after=file.largest_number())


def _token(file: SessionFile) -> bytes:
    try:
        return bytes.fromhex(file.notes().get(LOG, ""))
    except ValueError:
        return b""


def states_size(session: Path) -> int:
    """Return the bytes that the states of a session take."""
    with suppress(OSError):
        return states_of(session).stat().st_size
    return 0


def make_room(folder: Path, current: Path | None, most: int = MOST_BYTES) -> None:
    """Remove the states of sessions, those of the oldest first, until they take `most` bytes.

    Those of the current session stay, and of those that other programs have open.
    """
    found: list[tuple[float, int, Path]] = []
    with suppress(OSError), os.scandir(folder) as files:
        for file in files:
            if file.name.endswith(ENDING + STATES):
                status = file.stat()
                found.append((status.st_mtime, status.st_size, Path(file.path)))
    total = sum(size for _, size, _ in found)
    for _, size, path in sorted(found):
        session = path.with_name(path.name.removesuffix(STATES))
        if session != current and (total > most or not session.exists()) and not _in_use(session):
            with suppress(OSError):
                path.unlink()
                total -= size


def _in_use(session: Path) -> bool:
    try:
        SessionFile(session).close()
    except SessionInUseError:
        return True
    except SessionError:  # it is damaged, or missing
        return False
    return False
