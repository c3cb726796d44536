"""A scratch file with the parameters of states, so that saving a long run only copies them.

To compute 100,000 states again takes minutes, to read them seconds. The file has no name, so that
nothing is left of it however the program ends; everything in it can be recomputed.
"""

import errno
import os
import shutil
import tempfile
import time
from array import array
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import IO, Any, Final

import numpy as np

from cnnviz.numerics.network import DENSE_SIZE, FILTER_COUNT, FILTER_SIZE, Floats, Parameters

MOST_BYTES: Final = 2_000_000_000
"""Bytes of the file, at most: 137,000 states in float64. Then the oldest are overwritten."""
MOST_WRITTEN: Final = 8_000_000_000
"""Bytes that one log ever writes, so that it does not wear out a disk over night."""
SHARE: Final = 0.25
"""Share of the disk's free space that the file may take, at most."""
CHUNK: Final = 1 << 20
"""Bytes that are written at once: 72 states in float64."""
MOST_RATE: Final = 20e6
"""Bytes written each second, at most: 1,390 states in float64. A faster run is recomputed fast."""
NOT_LOGGED: Final = -1
"""Stands in place of a state's number in the log."""
_WAITING: Final = 16
"""Chunks that wait for a slow disk, at most; further ones are not written."""
_ROWS: Final = 1 << 10
"""More than the states of any chunk; the first state of chunk c has the number c · _ROWS."""
_F: Final = (FILTER_SIZE, FILTER_SIZE, FILTER_COUNT)
_FILTERS: Final = FILTER_SIZE * FILTER_SIZE * FILTER_COUNT
_STATE: Final = _FILTERS + DENSE_SIZE


@dataclass(slots=True)
class _Chunk:
    """States of one precision, in memory until they are in the file."""

    dtype: np.dtype[Any]
    states: Floats | None
    slot: int = 0
    """Where they are in the file, in chunks."""


