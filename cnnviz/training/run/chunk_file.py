"""A file with chunks of states, each of which is checked when it is read.

A file with a name begins with an entry for each chunk: its key, and a digest of its content. So a
chunk that is damaged, half written, or of another log is never mistaken for the one that is wanted,
whatever has happened to the file.
"""

import errno
import hashlib
import os
import secrets
import shutil
import struct
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from threading import Lock
from typing import Any, Final

import numpy as np

from cnnviz.numerics.landscape.vectors import WEIGHTS
from cnnviz.numerics.network import Floats

CHUNK: Final = 1 << 20
"""Bytes of a chunk: 72 states in float64."""
SHARE: Final = 0.25
"""Share of the disk's free space that a file may take, at most."""
_ENTRY: Final = struct.Struct("=qii16s")
_START: Final = 1 << 16
"""Bytes of the entries, which are enough for 2,048 chunks."""
_MOST_KEYS: Final = 1 << 48
_ITEMSIZES: Final = (4, 8)


@dataclass(frozen=True, slots=True)
class ChunkEntry:
    """A chunk of a file."""

    key: int
    """Names the chunk in its log; positive."""
    itemsize: int
    """Bytes of a number."""
    count: int
    """States."""
    digest: bytes
    """Of the three and of the states, by the log's token."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """The precision of the states."""
        return np.dtype(f"f{self.itemsize}")


class ChunkFile:
    """Chunks of states in numbered slots of a file. Any thread may use it.

    Parameters
    ----------
    path : Path, optional
        The file, which is created when the first chunk is written if it is missing. By default, it
        has no name, and nothing is left of it however the program ends.
    token : bytes, optional
        Names the log whose chunks are read; by default, a new one.
    share : float
        Share of the disk's free space that the file may take.
    """

    def __init__(
        self,
        path: Path | None = None,
        token: bytes = b"",
        share: float = SHARE,
    ) -> None:
        self.token = token or secrets.token_bytes(16)
        self._path, self._share = path, share
        self._folder = scratch_folder() if path is None else path.parent
        self._lock = Lock()
        self._file: FileIO | None = None
        self._is_closed = False

    @property
    def free(self) -> int:
        """Bytes that a file without a name may take."""
        try:
            return int(self._share * shutil.disk_usage(self._folder).free)
        except OSError:
            return 0

    @property
    def has_name(self) -> bool:
        """Whether the file stays when the program ends."""
        return self._path is not None

    def is_on_disk_of(self, folder: Path) -> bool:
        """Whether the file takes space on the disk of a folder."""
        with self._lock, suppress(OSError):
            file = self._path if self._file is None else self._file.fileno()
            return file is not None and os.stat(file).st_dev == folder.stat().st_dev  # noqa: PTH116
        return False

    def entries(self) -> dict[int, ChunkEntry]:
        """Return the chunks by slot, as far as the file says; none if it cannot be read."""
        content = b""
        with self._lock, suppress(OSError):
            self._open(create=False)
            if self._file is not None:
                content = _read(self._file, 0, _START)
        whole = len(content) // _ENTRY.size * _ENTRY.size
        found = enumerate(ChunkEntry(*fields) for fields in _ENTRY.iter_unpack(content[:whole]))
        return {slot: entry for slot, entry in found if _is_sound(entry)}

    def write(self, slot: int, key: int, states: Floats) -> ChunkEntry:
        """Write a chunk of states, shape (S, 1803), and return its entry.

        Raises OSError if it cannot be written, or would take too much of the disk.
        """
        content = states.reshape(-1).view(np.uint8).data
        size, count = states.dtype.itemsize, len(states)
        digest = self._digest(key, size, count, content) if self.has_name else b""
        entry = ChunkEntry(key, size, count, digest)
        at = _START + slot * CHUNK
        with self._lock:
            self._open(create=True)
            if self._file is None:
                raise OSError(errno.EBADF, os.strerror(errno.EBADF))
            grows = at + content.nbytes > os.fstat(self._file.fileno()).st_size
            if grows and at + CHUNK > self._share * (shutil.disk_usage(self._folder).free + at):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            _write(self._file, at, content)
            if self.has_name:
                fields = entry.key, entry.itemsize, entry.count, entry.digest
                _write(self._file, slot * _ENTRY.size, memoryview(_ENTRY.pack(*fields)))
        return entry

    def read(self, slot: int, entry: ChunkEntry) -> Floats | None:
        """Return the states of a chunk, shape (S, 1803); None if they are not those any more."""
        key, size, count = entry.key, entry.itemsize, entry.count
        content = b""
        with self._lock, suppress(OSError):
            self._open(create=False)
            if self._file is not None:
                content = _read(self._file, _START + slot * CHUNK, count * WEIGHTS * size)
        if self.has_name:
            whole = self._digest(key, size, count, memoryview(content)) == entry.digest
        else:  # nobody else can write to it
            whole = len(content) == count * WEIGHTS * size
        if not whole:
            return None
        return np.frombuffer(content, entry.dtype).reshape(count, WEIGHTS)

    def close(self) -> None:
        """Close the file, which can neither be read nor written any more."""
        with self._lock:
            self._is_closed = True
            if self._file is not None:
                self._file.close()
                self._file = None

    def _open(self, *, create: bool) -> None:
        if self._file is not None or self._is_closed:
            return
        if self._path is None:
            if create:
                self._file = tempfile.TemporaryFile(buffering=0, dir=self._folder)  # noqa: SIM115
            return
        with suppress(FileNotFoundError):
            self._file = self._path.open("r+b", buffering=0)
        if self._file is None and create:
            self._file = self._path.open("x+b", buffering=0)

    def _digest(self, key: int, itemsize: int, count: int, content: memoryview) -> bytes:
        sha = hashlib.sha256(self.token)
        sha.update(struct.pack("=qii", key, itemsize, count))
        sha.update(content)
        return sha.digest()[:16]


def _read(file: FileIO, at: int, size: int) -> bytes:
    """Return up to `size` bytes."""
    file.seek(at)
    content = bytearray(size)
    rest = memoryview(content)
    while rest and (got := file.readinto(rest)):
        rest = rest[got:]
    return bytes(content[: size - len(rest)])


def _write(file: FileIO, at: int, content: memoryview) -> None:
    file.seek(at)
    while content:
        content = content[file.write(content) :]


def rows_of(dtype: np.dtype[Any]) -> int:
    """Return how many states a chunk holds in a precision."""
    return CHUNK // (WEIGHTS * dtype.itemsize)


def _is_sound(entry: ChunkEntry) -> bool:
    known = 0 < entry.key < _MOST_KEYS and entry.itemsize in _ITEMSIZES
    return known and 0 < entry.count <= rows_of(entry.dtype)


def scratch_folder() -> Path:
    """Return a folder on a disk: /tmp is in memory on many machines.

    If no folder can be written, it is one in which creating the file fails.
    """
    disk = Path("/var/tmp")  # noqa: S108  (the file has no name there)
    on_disk = "TMPDIR" not in os.environ and os.access(disk, os.W_OK | os.X_OK)
    if not on_disk:
        with suppress(FileNotFoundError):
            return Path(tempfile.gettempdir())
    return disk
