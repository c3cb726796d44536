"""The files that a session consists of."""

import os
import shutil
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from cnnviz.training.errors import SessionError

ENDING: Final = ".session"
STATES: Final = "-states"
"""Is added to a session's name for the file with the states of its log."""


def files_of(path: Path) -> tuple[Path, ...]:
    """Return the files that a session may consist of, without the states of its log."""
    return path, *(path.with_name(path.name + ending) for ending in ("-wal", "-shm", "-journal"))


def states_of(path: Path) -> Path:
    """Return the file with the states of a session's log, which may not exist."""
    return path.with_name(path.name + STATES)


def check_files(path: Path) -> None:
    """Raise a SessionError if a session's file is a folder, or a pipe, which would block."""
    for part in files_of(path):
        with suppress(OSError):  # what may not be looked at is refused when it is opened
            if part.exists() and not part.is_file():
                raise SessionError(f"{part} is not a file: move it away.")


def copy_of_read_only(path: Path) -> TemporaryDirectory[str] | None:
    """Return a folder with a copy of a session that cannot be written; None if it can, or is none.

    Raises SessionError if it cannot be copied.
    """
    if os.access(path.parent, os.W_OK | os.X_OK) and os.access(path, os.W_OK):
        return None
    folder: TemporaryDirectory[str] | None = None
    try:
        if path.is_file():
            folder = TemporaryDirectory(prefix="cnnviz-")
            for part in filter(Path.is_file, files_of(path)):
                shutil.copyfile(part, Path(folder.name) / part.name)
    except OSError as error:
        if folder is not None:
            folder.cleanup()
        raise SessionError(
            f"{path} can be neither written nor copied to be read ({error.strerror or error}): "
            "make its folder writable."
        ) from error
    return folder
