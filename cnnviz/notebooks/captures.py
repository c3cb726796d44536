"""The recording of a script's run, arranged by iterations.

A line that is executed for each image of a loop gives one array of all images: its executions are
stacked. Nothing says which loop runs over the iterations: every candidate is offered.
"""

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from cnnviz.notebooks.errors import NotebookError
from cnnviz.notebooks.probing import Probe
from cnnviz.notebooks.recorder import Path
from cnnviz.sandbox.messages import SandboxMessage

_SINGLY: Final = 8
"""Executions of one line that are offered one by one, beside all of them stacked."""

Array = np.ndarray[Any, Any]
Loop = tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Value:
    """A value that a line has given a name to."""

    probe: Probe
    """The probe, with its line and its name."""
    array: Array
    first: int
    last: int
    """first, last: its first and its last position in the order of all executions."""
    is_stacked: bool = False
    """Whether it holds the results of several executions, along the first axis."""


@dataclass(frozen=True, slots=True, eq=False)
class ScriptRecording:
    """The recording of a run."""

    probes: tuple[Probe, ...]
    executions: tuple[tuple[int, Path, Array], ...]
    """Probe, loops around it and value of each execution, in their order."""
    truncated: frozenset[tuple[int, int]]
    """The probes of which not all executions were recorded, and the pass of the outermost loop."""
    stopped: dict[str, Any] | None
    """Why the script did not come to its end, with cell and line."""
    stand_ins: tuple[str, ...]
    """Packages that were replaced by stand-ins."""

    def iteration_loops(self) -> list[Loop | None]:
        """Return the passes of loops that may be the first iteration, innermost first.

        None is for the whole run.
        """
        passes: dict[Loop, int] = defaultdict(int)
        depths: dict[Loop, int] = {}
        for _, path, array in self.executions:
            for depth, (loop, passed) in enumerate(path):
                if all(before == 0 for _, before in path[: depth + 1]) and array.size > 1:
                    passes[loop, passed] += 1
                    depths[loop, passed] = depth
        inner_first = sorted(passes, key=depths.__getitem__, reverse=True)
        return [*(loop for loop in inner_first if passes[loop] > 2), None]

    def gives_value(self, iteration: Loop | None, names: set[str]) -> bool:
        """Return whether some pass of an iteration's loop gives one of these names a value."""
        if iteration is None:
            return True
        return any(
            self.probes[probe].name in names and any(loop == iteration[0] for loop, _ in path)
            for probe, path, _ in self.executions
        )

    def next_values(self, iteration: Loop | None, kept: set[int]) -> list[Value]:
        """Return the values before an iteration, and those of the iteration after it.

        `kept` are executions of the iteration itself that are returned, too: the parameters that it
        left.
        """
        if iteration is None:
            return []
        loop, passed = iteration
        following = loop, passed + 1
        around = next((path for _, path, _ in self.executions if iteration in path), ())
        outer = around[: around.index(iteration)] if around else ()
        begun = False
        chosen: dict[int, list[tuple[int, Path, Array]]] = defaultdict(list)
        for order, (probe, path, array) in enumerate(self.executions):
            begun = begun or iteration in path
            inside = following in path and path[: len(outer)] == outer
            if inside or not begun or order in kept:
                rest = path[path.index(following) + 1 :] if inside else path
                chosen[probe].append((order, rest, array))
        return self._sorted(chosen)

    def last_pass(self, iteration: Loop) -> Path | None:
        """Return the last pass of an iteration's loop, with the loops around it.

        It must have been recorded as wholly as the first; None if that is one of the first two.
        """
        around = next(path for _, path, _ in self.executions if iteration in path)
        first = around[: around.index(iteration) + 1]
        depth = len(first)
        probes: dict[Path, set[int]] = defaultdict(set)
        for probe, path, array in self.executions:
            if len(path) >= depth and path[depth - 1][0] == iteration[0] and array.size > 1:
                probes[path[:depth]].add(probe)
        second = (*first[:-1], (iteration[0], iteration[1] + 1))
        whole = [path for path, found in probes.items() if found >= probes[first]]
        last = whole[-1] if whole else first
        return None if last in (first, second) else last

    def values_of(self, last: Path, carried: set[int]) -> list[Value]:
        """Return the values before all iterations, and those of one late pass.

        `last` is the pass, with the loops around it. Of the probes in `carried`, the last values
        before the pass are returned, too: those of the parameters.
        """
        depth = len(last)
        begun = started = False
        latest: dict[int, tuple[int, Path, Array]] = {}
        chosen: dict[int, list[tuple[int, Path, Array]]] = defaultdict(list)
        for order, (probe, path, array) in enumerate(self.executions):
            begun = begun or (len(path) >= depth and path[depth - 1][0] == last[-1][0])
            if path[:depth] == last:
                started = True
                chosen[probe].append((order, path[depth:], array))
            elif not begun:
                chosen[probe].append((order, path, array))
            elif probe in carried and not started:
                latest[probe] = order, path, array
        for number, value in latest.items():
            chosen[number].insert(0, value)
        return self._sorted(chosen)

    def values(self, iteration: Loop | None) -> list[Value]:
        """Return the values before an iteration and those of it, in the order of time.

        `iteration` is a loop and a pass of it; None takes the whole run for one iteration.
        """
        chosen: dict[int, list[tuple[int, Path, Array]]] = defaultdict(list)
        begun = ended = False
        for order, (probe, path, array) in enumerate(self.executions):
            inside = iteration is not None and iteration in path
            begun = begun or inside
            ended = ended or (begun and not inside and iteration is not None)
            if not ended:
                rest = path[path.index(iteration) + 1 :] if inside and iteration else path
                chosen[probe].append((order, rest, array))
        return self._sorted(chosen)

    def _sorted(self, chosen: dict[int, list[tuple[int, Path, Array]]]) -> list[Value]:
        values = [
            value
            for probe, executions in chosen.items()
            for value in self._values(self.probes[probe], executions, probe)
        ]
        return sorted(values, key=lambda value: (value.last, value.first))

    def _values(
        self, probe: Probe, executions: list[tuple[int, Path, Array]], number: int
    ) -> Iterator[Value]:
        singles = executions
        if len(executions) > _SINGLY:
            singles = [executions[0], executions[-1]]
        for order, _, array in singles:
            yield Value(probe, array, order, order)
        arrays = [array for _, _, array in executions]
        loops = {tuple(loop for loop, _ in path) for _, path, _ in executions}
        outermost = {self.executions[order][1][:1] for order, _, _ in executions}
        passes = {path[0][1] if path else 0 for path in outermost}
        is_complete = not any((number, passed) in self.truncated for passed in passes)
        alike = len({array.shape for array in arrays}) == 1 and len(loops) == 1
        if len(arrays) > 1 and alike and is_complete and loops != {()}:
            stacked = np.stack(arrays)
            yield Value(probe, stacked, executions[0][0], executions[-1][0], is_stacked=True)


