"""Record the values of a script's assignments while it runs, within a bound of memory.

Recorded are, for each probe, the first executions in the first two passes of the outermost loop,
and those of later passes as long as they take little memory. Of larger values, two late passes are
kept: the last two of a loop whose length is known, else the two after a power of two, until those
after the next. A probe that has recorded enough is switched off, so that a loop over hundreds of
thousands of patches stays about as fast as it was.
"""

import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, replace
from typing import Any, Final, NamedTuple

import numpy as np

from cnnviz.notebooks.probing import Names, Probe

MOST_EXECUTIONS: Final = 2048
"""Executions of one probe that are recorded in one pass of the outermost loop."""
MOST_BYTES: Final = 24 << 20
"""Bytes of one probe that are recorded in one pass of the outermost loop."""
LATER_BYTES: Final = 8 << 20
"""Bytes of one probe above which later passes are not recorded."""
ALL_BYTES: Final = 384 << 20
LATE_BYTES: Final = 192 << 20
"""Beside these, for late passes."""
SMALL: Final = 8 << 10
"""Bytes of an array that is recorded each time that a deep loop changes it."""
DEEPEST: Final = 3
"""Loops inside each other that are followed; those inside are only run."""
_MOST_ITEMS: Final = 2_000_000
"""Items of a list that is recorded."""
_MOST_PARTS: Final = 16
"""Arrays in a dictionary or list that are recorded by themselves."""
_LIST_COST: Final = 120
"""Bytes for each number of a list that is recorded: it takes long to convert."""
_LARGE: Final = 256 << 10
"""Bytes of a value that is sent by itself."""

Array = np.ndarray[Any, Any]
Path = tuple[tuple[int, int], ...]
"""The loops around an execution, from the outermost: number and pass."""


