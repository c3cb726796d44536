"""What is written to a terminal: lines, a progress bar, and what Ctrl-C does meanwhile."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, NoReturn, TextIO

if TYPE_CHECKING:
    from tqdm import tqdm


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
