"""Runs `cnnviz export` in a process of its own, which draws without holding up the window."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cnnviz.app.runtime.background import Compute
from cnnviz.numerics.blocks import ProgressCallback
from cnnviz.training.errors import ExportError

_TIME_LIMIT: Final = 10
"""Seconds after which a process that has been asked to end is killed."""


class ExportProcess:
    """One export of a run file.

    `run` is read and `out` is written. The command gets `--progress`, by which it reports each
    frame, and further `options`.
    """

    def __init__(self, run: Path, out: Path, options: Sequence[str]) -> None:
        self._command = [
            *_program(),
            *("export", str(run), "--out", str(out), "--progress"),
            *options,
        ]
        self._process: subprocess.Popen[str] | None = None
        self._is_cancelled = False

    @property
    def compute(self) -> Compute[None]:
        """What `BackgroundTasks` is given to run."""
        return self._run

    def cancel(self) -> None:
        """Ask the process to end, from any thread; it removes its unfinished files."""
        self._is_cancelled = True
        if self._process is not None:
            self._process.terminate()

    def _run(self, on_progress: ProgressCallback) -> None:
        """Start the process, and wait for its end.

        Raises ExportError if it fails, with its message.
        """
        process = self._process = subprocess.Popen(  # noqa: S603  (our own program)
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            errors="replace",
            env={**os.environ, "PYTHONIOENCODING": "utf-8"},  # on Windows, a pipe has another one
        )
        try:
            if self._is_cancelled:  # before there was a process
                process.terminate()
            with process:
                for line in process.stdout or ():
                    done, _, whole = line.partition("/")
                    if whole.strip().isdigit():
                        on_progress(int(done) / int(whole))
                words = process.stderr.read() if process.stderr else ""
        finally:
            _end(process)
        if process.returncode:
            last = words.strip().splitlines()[-1:] or ["it ended without a message."]
            raise ExportError(last[0].removeprefix("cnnviz: "))


def _program() -> list[str]:
    """Return how this program is called, also in a folder without Python."""
    if getattr(sys, "frozen", False):
        return [sys.executable]
    return [sys.executable, "-m", "cnnviz"]


def _end(process: subprocess.Popen[str]) -> None:
    """Let a process end, by force if it does not end by itself."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_TIME_LIMIT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