class Recorder:
    """Keeps the values that the probes of one script report.

    `names` are those of its functions in the script. `on_pass` is called with the number of each
    pass of an outermost loop that begins.
    """

    def __init__(self, names: Names, on_pass: Callable[[int], None] = lambda _: None) -> None:
        self._on_pass = on_pass
        self._names = names
        self.probes: list[Probe] = []
        """The probes by their numbers; `instrument` appends to it."""
        self._on: list[bool] = []
        self._counts: list[int] = []
        self._bytes: list[int] = []
        self._kept: list[int] = []
        self._all = 0
        self._late_bytes = 0
        self._is_late = False
        self._length: int | None = None
        self._loops: list[list[int]] = []
        self._aliases: dict[tuple[int, Probe], int] = {}
        self._executions: list[_Execution] = []
        self._truncated: set[tuple[int, int]] = set()
        self._thread = threading.get_ident()
        self._lock = threading.Lock()

    def functions(self) -> dict[str, Any]:
        """Return the functions that the script calls, by name."""
        names = self._names
        return {
            names.on: self._on,
            names.value: self._value,
            names.argument: self._argument,
            names.changed: self._changed,
            names.loop: self._loop,
            names.enter: self._enter,
            names.once: self._once,
            names.leave: self._leave,
        }

    def switch_on(self) -> None:
        """Switch on the probes that are new in `probes`."""
        new = len(self.probes) - len(self._on)
        for numbers in (self._counts, self._bytes, self._kept):
            numbers.extend([0] * new)
        self._on += [True] * new

    def recorded(self) -> tuple[dict[str, Any], dict[str, Array]]:
        """Return the recording as the content and the arrays of a message.

        Small values are sent in one array, as bytes one after the other; large ones by themselves.
        """
        with self._lock:
            executions = list(self._executions)
        arrays: dict[str, Array] = {}
        small = bytearray()
        index = np.full((len(executions), 4 + 2 * DEEPEST), -1, dtype=np.int64)
        shapes: dict[tuple[str, tuple[int, ...]], int] = {}
        for row, (probe, path, array, _) in zip(index, executions, strict=True):
            kind = shapes.setdefault((array.dtype.str, array.shape), len(shapes))
            row[:2] = probe, kind
            if array.nbytes > _LARGE:
                row[2] = len(arrays)
                arrays[f"large{len(arrays)}"] = array
            else:
                row[3] = len(small)
                small += array.tobytes()
            row[4 : 4 + 2 * len(path)] = [number for step in path for number in step]
        content = {
            "probes": [asdict(probe) for probe in self.probes],
            "shapes": list(shapes),
            "truncated": sorted(self._truncated),
        }
        arrays |= {"index": index, "small": np.frombuffer(bytes(small), dtype=np.uint8)}
        return content, arrays

    def _value(self, number: int, value: object) -> object:
        if self._on[number]:
            self._keep(number, value)
        return value

    def _argument(self, number: int, value: object) -> None:
        """Keep an argument, as of the line of the call if that is the script's."""
        caller = sys._getframe(1).f_back  # noqa: SLF001  (the documented way)
        name = caller.f_code.co_filename if caller is not None else ""
        if caller is not None and name.startswith("<cell "):
            known = self.probes[number]
            place = replace(known, cell=int(name[6:-1]), line=caller.f_lineno)
            self._keep(self._alias(number, place), value, number)
        else:
            self._keep(number, value)

    def _alias(self, number: int, probe: Probe) -> int:
        """Return the number of a probe that replaces another one."""
        key = number, probe
        if key not in self._aliases:
            self._aliases[key] = len(self.probes)
            self.probes.append(probe)
            self.switch_on()
        return self._aliases[key]

    def _changed(self, number: int, base: object, *key: object) -> None:
        if key and isinstance(base, dict):
            self._keep(number, base.get(key[0]))
        elif len(self._loops) <= 1 or getattr(base, "nbytes", MOST_BYTES) <= SMALL:
            self._keep(number, base)

    def _keep(self, number: int, value: object, switch: int | None = None) -> None:
        """Keep a value within the bounds; a probe that has seen enough is switched off.

        `switch` is the probe in the script, if `number` replaces it.
        """
        if threading.get_ident() != self._thread:
            return
        if isinstance(value, dict | list | tuple) and 0 < len(value) <= _MOST_PARTS:
            self._keep_parts(number, value)
        array = _as_array(value)
        if array is None:
            return
        size = array.nbytes + 200
        if isinstance(value, list | tuple):
            size += _LIST_COST * array.size
        passed = self._loops[0][1] if self._loops else 0
        is_late = self._is_late and self._kept[number] >= LATER_BYTES
        full = (
            self._counts[number] >= MOST_EXECUTIONS
            or (self._bytes[number] + size > MOST_BYTES and self._bytes[number] > 0)
            or (self._late_bytes + size > LATE_BYTES if is_late else self._all + size > ALL_BYTES)
        )
        if full:
            self._on[number if switch is None else switch] = False
            self._truncated.add((number, passed))
            return
        self._counts[number] += 1
        self._bytes[number] += size
        self._kept[number] += size
        if is_late:
            self._late_bytes += size
        else:
            self._all += size
        path = tuple((loop, index) for loop, index in self._loops)
        with self._lock:
            self._executions.append(_Execution(number, path, array, size if is_late else 0))

    def _keep_parts(self, number: int, value: dict[Any, Any] | list[Any] | tuple[Any, ...]) -> None:
        """Keep the arrays in a dictionary, or in a list of arrays of different shapes."""
        items = value.items() if isinstance(value, dict) else enumerate(value)
        arrays = [(key, part) for key, part in items if isinstance(part, np.ndarray)]
        if not isinstance(value, dict) and len({part.shape for _, part in arrays}) < 2:
            return
        probe = self.probes[number]
        for key, part in arrays:
            if isinstance(key, str | int):
                name = f"{probe.name}[{key!r}]"
                self._keep(self._alias(number, replace(probe, name=name)), part, number)

    def _loop(self, number: int, iterable: Iterable[Any]) -> Iterable[Any]:
        if len(self._loops) >= DEEPEST or threading.get_ident() != self._thread:
            return iterable
        return self._passes(number, iterable)

    def _passes(self, number: int, iterable: Iterable[Any]) -> Iterator[Any]:
        entry = [number, 0]
        self._loops.append(entry)
        is_outermost = len(self._loops) == 1
        if is_outermost:
            self._length = _try(lambda: len(iterable))  # type: ignore[arg-type]
        try:
            for item in iterable:
                if is_outermost:
                    self._begin(entry[1])
                yield item
                entry[1] += 1
        finally:
            self._drop(entry)

    def _enter(self, number: int) -> None:
        if threading.get_ident() == self._thread:
            self._loops.append([number, -1])
            if len(self._loops) == 1:
                self._length = None

    def _once(self, number: int) -> None:
        if self._loops and self._loops[-1][0] == number:
            self._loops[-1][1] += 1
            if len(self._loops) == 1:
                self._begin(self._loops[0][1])

    def _leave(self, number: int) -> None:
        for entry in reversed(self._loops):
            if entry[0] == number:
                self._drop(entry)
                return

    def _drop(self, entry: list[int]) -> None:
        """Leave a loop, and those inside it that an exception has left."""
        for index, active in enumerate(self._loops):
            if active is entry:
                del self._loops[index:]
                break
        if not self._loops:
            self._begin(0)

    def _begin(self, passed: int) -> None:
        """Decide which probes are on in a pass of the outermost loop, or between such loops."""
        was_late, self._is_late = self._is_late, _is_late(passed, self._length)
        if self._is_late and not was_late:
            self._forget_late()
        is_whole = passed < 2 or self._is_late
        for number, kept in enumerate(self._kept):
            self._on[number] = is_whole or kept < LATER_BYTES
            if is_whole:
                self._counts[number] = self._bytes[number] = 0
        self._on_pass(passed)

    def _forget_late(self) -> None:
        """Forget the late passes of the loop that is run, because others are to be kept."""
        loop = self._loops[0][0]
        with self._lock:
            self._executions = [
                one for one in self._executions if not (one.late_size and one.path[0][0] == loop)
            ]
            self._late_bytes = sum(one.late_size for one in self._executions)


