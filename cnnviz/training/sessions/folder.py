"""A folder with sessions: its contents, and the space that it takes."""

import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from cnnviz.training.errors import SessionError, SessionInUseError
from cnnviz.training.sessions.delta import SessionSummary
from cnnviz.training.sessions.kept_states import states_size
from cnnviz.training.sessions.records import summary_from_json
from cnnviz.training.sessions.session_file import SUMMARY, SessionFile
from cnnviz.training.sessions.session_paths import ENDING, files_of

MOST_BYTES: Final = 2_000_000_000
"""Bytes that sessions may take, without their states: nothing more is kept beyond."""
MANY_BYTES: Final = 3 * MOST_BYTES // 4
"""Bytes from which a person is asked to delete the oldest."""
_TIME_LIMIT: Final = 0.1
"""Seconds to wait for another program that lists the sessions, too."""


@dataclass(frozen=True, slots=True)
class SessionEntry:
    """A session in the folder."""

    path: Path
    seconds: float
    """When it was written last, in seconds since 1970."""
    size: int
    """Bytes, without those of the states."""
    summary: SessionSummary | None
    """None if it cannot be read, as `problem` says."""
    problem: str = ""
    in_use: bool = False
    """Whether a program has it open."""
    states: int = 0
    """Bytes of the states that are kept so that runs are saved fast."""


def sessions_in(folder: Path) -> tuple[SessionEntry, ...]:
    """Return the sessions of a folder, the newest first; none if it cannot be read."""
    entries = [_entry(path) for path in _paths(folder)]
    return tuple(sorted(entries, key=lambda entry: entry.seconds, reverse=True))


def size_of(folder: Path) -> int:
    """Return the bytes that the sessions of a folder take, without their states."""
    return sum(_size(path) for path in _paths(folder))


def oldest_to_delete(entries: Sequence[SessionEntry]) -> tuple[SessionEntry, ...]:
    """Return the oldest sessions without which the others take less than `MANY_BYTES`."""
    left, oldest = sum(entry.size for entry in entries), []
    for entry in reversed(entries):
        if left >= MANY_BYTES and not entry.in_use:
            oldest.append(entry)
            left -= entry.size
    return tuple(oldest)


def _paths(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as found:
            names = [one.name for one in found if one.name.endswith(ENDING)]
    except OSError:
        return []
    return [folder / name for name in names]


def _size(path: Path) -> int:
    size = 0
    for part in files_of(path):
        with suppress(OSError):
            size += part.stat().st_size
    return size


def _entry(path: Path) -> SessionEntry:
    size, seconds, states = _size(path), 0.0, states_size(path)
    for part in files_of(path):
        with suppress(OSError):
            seconds = max(seconds, part.stat().st_mtime)
    entry = SessionEntry(path, seconds, size, None, states=states)
    try:
        file = SessionFile(path, timeout=_TIME_LIMIT)
    except SessionInUseError as error:
        return replace(entry, problem=str(error), in_use=True)
    except SessionError as error:
        return replace(entry, problem=str(error))
    try:
        summary = summary_from_json(file.notes().get(SUMMARY, ""))
    except (SessionError, ValueError) as error:
        return replace(entry, problem=f"{path} is damaged ({error}).")
    finally:
        file.close()
    return replace(entry, seconds=summary.seconds, summary=summary)
