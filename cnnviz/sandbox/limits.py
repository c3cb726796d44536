"""Limits of a person's own code."""

import os
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

if sys.platform != "win32":
    import resource

_STARTS_A_PROCESS: Final = frozenset(
    {
        *("os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.startfile"),
        *("os.system", "subprocess.Popen"),
    }
)
_SPARE_TASKS: Final = 32
"""Threads that the code's libraries may start."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of one process."""

    seconds: float = 10.0
    """How long one request may take, in wall-clock time."""
    memory: int = 4 << 30
    """Bytes of address space, where the system can limit it."""
    file_size: int = 16 << 20
    """Bytes of the largest file that it may write."""
    output: int = 64 << 10
    """Bytes of its output that are kept; the rest is dropped."""
    reply: int = 1 << 30
    """Bytes of the arrays of one reply."""


def limit_this_process(limits: Limits) -> None:
    """Limit the process for good. It may start no others."""
    sys.addaudithook(_refuse_processes)
    if sys.platform == "win32":  # which has no such limits
        return
    bounds = {
        resource.RLIMIT_AS: limits.memory,
        resource.RLIMIT_FSIZE: limits.file_size,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_NPROC: _tasks_of_this_person() + _SPARE_TASKS,
    }
    for kind, bound in bounds.items():
        with suppress(ValueError, OSError):  # lower already, or not limited by this system
            resource.setrlimit(kind, (bound, bound))


def _refuse_processes(event: str, _arguments: object) -> None:
    if event in _STARTS_A_PROCESS:
        raise PermissionError("code that cnnviz runs may not start another process")


def _tasks_of_this_person() -> int:
    """Return how many threads the person runs, as far as the system says."""
    person, count = os.getuid(), 0
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if process.stat().st_uid == person:
                count += sum(1 for _ in (process / "task").iterdir())
    return count or 1000
