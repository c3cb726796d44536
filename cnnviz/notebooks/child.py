"""The process that a script runs in: `python -m cnnviz.notebooks.child`.

What to do comes as JSON on standard input, which the script then finds empty. What was recorded
goes to a file that is open already, so that nothing that the script deletes can take it away.
"""

import builtins
import json
import os
import sys
import threading
import traceback
from dataclasses import asdict, dataclass
from typing import Any

from cnnviz.notebooks.guard import guard
from cnnviz.notebooks.probing import Names, Probe, instrument
from cnnviz.notebooks.recorder import Recorder
from cnnviz.notebooks.standins import Anything, Images, StandIns


@dataclass(frozen=True, slots=True)
class Task:
    """What the process is to do.

    Attributes
    ----------
    cells : list of (int, str)
        Number and source of each cell.
    ending : str
        The random ending of the probes' names.
    result, stop : int
        Descriptors: of the file for what is recorded, and of a pipe that is closed or written to
        when the script is to stop.
    images : str
        What stand-ins of data sets load.
    folder : str
        Of the script, whose modules it can import.
    memory, file_size, seconds : int
        Limits: bytes of memory, bytes of a file, seconds of processor time.
    """

    cells: list[tuple[int, str]]
    ending: str
    result: int
    stop: int
    images: str
    folder: str
    memory: int
    file_size: int
    seconds: int

    def as_json(self) -> bytes:
        """Return the task as the process reads it."""
        return json.dumps(asdict(self)).encode()


class _Run:
    """One run of a script; it is finished once, by whoever comes first."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._names = Names.ending_in(task.ending)
        self._recorder = Recorder(self._names)
        self._stand_ins = StandIns(Images(task.images))
        self._finished = threading.Lock()
        self._exit = os._exit

    def start(self) -> None:
        """Run the cells in order, and end the process."""
        os._exit = lambda status=0: self.finish({"why": f"It ended itself with status {status}."})
        threading.Thread(target=self._wait_for_stop, daemon=True).start()
        sys.meta_path.append(self._stand_ins)
        builtins.get_ipython = lambda: Anything()  # type: ignore[attr-defined]
        builtins.display = Anything()  # type: ignore[attr-defined]
        for name, function in self._recorder.functions().items():
            setattr(builtins, name, function)
        self.finish(self._run_cells())

    def finish(self, stopped: dict[str, Any] | None) -> None:
        """Write what was recorded, and end the process."""
        self._finished.acquire()  # for good: a second caller waits until the process has ended
        try:
            sys.stdout.flush()
            sys.stderr.flush()
        except Exception:  # noqa: BLE001, S110  (the script may have replaced them)
            pass
        try:
            with os.fdopen(self._task.result, "wb") as file:
                about = {"stopped": stopped, "stand_ins": self._stand_ins.used}
                self._recorder.write(file, about)
        finally:
            self._exit(0)

    def _wait_for_stop(self) -> None:
        os.read(self._task.stop, 1)
        self.finish({"why": ""})  # the reason is known to who has stopped it

    def _run_cells(self) -> dict[str, Any] | None:
        namespace: dict[str, Any] = {"__name__": "__main__", "__builtins__": builtins}
        probes: list[Probe] = []
        loop = 0
        for number, source in self._task.cells:
            filename = _filename(number)
            known = len(probes)
            try:
                tree, loop = instrument(source, number, filename, self._names, probes, loop)
                self._recorder.add(probes[known:])
                code = compile(tree, filename, "exec", dont_inherit=True)
                exec(code, namespace)  # noqa: S102  (what this process is for)
            except SystemExit as end:
                return {"why": f"It ended itself by exit({end.code or ''}).", **_where(end)}
            except BaseException as error:  # noqa: BLE001  (whatever a script raises)
                return {"why": _explanation(error), **_where(error)}
        return None


def main() -> None:
    """Do the task on standard input."""
    task = Task(**json.loads(sys.stdin.buffer.read()))
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115, PTH123
    sys.dont_write_bytecode = True
    sys.argv = ["script"]
    sys.path.append(task.folder)
    run = _Run(task)
    guard(os.getcwd(), task.memory, task.file_size, task.seconds)  # noqa: PTH109
    run.start()


def _filename(cell: int) -> str:
    return f"<cell {cell}>"


def _explanation(error: BaseException) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"It needs {error.name}, which is not installed and cannot be stood in for."
    if isinstance(error, MemoryError):
        return "It wanted more memory than it may have."
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