def recording_of(message: SandboxMessage) -> ScriptRecording:
    """Return the recording that the process of a script has sent; it is as untrusted as the script.

    Raises NotebookError if it is something else.
    """
    try:
        content = message.content
        probes = tuple(Probe(**probe) for probe in content["probes"])
        shapes = [(np.dtype(code), tuple(map(int, shape))) for code, shape in content["shapes"]]
        small = message.arrays["small"].tobytes()
        executions = []
        for probe, kind, large, start, *steps in message.arrays["index"].tolist():
            dtype, shape = shapes[kind]
            if large >= 0:
                array = message.arrays[f"large{large}"]
                if array.dtype != dtype or array.shape != shape:
                    raise ValueError
            else:
                array = np.frombuffer(small, dtype, math.prod(shape), start).reshape(shape)
            loops = [step for step in zip(steps[::2], steps[1::2], strict=True) if step[0] >= 0]
            executions.append((probe, tuple(loops), array))
            probes[probe]  # it must be there
        truncated = frozenset((int(a), int(b)) for a, b in content["truncated"])
        stopped, stand_ins = content["stopped"], tuple(map(str, content["stand_ins"]))
        if not isinstance(stopped, dict | None):
            raise TypeError
    except (KeyError, IndexError, TypeError, ValueError):
        raise NotebookError("What was recorded of it is damaged.") from None
    return ScriptRecording(probes, tuple(executions), truncated, stopped, stand_ins)
