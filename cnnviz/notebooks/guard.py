"""Limits of the process that a person's script runs in.

They hold back accidents, not attacks: the script runs with the rights of the person who started
it. Memory, processor time and the size of files are limited by the system where it can; that it
starts no processes, opens no connections and changes no files outside its folder is seen to by
Python's audit hooks.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

_PROCESSES: Final = (
    *("os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.system", "os.exec"),
    *("os.startfile", "subprocess.Popen", "pty.spawn", "_winapi.CreateProcess"),
)
_NETWORK: Final = ("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.sendto")
_SIGNALS: Final = ("os.kill", "os.killpg", "signal.pthread_kill")
_CHANGES: Final = (
    *("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.truncate", "os.link", "os.symlink"),
    *("os.chmod", "os.chown", "shutil.rmtree"),
)
_DEATH_SIGNAL: Final = 1
"""PR_SET_PDEATHSIG of Linux's prctl."""


def guard(folder: str, memory: int, file_size: int, seconds: int) -> None:
    """Limit this process from now on.

    Parameters
    ----------
    folder : str
        The only one whose files may be changed.
    memory, file_size : int
        Bytes of memory, and of one file.
    seconds : int
        Of processor time.
    """
    _limit_resources(memory, file_size, seconds)
    _die_with_parent()
    sys.addaudithook(_hook(os.path.realpath(folder)))


def _limit_resources(memory: int, file_size: int, seconds: int) -> None:
    try:
        import resource  # noqa: PLC0415  (not on Windows)
    except ImportError:
        return
    limits = {"RLIMIT_AS": memory, "RLIMIT_FSIZE": file_size, "RLIMIT_CPU": seconds}
    for name, most in {**limits, "RLIMIT_CORE": 0}.items():
        which = getattr(resource, name, None)
        if which is not None:
            _, hard = resource.getrlimit(which)
            if hard != resource.RLIM_INFINITY:
                most = min(most, hard)  # noqa: PLW2901
            with suppress(OSError, ValueError):
                resource.setrlimit(which, (most, most))


def _die_with_parent() -> None:
    """Let the system end this process when its parent ends, where it can."""
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):
            ctypes.CDLL(None).prctl(_DEATH_SIGNAL, int(signal.SIGKILL))


def _hook(folder: str) -> Callable[[str, tuple[Any, ...]], None]:
    processes, network, signals, changes = map(
        frozenset, (_PROCESSES, _NETWORK, _SIGNALS, _CHANGES)
    )
    realpath = os.path.realpath
    inside = (folder + os.sep, os.devnull)

    def is_outside(path: object) -> bool:
        if isinstance(path, bytes):
            path = os.fsdecode(path)
        if not isinstance(path, str):
            return False  # a descriptor: it was opened before
        real = realpath(path)
        return real != folder and not real.startswith(inside)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, mode, flags = arguments
            writes = (isinstance(mode, str) and bool(set(mode) & set("wax+"))) or (
                isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
            )
            if writes and is_outside(path):
                raise PermissionError(f"a script that is checked writes no files outside {folder}")
        elif event in processes:
            raise PermissionError("a script that is checked starts no other processes")
        elif event in network:
            raise PermissionError("a script that is checked has no network")
        elif event in signals:
            raise PermissionError("a script that is checked sends no signals")
        elif event in changes and any(map(is_outside, arguments[:2])):
            raise PermissionError(f"a script that is checked changes nothing outside {folder}")

    return hook

