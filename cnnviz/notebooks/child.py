"""The process of a script runs the script, with probes in it.

The answer is the recording, whether the script has come to its end, has failed, or was asked to
stop.
"""

import builtins
import os
import sys
import threading
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from cnnviz.notebooks.anything import Anything
from cnnviz.notebooks.guard import guard
from cnnviz.notebooks.probing import Names, instrument
from cnnviz.notebooks.recorder import Recorder
from cnnviz.notebooks.standins import Images, StandIns
from cnnviz.sandbox.child import Channel, connect

ENOUGH: Final = 2
"""Passes of an outermost loop that may be enough to judge it by."""
LONG: Final = 8.0
"""Seconds after which the recording is sent before the script has ended."""

_BUNDLED_PILLOW: Final = (
    "The Pillow that comes with this program reads PNG, GIF, BMP and PPM alone: save the picture "
    "as PNG, or run the script with another Python that has Pillow and numpy."
)


@dataclass(frozen=True, slots=True)
class Task:
    """The work of the process."""

    cells: list[tuple[int, str]]
    """Number and source of each cell."""
    ending: str
    """The random ending of the probes' names."""
    images: str
    """The images that stand-ins of data sets load."""
    folder: str
    """The folder of the script, whose modules it can import."""
    seconds: float
    """Seconds after which the script is to stop."""


class _Run:
    """One run of a script; it is finished once, by whoever comes first."""

    def __init__(self, task: Task, channel: Channel) -> None:
        self._task, self._channel = task, channel
        self._names = Names.ending_in(task.ending)
        self._recorder = Recorder(self._names, self._show_so_far)
        self._started = time.monotonic()
        self._has_shown = False
        self._stand_ins = StandIns(Images(task.images))
        self._finished = threading.Lock()
        self._exit = os._exit
        self._streams = sys.stdout, sys.stderr
        self._namespace: dict[str, Any] = {"__name__": "__main__", "__builtins__": builtins}

    def start(self) -> None:
        """Run the cells in order, and end the process."""
        os._exit = self._exited  # type: ignore[assignment]
        threading.Thread(target=self._wait_for_stop, daemon=True).start()
        timer = threading.Timer(self._task.seconds, self._time_is_up)
        timer.daemon = True
        timer.start()
        sys.meta_path.append(self._stand_ins)
        builtins.get_ipython = Anything  # type: ignore[attr-defined]
        builtins.display = Anything()  # type: ignore[attr-defined]
        for name, function in self._recorder.functions().items():
            setattr(builtins, name, function)
        self.finish(self._run_cells())

    def finish(self, stopped: dict[str, Any] | None) -> None:
        """Send the recording, and end the process."""
        self._finished.acquire()  # for good: a second caller waits until the process has ended
        for stream in self._streams:
            with suppress(Exception):  # the script may have closed it
                stream.flush()
        sys.stdout = sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
        try:
            self._send({"stopped": stopped, "is_whole": True})
        finally:
            self._exit(0)

    def _send(self, about: dict[str, Any]) -> None:
        content, arrays = self._recorder.recorded()
        self._channel.send({**content, **about, "stand_ins": self._stand_ins.used}, arrays)

    def _show_so_far(self, passed: int) -> None:
        """Send what there is once, in the third pass of an outermost loop of a long run."""
        is_long = time.monotonic() - self._started > LONG
        if passed >= ENOUGH and is_long and not self._has_shown:
            self._has_shown = True
            with self._finished:
                self._send({"stopped": None, "is_whole": False})

    def _exited(self, status: int = 0) -> None:
        self.finish({"why": f"It ended itself with status {status}."})

    def _wait_for_stop(self) -> None:
        self._channel.receive()
        self.finish({"why": "It was stopped, as you wished."})

    def _time_is_up(self) -> None:
        self.finish({"why": f"It was stopped after {self._task.seconds:g} seconds."})

    def _run_cells(self) -> dict[str, Any] | None:
        recorder = self._recorder
        loop = 0
        for number, source in self._task.cells:
            filename = f"<cell {number}>"
            try:
                tree, loop = instrument(
                    source, number, filename, self._names, recorder.probes, loop
                )
                recorder.switch_on()
                code = compile(tree, filename, "exec", dont_inherit=True)
                exec(code, self._namespace)  # noqa: S102  (what this process is for)
            except SystemExit as end:
                return {"why": f"It ended itself by exit({end.code or ''}).", **_where(end)}
            except BaseException as error:
                self._namespace.clear()  # what was recorded may need the memory
                return {"why": _explanation(error), **_where(error)}
        return None


def main() -> None:
    """Do the task that is sent."""
    channel = connect()
    request = channel.receive()
    if request is None:
        return
    task = Task(**request.content)
    sys.dont_write_bytecode = True
    sys.argv = ["script"]
    sys.path.append(task.folder)
    run = _Run(task, channel)
    guard(os.getcwd())  # noqa: PTH109
    run.start()


def _explanation(error: BaseException) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"It needs {error.name}, which is not installed and has no stand-in."
    if isinstance(error, MemoryError):
        return "It asked for more memory than its limit."
    if type(error).__name__ == "UnidentifiedImageError" and getattr(sys, "frozen", False):
        return _BUNDLED_PILLOW
    text = " ".join(str(error).split())[:300]
    return f"{type(error).__name__}: {text}" if text else f"{type(error).__name__}."


def _where(error: BaseException) -> dict[str, int]:
    """Return the cell and line of the script in which an error was raised."""
    if isinstance(error, SyntaxError) and (error.filename or "").startswith("<cell "):
        return {"cell": int(error.filename[6:-1]), "line": error.lineno or 0}  # type: ignore[index]
    for frame in reversed(traceback.extract_tb(error.__traceback__, limit=-50)):
        if frame.filename.startswith("<cell ") and frame.filename.endswith(">"):
            return {"cell": int(frame.filename[6:-1]), "line": frame.lineno or 0}
    return {}


if __name__ == "__main__":
    main()
