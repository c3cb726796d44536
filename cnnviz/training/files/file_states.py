"""The states of a run file, read from it when they are needed: a long run takes no memory."""

import os
import weakref
from io import FileIO
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from cnnviz.numerics.network import DENSE_SIZE, FILTER_COUNT, FILTER_SIZE, Floats
from cnnviz.training.errors import RunFileError
from cnnviz.training.run.states import States

_F = (FILTER_SIZE, FILTER_SIZE, FILTER_COUNT)
_WO = (DENSE_SIZE, 1)


class FileStates(States):
    """States that lie one after another in a file, which stays open as long as they are used.

    Parameters
    ----------
    file : FileIO
        Closed with the states. Another file may take its place, but it must stay as it is.
    f_at, wo_at : int
        Where the filters and the dense weights of state 0 begin, in bytes.
    count : int
        T + 1.
    dtype : dtype
        Of the numbers, in this machine's byte order.
    """

    def __init__(
        self, path: Path, file: FileIO, f_at: int, wo_at: int, count: int, dtype: np.dtype[Any]
    ) -> None:
        self.dtype = dtype
        self._path, self._count = path, count
        self._at = {_F: f_at, _WO: wo_at}
        self._lock = Lock()
        self._file = file
        weakref.finalize(self, file.close)
        self._made = self._stamp()

    def __len__(self) -> int:
        """Return T + 1."""
        return self._count

    def block(self, iteration: int, most: int) -> tuple[Floats, Floats]:
        """Return the parameters of a state and of some that follow.

        Raises RunFileError if the file has been changed, or can no longer be read.
        """
        count = min(most, self._count - iteration)
        with self._lock:
            return self._read(_F, iteration, count), self._read(_WO, iteration, count)

    def _read(self, shape: tuple[int, ...], iteration: int, count: int) -> Floats:
        states: Floats = np.empty((count, *shape), self.dtype)
        try:
            self._file.seek(self._at[shape] + iteration * states[:1].nbytes)
            rest = states.reshape(-1).view(np.uint8).data
            while rest and (got := self._file.readinto(rest)):
                rest = rest[got:]
            whole = not rest and self._stamp() == self._made
        except OSError:
            whole = False
        if not whole:
            raise RunFileError(
                f"{self._path} has been changed since it was opened, or can no longer be read: "
                "open it, or a copy of it, again."
            )
        states.setflags(write=False)
        return states

    def _stamp(self) -> tuple[int, int]:
        status = os.fstat(self._file.fileno())
        return status.st_size, status.st_mtime_ns
