"""What is written to a terminal: lines, a progress bar, and what Ctrl-C does meanwhile."""

import os
import shutil
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn, TextIO

if TYPE_CHECKING:
    from tqdm import tqdm

ENDING_SIGNALS: Final = tuple(
    getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)
)
"""Of Ctrl-C, of somebody who ends the process, and of a terminal that is closed."""


def complain(message: str) -> None:
    """Write a line to standard error, as the program's."""
    write(sys.stderr, f"cnnviz: {message}")


def write(stream: TextIO | None, message: str) -> None:
    """Write one line, whatever characters a file's name brings into it."""
    if stream is not None:
        line = " ".join(message.splitlines())
        stream.write(line.encode(stream.encoding, "backslashreplace").decode(stream.encoding))
        stream.write("\n")


def progress_bar(iterations: int) -> "tqdm[NoReturn]":
    """Return a progress bar, seen on a terminal only."""
    from tqdm import tqdm

    tqdm.monitor_interval = 0  # never a thread of tqdm's own
    return tqdm(total=iterations, unit=" iterations", disable=None)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Do not hear of Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def ended_at_once(folder: Path | None = None) -> Iterator[None]:
    """End the process on the first signal, without an exception; remove a folder before that.

    An exception inside Qt's code, or inside its import, may crash the process.
    """

    def end(number: int, _frame: object) -> None:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        os._exit(128 + number)

    before = {number: signal.signal(number, end) for number in ENDING_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