class _Execution(NamedTuple):
    """One execution of a probe."""

    probe: int
    path: Path
    array: Array
    late_size: int
    """Bytes that it takes of `LATE_BYTES`; if any, it is forgotten once a later one comes."""


def _is_late(passed: int, length: int | None) -> bool:
    """Return whether a pass is kept whole as one of the latest, if no later one is."""
    if passed < 2:
        return False
    follows_power = passed >= 4 and any(one & (one - 1) == 0 for one in (passed, passed - 1))
    return follows_power or (length is not None and passed >= length - 2)


def _as_array(value: object) -> Array | None:
    """Return a copy of a value as an array of numbers, or None if it is none."""
    if isinstance(value, np.ndarray):
        array = value
    elif isinstance(value, bool | int | float | np.generic):
        array = np.asarray(value)
    elif isinstance(value, list | tuple):
        if not value or len(value) > _MOST_ITEMS or not _is_regular(value):
            return None
        array = _try(lambda: np.array(value))
    elif hasattr(value, "__array__") and not isinstance(value, type):
        array = _try(lambda: np.asarray(value))
    else:
        return None
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "biuf":
        return None
    if not array.size or array.nbytes > MOST_BYTES:
        return None
    return np.array(array, order="C", subok=False)


def _is_regular(value: list[Any] | tuple[Any, ...]) -> bool:
    """Return whether a list looks like one that numpy can make an array of numbers of."""
    first = value[0]
    if isinstance(first, np.ndarray):
        return all(isinstance(v, np.ndarray) and v.shape == first.shape for v in value)
    if isinstance(first, list | tuple):
        size = len(first)
        return bool(size) and all(isinstance(v, list | tuple) and len(v) == size for v in value)
    return isinstance(first, bool | int | float | np.generic)


def _try(make: Callable[[], object]) -> Any:  # noqa: ANN401
    try:
        return make()
    except Exception:
        return None