class StateLog:
    """Keeps the parameters of the newest states, of all branches, in a file.

    One thread adds states, and does not wait for the disk; any thread reads them. If there is
    little room, the disk is slow or iterations are very fast, fewer are kept. Once `MOST_WRITTEN`
    bytes have been written, those that are in the file stay, and no new ones are added.

    Parameters
    ----------
    folder : Path, optional
        Where the file is; by default, the system's folder for large temporary files.
    most : int
        Bytes of the file, at most.
    """

    def __init__(self, folder: Path | None = None, most: int = MOST_BYTES) -> None:
        self._folder: Path | None = folder
        self._room = most // CHUNK
        self._lock, self._file_lock = Lock(), Lock()
        self._chunks: OrderedDict[int, _Chunk] = OrderedDict()  # oldest first
        self._slots = self._waiting = self._number = self._length = 0
        self._next_writing, self._written = 0.0, 0
        self._current: tuple[_Chunk, Floats] | None = None
        self._file: IO[bytes] | None = None
        self._writer = ThreadPoolExecutor(1, "states")  # its thread starts when it is needed

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return min(self._slots, self._room) * CHUNK

    @property
    def is_full(self) -> bool:
        """Whether a state can only be added in place of another, or no longer at all."""
        return self._slots >= self._room or self._written + CHUNK > MOST_WRITTEN

    def append(self, parameters: Parameters) -> int:
        """Add a state, and return its number, which is never used again."""
        f, wo = parameters.f, parameters.wo
        if f.dtype != wo.dtype:
            return NOT_LOGGED
        if self._current is None or self._current[0].dtype != wo.dtype:
            self._hand_over()
            self._current = self._begun(wo.dtype)
        states, row = self._current[1], self._length
        states[row, :_FILTERS], states[row, _FILTERS:] = f.ravel(), wo.ravel()
        self._length += 1
        number = self._number * _ROWS + row
        if self._length == len(states):
            self._hand_over()
        return number

    def read(self, number: int) -> Parameters | None:
        """Return a state; None if it is no longer kept."""
        block = self.read_block(number, 1)
        if block is None:
            return None
        state = block[0].copy()
        return Parameters(state[:_FILTERS].reshape(_F), state[_FILTERS:].reshape(DENSE_SIZE, 1))

    def read_block(self, number: int, most: int) -> Floats | None:
        """Return a state and those that were added right after it, as far as one reading gives.

        Returns
        -------
        ndarray of float, shape (S, 1803), or None
            Up to `most` states, each with its filters and then its dense weights; None if the first
            is no longer kept.
        """
        key, row = divmod(number, _ROWS)
        chunk = self._chunks.get(key)
        if chunk is None:
            return None
        states = chunk.states
        block = (
            states[row : row + most] if states is not None else self._from_file(chunk, row, most)
        )
        return block if key in self._chunks else None  # else another may have been written over it

    def close(self) -> None:
        """Remove the file; nothing is kept from now on."""
        with self._lock:
            self._room = 0
            self._chunks.clear()
        self._current = None
        self._writer.shutdown()
        with self._file_lock:
            if self._file is not None:
                self._file.close()

    def _begun(self, dtype: np.dtype[Any]) -> tuple[_Chunk, Floats]:
        """Begin a chunk, and return it and its states."""
        states: Floats = np.empty((CHUNK // (_STATE * dtype.itemsize), _STATE), dtype)
        chunk = _Chunk(dtype, states)
        self._number, self._length = self._number + 1, 0
        with self._lock:
            self._chunks[self._number] = chunk
        return chunk, states

    def _hand_over(self) -> None:
        """Have the chunk written."""
        if self._current is None:
            return
        (chunk, states), self._current = self._current, None
        due = (now := time.monotonic()) >= self._next_writing
        due = due and self._written + CHUNK <= MOST_WRITTEN
        with self._lock:
            slot = self._free_slot() if due and self._waiting < _WAITING else None
            if slot is None:
                self._chunks.pop(self._number, None)
                return
            chunk.slot = slot
            self._waiting += 1
        self._next_writing, self._written = now + CHUNK / MOST_RATE, self._written + CHUNK
        self._writer.submit(self._write, self._number, chunk, states)

    def _free_slot(self) -> int | None:
        """Return where a chunk can be written, in place of the oldest if there is no more room."""
        if self._slots < self._room:
            self._slots += 1
            return self._slots - 1
        oldest = next(iter(self._chunks), self._number)
        return None if oldest == self._number else self._chunks.pop(oldest).slot

    def _write(self, number: int, chunk: _Chunk, states: Floats) -> None:
        """Write a chunk, unless that takes too much of the disk."""
        at = chunk.slot * CHUNK
        try:
            with self._file_lock:
                folder = self._folder = self._folder or _scratch_folder()
                if self._file is None:
                    self._file = tempfile.TemporaryFile(buffering=0, dir=folder)  # noqa: SIM115
                free = shutil.disk_usage(folder).free
                if at + CHUNK > SHARE * (free + at):
                    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
                self._file.seek(at)
                rest = states.reshape(-1).view(np.uint8).data
                while rest:
                    rest = rest[self._file.write(rest) :]
            chunk.states = None
        except OSError:
            with self._lock:
                self._chunks.pop(number, None)
                self._room = min(self._room, chunk.slot)
        finally:
            with self._lock:
                self._waiting -= 1

    def _from_file(self, chunk: _Chunk, row: int, most: int) -> Floats | None:
        """Return rows of a chunk that is in the file; None if they cannot be read."""
        size = _STATE * chunk.dtype.itemsize
        count = min(most, CHUNK // size - row)
        content = b""
        with self._file_lock, suppress(OSError, ValueError):  # it may be closed
            if self._file is not None:
                self._file.seek(chunk.slot * CHUNK + row * size)
                content = self._file.read(count * size)
        if len(content) < count * size:
            return None
        return np.frombuffer(content, chunk.dtype).reshape(count, _STATE)


class LoggedStates:
    """The states of a history that are in a log, if there is one.

    Parameters
    ----------
    count : int
        States that the history has already, of which none is in the log.
    """

    def __init__(self, log: StateLog | None = None, count: int = 0) -> None:
        self.log = log
        self._numbers = array("q", [NOT_LOGGED]) * (0 if log is None else count)

    def copy(self) -> "LoggedStates":
        """Return the same states, with none that are added later."""
        copied = LoggedStates(self.log)
        copied._numbers = self._numbers[:]
        return copied

    def append(self, parameters: Parameters) -> None:
        """Add the next state to the log."""
        if self.log is not None:
            self._numbers.append(self.log.append(parameters))

    def has(self, iteration: int) -> bool:
        """Whether a state has been added; the log may have lost it since."""
        return iteration < len(self._numbers) and self._numbers[iteration] != NOT_LOGGED

    def add(self, iteration: int, parameters: Parameters) -> None:
        """Add an earlier state to the log."""
        if self.log is not None:
            self._numbers[iteration] = self.log.append(parameters)

    def truncate(self, count: int) -> None:
        """Forget all but the first `count` states."""
        del self._numbers[count:]

    def parameters(self, iteration: int) -> Parameters | None:
        """Return a state; None if it is not, or no longer, in the log."""
        if self.log is None or iteration >= len(self._numbers):
            return None
        number = self._numbers[iteration]
        return None if number == NOT_LOGGED else self.log.read(number)

    def read_block(self, iteration: int, most: int) -> tuple[Floats, Floats] | None:
        """Return a state and some after it, if they are together in the log.

        Returns
        -------
        tuple of ndarray of float, shapes (S, 5, 5, 3) and (S, 1728, 1), or None
            Of up to `most` states.
        """
        numbers = self._numbers[iteration : iteration + most]
        if self.log is None or not numbers or numbers[0] == NOT_LOGGED:
            return None
        apart = np.flatnonzero(np.diff(numbers) != 1)
        together = int(apart[0]) + 1 if len(apart) else len(numbers)
        block = self.log.read_block(numbers[0], together)
        if block is None:
            return None
        return block[:, :_FILTERS].reshape(-1, *_F), block[:, _FILTERS:, np.newaxis]


def _scratch_folder() -> Path:
    """Return a folder on a disk: /tmp is in memory on many machines."""
    disk = Path("/var/tmp")  # noqa: S108  (the file has no name there)
    on_disk = "TMPDIR" not in os.environ and os.access(disk, os.W_OK | os.X_OK)
    return disk if on_disk else Path(tempfile.gettempdir())
