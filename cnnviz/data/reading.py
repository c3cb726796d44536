"""Reading files that may be anything, without taking memory on their word."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.errors import MissingDataError, UnreadableFileError, UnsuitableDataError

DEFLATE_LIMIT = 1032
"""The most bytes that one byte of deflated data can become."""

_MAX_FILE = 512 << 20  # bytes; no collection of digits comes near it
_CHUNK = 1 << 17  # bytes decoded at a time, so that decoders buffer no more than this
_ABSENT = (errno.ENOENT, errno.ENOTDIR)
_FORBIDDEN = (errno.EACCES, errno.EPERM)


class Readable(Protocol):
    """A file, or the decoder of one."""

    def read(self, size: int, /) -> bytes:
        """Return up to `size` bytes; none only at the end."""
        ...


def file_mode(path: Path) -> int:
    """Return the mode of the file at `path`, for the functions of `stat`; links are followed.

    Raises MissingDataError if nothing is there, and UnreadableFileError if its folder may not be
    read.
    """
    with explained(path):
        try:
            return path.stat().st_mode
        except ValueError:  # a name that no file can have
            raise MissingDataError(
                f"{str(path)!r} cannot be the name of a file: choose another."
            ) from None


@contextmanager
def open_regular(path: Path) -> Iterator[BufferedReader]:
    """Open a regular file for reading; anything else could hang or never end.

    Raises
    ------
    MissingDataError
        If nothing is there.
    UnreadableFileError
        If it is not a regular file, or reading it fails now or while it is open.
    UnsuitableDataError
        If it is far larger than any collection of digits.
    """
    if not stat.S_ISREG(file_mode(path)):
        raise UnreadableFileError(f"{path} is not a regular file: choose a file of images.")
    with explained(path), path.open("rb") as file:
        if file_size(file) > _MAX_FILE:
            raise UnsuitableDataError(
                f"{path} is larger than {_MAX_FILE >> 20} MB: choose a file of 28 × 28 images."
            )
        yield file


def file_size(file: BufferedReader) -> int:
    """Return how many bytes an open file has."""
    return os.fstat(file.fileno()).st_size


def read_bytes(stream: Readable, count: int) -> NDArray[np.uint8]:
    """Read exactly `count` bytes, a plausible number, into an array, without more memory than that.

    Raises EOFError if the stream ends before.
    """
    array = np.empty(count, np.uint8)
    view = array.data
    done = 0
    while done < count:
        part = stream.read(min(_CHUNK, count - done))
        if not part:
            raise EOFError
        view[done : done + len(part)] = part
        done += len(part)
    return array


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn an error of the system about `path` into a sentence.

    Raises
    ------
    MissingDataError, UnreadableFileError
        In place of an OSError.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _ABSENT:
            raise MissingDataError(f"{path} does not exist: check the name.") from error
        if error.errno in _FORBIDDEN:
            raise UnreadableFileError(
                f"{path} may not be read: change its permissions or choose another file."
            ) from error
        raise UnreadableFileError(
            f"{path} cannot be read ({error.strerror or error}): choose another file."
        ) from error
