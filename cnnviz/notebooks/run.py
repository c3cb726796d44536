"""Run a script in a process of its own, and return what was recorded of it."""

import os
import secrets
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cnnviz
from cnnviz.notebooks.captures import Recording, read_recording
from cnnviz.notebooks.child import Task
from cnnviz.notebooks.errors import NotebookError
from cnnviz.notebooks.process import Outcome, run_process
from cnnviz.notebooks.reader import Script

SECONDS: Final = 120.0
MEMORY: Final = 4 << 30
FILE_SIZE: Final = 512 << 20


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """A run of a script.

    Attributes
    ----------
    recording : Recording or None
        None if nothing could be recorded.
    stopped : str
        Why it did not come to its end, in one sentence; empty if it did.
    seconds : float
        How long it took.
    """

    recording: Recording | None
    stopped: str
    seconds: float


def run_script(
    script: Script,
    folder: Path,
    images: str,
    *,
    seconds: float = SECONDS,
    interpreter: str = sys.executable,
    on_output: Callable[[str], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Run:
    """Run a script; it must be the wish of the person, because it runs with their rights.

    Parameters
    ----------
    folder : Path
        Of the script, whose modules it can import.
    images : str
        What stand-ins for data sets load, as `cnnviz.data.source.load` names it.
    seconds : float
        After which it is stopped; what was recorded until then is kept.
    interpreter : str
        The Python to run it.
    on_output : callable
        Called with what it prints, in another thread.
    cancelled : callable
        Asked many times a second whether to stop it.
    """
    cells = []
    problem = ""
    for cell in script.cells:
        if cell.problem:
            problem = f"{f'Cell {cell.number}: ' if cell.number else ''}{cell.problem}"
            break
        cells.append((cell.number, cell.source))
    if not cells:
        return Run(None, problem, 0.0)
    with tempfile.TemporaryFile() as result, tempfile.TemporaryDirectory() as home:
        stop, ask = os.pipe()
        try:
            task = Task(
                cells=cells,
                ending=_unused(script),
                result=result.fileno(),
                stop=stop,
                images=images,
                folder=str(folder.resolve()),
                memory=MEMORY,
                file_size=FILE_SIZE,
                seconds=int(2 * seconds) + 10,
            )
            outcome = run_process(
                [interpreter, "-P", "-m", "cnnviz.notebooks.child"],
                Path(home),
                task.as_json(),
                seconds,
                {"PYTHONPATH": str(Path(cnnviz.__file__).parents[1])},
                inherited=(result.fileno(), stop),
                on_output=on_output,
                cancelled=cancelled,
                ask_to_end=lambda: _write(ask),
            )
        finally:
            os.close(stop)
            os.close(ask)
        recording = None
        problems = [problem]
        try:
            recording = read_recording(result)
            problems.insert(0, _why_stopped(recording, script))
        except NotebookError as error:
            problems.append(str(error))
    problems.insert(0, _why_ended(outcome, seconds))
    return Run(recording, next((why for why in problems if why), ""), outcome.seconds)


def _write(descriptor: int) -> None:
    os.write(descriptor, b"\0")


def _unused(script: Script) -> str:
    """Return an ending for names that does not occur in a script."""
    while True:
        ending = secrets.token_hex(4)
        if not any(ending in cell.source for cell in script.cells):
            return ending


def _why_ended(outcome: Outcome, seconds: float) -> str:
    if outcome.stopped == "time":
        return f"It was stopped after {seconds:g} seconds."
    if outcome.stopped == "cancelled":
        return "It was stopped, as you wished."
    if outcome.status:
        how = f"signal {-outcome.status}" if outcome.status < 0 else f"status {outcome.status}"
        return f"Its process ended with {how}."
    return ""


def _why_stopped(recording: Recording, script: Script) -> str:
    stopped = recording.stopped
    if not stopped or not stopped.get("why"):
        return ""
    why, line = str(stopped["why"]), stopped.get("line")
    if not line:
        return why
    place = script.cell(int(stopped.get("cell", 0))).place(int(line))
    return f"{place[0].upper()}{place[1:]}: {why}"
