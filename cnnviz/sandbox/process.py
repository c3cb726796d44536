"""The side that starts a process for a person's own code, asks it, and ends it."""

import os
import signal
import subprocess
import sys
import tempfile
from codecs import getincrementaldecoder
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from secrets import token_hex
from threading import Lock, Thread, Timer
from types import TracebackType
from typing import Any, Final, Self

from cnnviz.sandbox.child import STACK_FILE
from cnnviz.sandbox.errors import MalformedMessageError, ProcessEndedError, TimeLimitError
from cnnviz.sandbox.interpreter import check_interpreter, link_package
from cnnviz.sandbox.limits import Limits
from cnnviz.sandbox.messages import Array, SandboxMessage, read_message, write_message

_GRACE: Final = 10.0
"""Seconds beyond the limit before the process is killed: time to start, and to end by itself."""
_LONGEST_STACK: Final = 20_000
_KILL: Final = getattr(signal, "SIGKILL", signal.SIGTERM)
_MARK: Final = "CNNVIZ_SANDBOX"
"""Variable of the environment by which whatever the process has started is found."""
_KEPT: Final = ("LANG", "LC_ALL", "PATH", "SYSTEMROOT")
"""Variables of the environment that the process gets."""


class Sandbox:
    """A process that runs one of our modules, which runs a person's own code.

    Its folder and home are a temporary folder that is removed with it. Use it by one thread, but
    for `kill`.

    Raises InterpreterError if another interpreter cannot be used.

    Parameters
    ----------
    module : str
        Name of the module to run; it begins with `cnnviz.sandbox.child.connect`.
    on_output : callable
        Called with each piece of text that the code prints, in another thread.
    python : Path or None
        The interpreter, by default the program's own.
    """

    def __init__(
        self,
        module: str,
        limits: Limits,
        on_output: Callable[[str], object] = lambda _text: None,
        python: Path | None = None,
    ) -> None:
        if python is not None:
            check_interpreter(python)
        self._limits, self._on_output = limits, on_output
        self._mark = token_hex(16)
        self._folder = tempfile.TemporaryDirectory(prefix="cnnviz-", ignore_cleanup_errors=True)
        self._package = tempfile.TemporaryDirectory(prefix="cnnviz-", ignore_cleanup_errors=True)
        paths = [str(Path(path).resolve()) for path in sys.path if path]
        if python is not None:
            link_package(Path(self._package.name))
            paths = [self._package.name]
        self._process = subprocess.Popen(  # noqa: S603  (our own module)
            [python or sys.executable, "-P", "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self._folder.name,
            env={**_environment(self._folder.name, paths), _MARK: self._mark},
            start_new_session=True,
        )
        self._killing = Lock()
        self._reaped = self._stopped = self._timed_out = False
        self._reader = Thread(target=self._read_output, name="output of own code", daemon=True)
        self._reader.start()
        self._send(asdict(limits), {})

    def __enter__(self) -> Self:
        """Return the process; it ends with the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """End the process."""
        self.close()

    def call(self, content: Mapping[str, Any], arrays: Mapping[str, Array]) -> SandboxMessage:
        """Send a request and wait for its answer.

        Raises SandboxError if there is none in time, the process ends, or is killed by another
        thread.
        """
        with self._time_limit():
            self._send(content, arrays)
            return self._receive()

    def send(self, content: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
        """Send a request that several answers follow, each fetched with `receive`."""
        with self._time_limit():
            self._send(content, arrays)

    def receive(self) -> SandboxMessage:
        """Wait for one answer of several; raise as `call` does."""
        with self._time_limit():
            return self._receive()

    def kill(self) -> None:
        """End the process, and all that it has started, at once. From any thread."""
        with self._killing:
            self._stopped = True
            if self._reaped:  # its number may be another's by now
                return
            with suppress(ProcessLookupError, PermissionError):
                if sys.platform == "win32":
                    self._process.kill()
                else:
                    os.killpg(self._process.pid, signal.SIGKILL)

    def close(self) -> None:
        """End the process and remove its folder; `output` is then whole."""
        if self._reaped:
            return
        self.kill()
        with self._killing:
            self._process.wait()
            self._reaped = True
        _kill_marked(self._mark)
        self._reader.join(_GRACE)  # a process that has escaped might keep the stream open
        for stream in (self._process.stdin, self._process.stdout, self._process.stderr):
            if stream is not None:
                with suppress(OSError):  # what was never sent
                    stream.close()
        self._folder.cleanup()
        self._package.cleanup()

    def _send(self, content: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
        assert self._process.stdin is not None  # noqa: S101  (a pipe)
        with suppress(OSError):  # if it has ended, the answer says so
            write_message(self._process.stdin, content, arrays)  # type: ignore[arg-type]

    def _receive(self) -> SandboxMessage:
        assert self._process.stdout is not None  # noqa: S101  (a pipe)
        try:
            answer = read_message(self._process.stdout, self._limits.reply)  # type: ignore[arg-type]
        except MalformedMessageError:
            if self._process.poll() is None and not self._stopped:
                raise
            answer = None  # the end of it is missing
        if answer is not None:
            return answer
        raise self._why_it_ended()

    def _why_it_ended(self) -> TimeLimitError | ProcessEndedError:
        was_stopped = self._stopped
        self.kill()
        self._process.wait()
        stack = self._stack()
        if stack or self._timed_out:
            return TimeLimitError(
                f"it took longer than the {self._limits.seconds:g} s that it may, and was stopped.",
                stack,
            )
        if was_stopped:
            return ProcessEndedError("it was stopped.")
        return ProcessEndedError(
            f"its process ended before it returned anything ({_ending(self._process.returncode)})."
        )

    def _stack(self) -> str:
        with suppress(OSError), (Path(self._folder.name) / STACK_FILE).open("rb") as file:
            return file.read(_LONGEST_STACK).decode(errors="replace")
        return ""

    @contextmanager
    def _time_limit(self) -> Iterator[None]:
        """Kill the process if the block takes longer than a request may."""
        timer = Timer(self._limits.seconds + _GRACE, self._expire)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()

    def _expire(self) -> None:
        self._timed_out = True
        self.kill()

    def _read_output(self) -> None:
        assert self._process.stderr is not None  # noqa: S101  (a pipe)
        decoder = getincrementaldecoder("utf-8")("replace")
        left = self._limits.output
        while chunk := os.read(self._process.stderr.fileno(), 1 << 14):
            if left <= 0:
                continue  # the code goes on
            text = decoder.decode(chunk[:left])
            left -= len(chunk)
            if left <= 0:
                text += "\n… (the rest of what it printed was dropped)\n"
            self._on_output(text)


def _environment(folder: str, paths: list[str]) -> dict[str, str]:
    """Return the environment of the process: its import path, and a folder as its home."""
    return {
        **{name: os.environ[name] for name in _KEPT if name in os.environ},
        **dict.fromkeys(("HOME", "USERPROFILE", "TMPDIR", "TEMP", "TMP"), folder),
        **dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1"),
        "PYTHONPATH": os.pathsep.join(paths),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUTF8": "1",
        "MPLBACKEND": "Agg",
    }


def _kill_marked(mark: str) -> None:
    """End the processes that have left the group of the one that started them (on Linux)."""
    wanted = f"{_MARK}={mark}".encode()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if wanted in (process / "environ").read_bytes().split(b"\0"):
                os.kill(int(process.name), _KILL)


def _ending(status: int) -> str:
    if status >= 0:
        return f"exit status {status}"
    try:
        return signal.Signals(-status).name
    except ValueError:
        return f"signal {-status}"
