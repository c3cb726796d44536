"""A log of the parameters of states on the disk, so that saving a long run only copies them.

To compute 100,000 states again takes minutes, to read them seconds. A session keeps the file of its
log, so that this holds after a restart, too; everything in it can be recomputed.
"""

import math
import secrets
import sys
import time
from collections import OrderedDict
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore, Event, Lock
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cnnviz.numerics.landscape.vectors import FILTER_WEIGHTS, WEIGHTS, as_parameters
from cnnviz.numerics.network import Floats, Parameters
from cnnviz.training.run.chunk_file import CHUNK, ChunkEntry, ChunkFile, rows_of

MOST_BYTES: Final = 2_000_000_000
"""Bytes of the file, at most: 137,000 states in float64. Then the oldest are overwritten."""
MOST_WRITTEN: Final = 8_000_000_000
"""Bytes that one log ever writes, so that it does not wear out a disk over night."""
MOST_RATE: Final = 20e6
"""Bytes written each second, at most: 1,390 states in float64. A faster run is recomputed fast."""
NOT_LOGGED: Final = -1
"""Stands in place of a state's number in the log."""
_WAITING: Final = 16
"""Chunks that wait for a slow disk, at most; further ones are not written."""
_ROWS: Final = 1 << 10
"""More than the states of any chunk; the first state of chunk c has the number c · _ROWS."""


@dataclass(slots=True)
class _Chunk:
    """States of one precision, in memory until they are in the file."""

    states: Floats | None
    entry: ChunkEntry | None = None
    slot: int = 0
    """Where they are in the file, in chunks."""


