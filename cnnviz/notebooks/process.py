"""Run a program in a process of its own, and end everything that it has started.

The process leads a group of its own and carries a mark in its environment, so that whatever it
starts can be found and ended with it, even if that has left the group.
"""

import os
import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Literal

Stopped = Literal["", "time", "cancelled"]

MOST_OUTPUT: Final = 256 << 10
"""Bytes of output that are kept and handed on."""
GRACE: Final = 5.0
"""Seconds that a process has for ending itself after it has been asked to."""
_POLL: Final = 0.02
_MARK: Final = "CNNVIZ_PROCESS"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a process ended.

    Attributes
    ----------
    status : int
        Its exit status; minus the number of the signal that ended it.
    stopped : str
        Why it was stopped: "time", "cancelled", or "" if it ended itself.
    seconds : float
        How long it ran.
    """

    status: int
    stopped: Stopped
    seconds: float


def run_process(
    command: Sequence[str],
    folder: Path,
    task: bytes,
    seconds: float,
    environment: Mapping[str, str],
    *,
    inherited: Sequence[int] = (),
    on_output: Callable[[str], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
    ask_to_end: Callable[[], None] = lambda: None,
) -> Outcome:
    """Run a program without a display, and wait until it and all that it started have ended.

    Parameters
    ----------
    folder : Path
        Its working folder, home and folder for temporary files.
    task : bytes
        What it reads on standard input.
    seconds : float
        After which it is stopped.
    environment : mapping of str to str
        What it gets beside the bare necessities.
    inherited : sequence of int
        Descriptors that stay open in it.
    on_output : callable
        Called with what it prints, as it does, in another thread.
    cancelled : callable
        Asked about 50 times a second whether to stop it.
    ask_to_end : callable
        Called when it is to stop, before it is killed after `GRACE` seconds.
    """
    mark = secrets.token_hex(16)
    started = time.monotonic()
    process = subprocess.Popen(  # noqa: S603  (the caller names the program)
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        cwd=folder,
        env={**_environment(folder), **environment, _MARK: mark},
        pass_fds=inherited if os.name == "posix" else (),
        start_new_session=True,
    )
    assert process.stdin is not None  # noqa: S101  (for the type checker)
    assert process.stdout is not None  # noqa: S101
    stopped: Stopped = ""
    reader = threading.Thread(target=_hand_on, args=(process.stdout, on_output), daemon=True)
    writer = threading.Thread(target=_feed, args=(process.stdin, task), daemon=True)
    try:
        reader.start()
        writer.start()
        while process.poll() is None:
            if cancelled():
                stopped = "cancelled"
            elif time.monotonic() - started > seconds:
                stopped = "time"
            if stopped:
                ask_to_end()
                with suppress(subprocess.TimeoutExpired):
                    process.wait(GRACE)
                break
            with suppress(subprocess.TimeoutExpired):
                process.wait(_POLL)
    finally:
        _kill(process, mark)
        writer.join()
        reader.join()
    return Outcome(process.returncode, stopped, time.monotonic() - started)


def _environment(folder: Path) -> dict[str, str]:
    """Return an environment without a display, whose home is the folder."""
    kept = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "SYSTEMROOT", "LD_LIBRARY_PATH")
    home = ("HOME", "TMPDIR", "TEMP", "TMP", "USERPROFILE")
    return {
        **{name: os.environ[name] for name in kept if name in os.environ},
        **dict.fromkeys(home, str(folder)),
        "MPLBACKEND": "Agg",
        "PYTHONIOENCODING": "utf-8:backslashreplace",
        "PYTHONDONTWRITEBYTECODE": "1",
        "TQDM_DISABLE": "1",
    }


def _feed(stream: IO[bytes], task: bytes) -> None:
    with suppress(OSError):
        stream.write(task)
    with suppress(OSError):
        stream.close()


def _hand_on(stream: IO[bytes], on_output: Callable[[str], None]) -> None:
    """Read all output, so that the process never waits, and hand on the beginning of it."""
    left = MOST_OUTPUT
    with stream:
        while part := stream.read1(1 << 16):  # type: ignore[attr-defined]
            if left > 0:
                on_output(part[:left].decode(errors="replace"))
                left -= len(part)


def _kill(process: subprocess.Popen[bytes], mark: str) -> None:
    """End the process, its group, and whatever carries its mark."""
    if os.name != "posix":
        process.kill()
        process.wait()
        return
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    if sys.platform == "linux":
        while left := _marked(mark):  # what starts others while it is searched for is found next
            for number in left:
                with suppress(ProcessLookupError, PermissionError):
                    os.kill(number, signal.SIGKILL)
            time.sleep(_POLL)


def _marked(mark: str) -> list[int]:
    """Return the living processes that carry a mark."""
    wanted = f"{_MARK}={mark}".encode()
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with suppress(OSError):
            is_zombie = b"\nState:\tZ" in (entry / "status").read_bytes()
            if not is_zombie and wanted in (entry / "environ").read_bytes().split(b"\0"):
                found.append(int(entry.name))
    return found
