"""Run a script in a process of its own, and return the recording."""

import math
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from threading import Event, Thread
from typing import Final

from cnnviz.notebooks.captures import ScriptRecording, recording_of
from cnnviz.notebooks.child import Task
from cnnviz.notebooks.errors import NotebookError
from cnnviz.notebooks.reader import Script
from cnnviz.sandbox.errors import SandboxError
from cnnviz.sandbox.limits import Limits
from cnnviz.sandbox.process import Sandbox

SECONDS: Final = 120.0
_CHILD: Final = "cnnviz.notebooks.child"
_GRACE: Final = 5.0
"""Seconds for sending the recording, after the script has been asked to stop."""
_POLL: Final = 0.02
_ENOUGH: Final = "It was stopped early: the iterations until then were enough to judge it."


@dataclass(frozen=True, slots=True, eq=False)
class RunOutcome:
    """What was recorded of a run of a script, and how it ended."""

    recording: ScriptRecording | None
    """None if nothing could be recorded."""
    stopped: str
    """Why it did not come to its end, in one sentence; empty if it did."""


def run_script(
    script: Script,
    folder: Path,
    images: str,
    *,
    seconds: float,
    on_output: Callable[[str], None],
    cancelled: Callable[[], bool],
    killed: Callable[[], bool],
    is_enough: Callable[[ScriptRecording], bool],
    python: Path | None,
) -> RunOutcome:
    """Run a script; it must be the wish of the person, because it runs with their rights.

    Raises InterpreterError if another interpreter cannot be used.

    Parameters
    ----------
    folder : Path
        Of the script, whose modules it can import.
    images : str
        What stand-ins for data sets load, as `cnnviz.data.source.load` names it.
    seconds : float
        After which it is stopped; the recording until then is kept.
    on_output : callable
        Called with its output, in another thread.
    cancelled : callable
        Asked many times a second whether to stop it; the recording until then is kept.
    killed : callable
        Asked likewise whether to end it at once, with nothing kept.
    is_enough : callable
        Asked once, if the run is long, whether what was recorded of two iterations is enough; if
        it is, the script is stopped.
    python : Path or None
        The interpreter, by default the program's own.
    """
    cells = []
    problem = ""
    for cell in script.cells:
        if cell.problem:
            problem = f"{f'Cell {cell.number}: ' if cell.number else ''}{cell.problem}"
            break
        cells.append((cell.number, cell.source))
    if not cells:
        return RunOutcome(None, problem)
    task = Task(cells, _unused(script), images, str(folder.resolve()), seconds)
    limits = Limits(seconds=seconds + 2 * _GRACE)
    problems = [problem]
    recording = None
    with (
        Sandbox(_CHILD, limits, on_output, python) as sandbox,
        _stopping(sandbox, cancelled, killed),
    ):
        try:
            message = sandbox.call(asdict(task), {})
            recording = recording_of(message)
            if not message.content.get("is_whole"):
                if is_enough(recording):
                    return RunOutcome(recording, _ENOUGH)
                recording = recording_of(sandbox.receive())
            problems.insert(0, _why_stopped(recording, script))
        except SandboxError as error:
            text = str(error)
            problems.insert(0, f"{text[0].upper()}{text[1:]}")
        except NotebookError as error:
            problems.insert(0, str(error))
    return RunOutcome(recording, next((why for why in problems if why), ""))


@contextmanager
def _stopping(
    sandbox: Sandbox, cancelled: Callable[[], bool], killed: Callable[[], bool]
) -> Iterator[None]:
    """Ask the process to stop, and kill it if it does not, when the person wishes so."""
    ended = Event()

    def watch() -> None:
        deadline = math.inf
        while not ended.wait(_POLL):
            if killed() or time.monotonic() > deadline:
                sandbox.kill()
                return
            if cancelled() and deadline == math.inf:
                sandbox.send({}, {})
                deadline = time.monotonic() + _GRACE

    watcher = Thread(target=watch, name="stopping of a script", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()


def _unused(script: Script) -> str:
    """Return an ending for names that does not occur in a script."""
    while True:
        ending = secrets.token_hex(4)
        if not any(ending in cell.source for cell in script.cells):
            return ending


def _why_stopped(recording: ScriptRecording, script: Script) -> str:
    stopped = recording.stopped
    if not stopped or not stopped.get("why"):
        return ""
    why, line = str(stopped["why"]), stopped.get("line")
    if not line:
        return why
    place = script.cell(int(stopped.get("cell", 0))).line_name(int(line))
    return f"{place[0].upper()}{place[1:]}: {why}"