class StateLog:
    """Keeps the parameters of the newest states, of all branches, in a file.

    One thread adds states, and does not wait for the disk; any thread reads them. If there is
    little room, the disk is slow or iterations are very fast, fewer are kept. Once `MOST_WRITTEN`
    bytes have been written, those that are in the file stay, and no new ones are added.

    Parameters
    ----------
    file : ChunkFile, optional
        Where the states are kept, and may be already; by default, `keep_in` says it later, and
        until then a few are kept in memory.
    after : int
        The largest number of a state that has been given out for this file before.
    is_whole : bool
        Whether no state is left out: it waits for the disk, writes as much and as fast as it gets,
        and keeps in memory what cannot be written.
    """

    def __init__(
        self,
        file: ChunkFile | None = None,
        *,
        after: int = NOT_LOGGED,
        is_whole: bool = False,
    ) -> None:
        self._token = secrets.token_bytes(16) if file is None else file.token
        self._file, self._has_file = file, Event()
        self._most = self._room = sys.maxsize if is_whole else MOST_BYTES // CHUNK
        self._is_whole = is_whole
        self._most_written = math.inf if is_whole else MOST_WRITTEN
        self._rate = math.inf if is_whole else MOST_RATE
        self._lock = Lock()
        self._chunks: OrderedDict[int, _Chunk] = OrderedDict()  # oldest first
        self._slots, self._free_slots = 0, list[int]()  # the latter below the former
        self._number, self._length = max(0, after // _ROWS), 0
        self._waiting = BoundedSemaphore(_WAITING)
        self._next_writing, self._written = 0.0, 0
        self._current: tuple[_Chunk, Floats] | None = None
        self._latest: tuple[int, Floats] | None = None  # the chunk that was read last
        self._writer = ThreadPoolExecutor(1, "states")  # its thread starts when it is needed
        if file is not None:
            self._take(file)

    def _take(self, file: ChunkFile) -> None:
        """Use a file, with the chunks that it has."""
        entries = file.entries() if file.has_name else {}
        for slot, entry in sorted(entries.items(), key=lambda item: item[1].key):
            if slot < self._room:
                self._chunks[entry.key] = _Chunk(None, entry, slot)
        used = {chunk.slot for chunk in self._chunks.values()}
        self._slots = max(used, default=-1) + 1
        self._free_slots = sorted(set(range(self._slots)) - used, reverse=True)
        self._number = max(self._number, *self._chunks, 0)
        self._file = file
        self._has_file.set()

    @property
    def token(self) -> str:
        """The token of the file."""
        return self._token.hex()

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return min(self._slots, self._room) * CHUNK

    @property
    def is_scratch(self) -> bool:
        """Whether the file goes with the log."""
        return self._file is not None and not self._file.has_name

    @property
    def is_full(self) -> bool:
        """Whether a new state would replace another one, or can no longer be added at all."""
        return self._slots >= self._room or self._written + CHUNK > self._most_written

    def keep_in(self, path: Path | None) -> None:
        """Keep the states in a new file, or in one without a name, if there is no file yet."""
        if self._file is None:
            self._file = ChunkFile(path, self._token)
            self._has_file.set()

    def is_on_disk_of(self, folder: Path) -> bool:
        """Whether dropping the states makes room on the disk of a folder."""
        return self._file is not None and self._file.is_on_disk_of(folder)

    def drop(self) -> None:
        """Drop all states, and the file, in favour of another one that `keep_in` says."""
        with self._lock:
            self._chunks.clear()
            self._slots, self._free_slots, self._room = 0, [], self._most
            file, self._file = self._file, None
            self._has_file.clear()
        if file is not None:
            file.close()

    def append(self, parameters: Parameters) -> int:
        """Add a state, and return its number, which is never used again."""
        f, wo = parameters.f, parameters.wo
        if f.dtype != wo.dtype:
            return NOT_LOGGED
        if self._current is None or self._current[1].dtype != wo.dtype:
            self._hand_over()
            self._current = self._begun(wo.dtype)
        states, row = self._current[1], self._length
        states[row, :FILTER_WEIGHTS], states[row, FILTER_WEIGHTS:] = f.ravel(), wo.ravel()
        self._length += 1
        number = self._number * _ROWS + row
        if self._length == len(states):
            self._hand_over()
        return number

    def has(self, numbers: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which of some numbers are of states in the log, unless these are damaged."""
        with self._lock:
            keys = np.array(list(self._chunks), np.int64)
        return (numbers >= 0) & np.isin(numbers // _ROWS, keys)

    def read(self, number: int) -> Parameters | None:
        """Return a state; None if it is no longer kept."""
        block = self.read_block(number, 1)
        return None if block is None else as_parameters(block[0])

    def read_block(self, number: int, most: int) -> Floats | None:
        """Return a state and those that were added right after it, as far as one reading gives.

        The result has the shape (S, 1803): up to `most` states, each with its filters and then its
        dense weights. It is None if the first is no longer kept.
        """
        key, row = divmod(number, _ROWS)
        chunk = self._chunks.get(key)
        states = None if chunk is None else self._states_of(key, chunk)
        return None if states is None or row >= len(states) else states[row : row + most]

    def finish(self) -> None:
        """Add no more states: those so far are in the file when this returns."""
        self._hand_over()
        self._writer.shutdown()

    def close(self) -> None:
        """End the file, which stays if it has a name; nothing is kept or read from now on."""
        if self._file is not None and self._file.has_name:
            self._hand_over()
        else:
            self._current = None
            with self._lock:
                self._chunks.clear()
        self._has_file.set()
        self._writer.shutdown()
        with self._lock:
            self._room, self._free_slots = 0, []
            self._chunks.clear()
        if self._file is not None:
            self._file.close()

    def _begun(self, dtype: np.dtype[Any]) -> tuple[_Chunk, Floats]:
        """Begin a chunk, and return it and its states."""
        states: Floats = np.empty((rows_of(dtype), WEIGHTS), dtype)
        chunk = _Chunk(states)
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
        due = due and self._written + CHUNK <= self._most_written
        due = due and self._waiting.acquire(blocking=self._is_whole)
        with self._lock:
            slot = self._free_slot() if due and self._number in self._chunks else None
            if slot is None:
                self._chunks.pop(self._number, None)
                if due:
                    self._waiting.release()
                return
            chunk.slot = slot
        self._next_writing, self._written = now + CHUNK / self._rate, self._written + CHUNK
        self._writer.submit(self._write, self._number, chunk, states[: self._length])

    def _free_slot(self) -> int | None:
        """Return where a chunk can be written; it replaces the oldest if there is no space left."""
        if self._free_slots:
            return self._free_slots.pop()
        if self._slots < self._room:
            self._slots += 1
            return self._slots - 1
        oldest = next(iter(self._chunks), self._number)
        return None if oldest == self._number else self._chunks.pop(oldest).slot

    def _write(self, number: int, chunk: _Chunk, states: Floats) -> None:
        """Write a chunk, unless that takes too much of the disk."""
        self._has_file.wait()
        file = self._file
        try:
            if file is None:  # the states have been dropped
                self._chunks.pop(number, None)
            elif number in self._chunks:
                chunk.entry = file.write(chunk.slot, number, states)
                chunk.states = None
        except OSError:
            with self._lock:
                if not self._is_whole and self._chunks.pop(number, None) is not None:
                    self._room = min(self._room, chunk.slot)
        finally:
            self._waiting.release()

    def _states_of(self, key: int, chunk: _Chunk) -> Floats | None:
        """Return the states of a chunk; None if they cannot be read."""
        states, latest, file = chunk.states, self._latest, self._file
        if states is not None:
            return states
        if latest is not None and latest[0] == key:
            return latest[1]
        if file is None or chunk.entry is None:
            return None
        states = file.read(chunk.slot, chunk.entry)
        if key not in self._chunks:  # another may have been written over it
            return None
        if states is not None:
            self._latest = key, states
            return states
        with self._lock:
            if self._chunks.pop(key, None) is not None:
                self._free_slots.append(chunk.slot)
        return None
