"""Files that are written whole or not at all: the one way in which this program writes any."""

import errno
import os
import re
import secrets
import shutil
import stat
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO, Final

if sys.platform != "win32":
    import fcntl

_TEMPORARY: Final = re.compile(r"\.cnnviz-[0-9a-f]{16}\.tmp")
_ABANDONED: Final = 3_600
"""Seconds after which a temporary file is one of a program that was killed, without locks."""
_OPEN_ELSEWHERE: Final = (5, 32)
"""Windows' errors of a file that another program has open: no access, and no sharing."""
_LONGEST: Final = 200
"""Characters of a path that are shown of it."""


class UnwritableFileError(Exception):
    """A file cannot be written; the message gives the reason and a remedy in one sentence.

    Parameters
    ----------
    errno : int, optional
        The system's reason, if there is one.
    strerror : str, optional
        The same in words.
    """

    def __init__(self, message: str, errno: int | None = None, strerror: str | None = None) -> None:
        super().__init__(message)
        self.errno = errno
        self.strerror = strerror


def check_writable(path: Path) -> None:
    """Refuse a path to which no file can be written.

    Raises UnwritableFileError if its folder is missing or may not be written to, or if what is
    there is no file or is read-only.
    """
    try:
        _check(path, _target(path))
    except ValueError as error:
        raise UnwritableFileError(f"{str(path)!r} cannot name a file: choose another.") from error
    except OSError as error:
        raise UnwritableFileError(_sentence(path, error), error.errno, error.strerror) from error


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """Write a file under a temporary name in its folder, and rename it at the end.

    Whatever goes wrong, an older file of this name stays whole, and nothing else is left. The new
    file has the permissions of the older one. A link stays; what it points to is replaced. The
    temporary files of programs that were killed are removed.

    Yields
    ------
    BinaryIO
        What to write to.

    Raises
    ------
    UnwritableFileError
        If it cannot be written, as on a full disk.
    """
    check_writable(path)
    target = _target(path)
    try:
        _remove_abandoned(target.parent)
        temporary, file = _create(target.parent)
        try:
            with _locked(file):
                with file:
                    if target.exists():
                        _copy_permissions(target, temporary)
                    yield file
                    file.flush()
                    os.fsync(file.fileno())
                temporary.replace(target)
        finally:
            with suppress(FileNotFoundError):
                temporary.unlink()
    except OSError as error:
        raise UnwritableFileError(_sentence(path, error), error.errno, error.strerror) from error


def write_whole(path: Path, content: bytes) -> None:
    """Write a file whole or not at all; raise as `replacing` does."""
    with replacing(path) as file:
        file.write(content)


def _target(path: Path) -> Path:
    """Return the file to write: the target of a link instead of the link."""
    return Path(os.path.realpath(path))


def _check(path: Path, target: Path) -> None:
    name, folder = _shown(path), target.parent
    mode = path.stat().st_mode if path.exists() else None
    if not folder.is_dir() or (mode is not None and stat.S_ISDIR(mode)):
        raise UnwritableFileError(f"{name} cannot be written: name a file in a folder that exists.")
    if mode is not None and not stat.S_ISREG(mode):
        raise UnwritableFileError(f"{name} is not a file: name one that can be written to.")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UnwritableFileError(
            f"{name} cannot be written: its folder may not be written to.", errno.EACCES
        )
    # An administrator may write to every file, but this one is marked as read-only.
    if mode is not None and (not mode & 0o222 or not os.access(target, os.W_OK)):
        raise UnwritableFileError(
            f"{name} is read-only: name another file, or change its permissions.", errno.EACCES
        )


def _create(folder: Path) -> tuple[Path, BinaryIO]:
    while True:
        path = folder / f".cnnviz-{secrets.token_hex(8)}.tmp"
        file = path.open("xb")
        _lock(file.fileno())
        if path.exists():  # it was not removed as abandoned before it was locked
            return path, file
        file.close()


@contextmanager
def _locked(file: BinaryIO) -> Iterator[None]:
    """Keep a file locked after it is closed; the lock ends with this process at the latest."""
    descriptor = os.dup(file.fileno()) if sys.platform != "win32" else None
    try:
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _lock(descriptor: int) -> bool:
    """Lock a file; False if another process has, or the file system has no locks."""
    if sys.platform != "win32":
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return False
    return True


def _remove_abandoned(folder: Path) -> None:
    """Remove the temporary files of processes that are gone: their locks went with them.

    Windows removes no file that is open, so there the age of those that are closed decides.
    """
    with suppress(OSError), os.scandir(folder) as entries:
        abandoned = [
            entry.path
            for entry in entries
            if _TEMPORARY.fullmatch(entry.name) and entry.is_file(follow_symlinks=False)
        ]
        for path in map(Path, abandoned):
            with suppress(OSError):
                if sys.platform == "win32":
                    if path.stat().st_mtime < time.time() - _ABANDONED:
                        path.unlink()
                    continue
                with path.open("r+b") as file:
                    if _lock(file.fileno()):
                        path.unlink()


def _copy_permissions(source: Path, target: Path) -> None:
    """Copy owner, permissions and access list from one file to another, as far as allowed."""
    with suppress(OSError):
        owner = source.stat()
        if sys.platform != "win32" and (owner.st_uid, owner.st_gid) != (os.getuid(), os.getgid()):
            os.chown(target, owner.st_uid, owner.st_gid)
    shutil.copystat(source, target)


def _sentence(path: Path, error: OSError) -> str:
    """Return the reason why a file cannot be written, and a remedy."""
    name, number = _shown(path), error.errno
    if number in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
        return (
            f"{name} was not written, for its disk is full: make room, or name a file on another "
            "disk."
        )
    if number == errno.ENAMETOOLONG:
        return f"{name} is too long a name for a file: choose a shorter one."
    if getattr(error, "winerror", None) in _OPEN_ELSEWHERE:
        return (
            f"{name} cannot be written, for another program may have it open: close it there, or "
            "choose another name."
        )
    reason = (error.strerror or str(error) or "unknown reason").rstrip(".")
    return f"{name} cannot be written ({reason}): name a file in another folder."


def _shown(path: Path) -> str:
    text = str(path)
    return text if len(text) <= _LONGEST else f"…{text[-_LONGEST:]}"
