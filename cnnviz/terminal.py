"""The terminal: its output, and the signals that come from it."""

import os
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, Final, TextIO

if TYPE_CHECKING:
    from cnnviz.data.download import Progress

FAILED: Final = 1
"""Also of a recording with fewer iterations than were wanted, and of a check that is not passed."""
SIGNALLED: Final = 128
"""The exit status of a process that a signal has ended is this plus the signal's number."""
WRONG_USAGE: Final = 2
INTERRUPTED: Final = 130

ENDING_SIGNALS: Final = tuple(
    getattr(signal, name)
    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
    if hasattr(signal, name)
)
"""The signals of Ctrl+C, of a request to end, of a closed terminal, and of Windows' Ctrl+Break."""
_LONGEST: Final = 200


class SignalError(KeyboardInterrupt):
    """The person, the system or the terminal wants the program to end."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number


class OutputError(Exception):
    """Standard output cannot be written to; the message is one sentence."""


def prepare_streams() -> None:
    """Make standard streams that can be written to, whatever their encoding, even if closed."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:  # the file takes the number of the closed one
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors="backslashreplace")


def complain(message: str) -> None:
    """Write a line to standard error, if anybody can read it."""
    with suppress(OSError):
        sys.stderr.write(f"cnnviz: {' '.join(message.splitlines())}\n")


def show_output(text: str) -> None:
    """Write to standard error what other code has printed, if anybody can read it."""
    if text:
        with suppress(OSError):
            sys.stderr.write(text if text.endswith("\n") else f"{text}\n")


def write(text: str) -> None:
    """Write to standard output at once.

    Raises OutputError if it cannot be written to, as on a full disk, and BrokenPipeError if its
    reader has closed it.
    """
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        _abandon(sys.stdout)
        raise
    except OSError as error:
        _abandon(sys.stdout)
        raise OutputError(
            f"the output could not be written ({error.strerror or error}): send it somewhere else."
        ) from error


def flush_streams() -> None:
    """Write the buffers of the standard streams; discard them if that fails.

    Otherwise Python tries again when it ends, and replaces the exit status by 120.
    """
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            _abandon(stream)


def _abandon(stream: TextIO) -> None:
    """Redirect the rest of a stream to nowhere."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def shortened(text: str) -> str:
    """Return a text, or its beginning if it is too long for a message."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


@contextmanager
def progress_bar(**style: Any) -> Iterator["Progress"]:  # noqa: ANN401 (tqdm's own options)
    """Show a progress bar, on a terminal only; `style` is for tqdm."""
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    from tqdm import tqdm  # a tenth of the start of `cnnviz train`

    tqdm.monitor_interval = 0  # never a thread of tqdm's own
    with tqdm(**style) as bar:

        def show(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield show


@contextmanager
def interruptible() -> Iterator[list[int]]:
    """Turn the first signal to end into a SignalError, and ignore those after it.

    Yields
    ------
    list of int
        Holds the number of the signal once it has come.
    """
    received: list[int] = []

    def interrupt(number: int, _frame: FrameType | None) -> None:
        if not received:
            received.append(number)
            raise SignalError(number)

    with _handling(interrupt):
        yield received


@contextmanager
def noting_signals() -> Iterator[list[int]]:
    """Only note signals to end, for work that asks between its parts whether to go on.

    Yields
    ------
    list of int
        The numbers of the signals that have come.
    """
    received: list[int] = []
    with _handling(lambda number, _frame: received.append(number)):
        yield received


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Ignore all signals to end."""
    with _handling(signal.SIG_IGN):
        yield


@contextmanager
def ended_at_once(folder: Path | None = None) -> Iterator[None]:
    """End the process on the first signal, without an exception; remove a folder before that.

    An exception inside Qt's code, or inside its import, may crash the process.
    """

    def end(number: int, _frame: FrameType | None) -> None:
        if folder is not None:
            shutil.rmtree(folder, ignore_errors=True)
        os._exit(128 + number)

    with _handling(end):
        yield


@contextmanager
def _handling(
    handler: "Callable[[int, FrameType | None], None] | signal.Handlers",
) -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in ENDING_SIGNALS}
    for number, previous in before.items():
        if previous != signal.SIG_IGN:  # as below nohup
            signal.signal(number, handler)
    try:
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)
