"""Further limits of the process of a person's script, beside those of `cnnviz.sandbox`.

Python's audit hooks see to it that a script opens no connections, sends no signals, changes no
files outside its folder, and does not fork by way of ctypes. They hold back accidents, not attacks:
the script runs with the rights of the person who started it.
"""

import os
import sys
from collections.abc import Callable
from typing import Any, Final

_NETWORK: Final = ("socket.connect", "socket.bind", "socket.getaddrinfo", "socket.sendto")
_SIGNALS: Final = ("os.kill", "os.killpg", "signal.pthread_kill")
_SYSTEM_CALLS: Final = frozenset(
    {
        *("fork", "vfork", "clone", "clone3", "syscall", "system", "popen", "posix_spawn"),
        *("posix_spawnp", "execv", "execve", "execvp", "kill", "killpg", "setsid", "setpgid"),
    }
)
"""Functions of the system's library that ctypes may not look up."""
_CHANGES: Final = (
    *("os.remove", "os.rename", "os.rmdir", "os.mkdir", "os.truncate", "os.link", "os.symlink"),
    *("os.chmod", "os.chown", "shutil.rmtree"),
)


def guard(folder: str) -> None:
    """Guard this process from now on; `folder` is the only one whose files it may change."""
    sys.addaudithook(_hook(os.path.realpath(folder)))


def _hook(folder: str) -> Callable[[str, tuple[Any, ...]], None]:
    network, signals, changes = map(frozenset, (_NETWORK, _SIGNALS, _CHANGES))
    realpath = os.path.realpath
    inside, nowhere = folder + os.sep, realpath(os.devnull)

    def is_outside(path: object) -> bool:
        if isinstance(path, bytes):
            path = os.fsdecode(path)
        if not isinstance(path, str):
            return False  # a descriptor: it was opened before
        real = realpath(path)
        return real not in (folder, nowhere) and not real.startswith(inside)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path, mode, flags = arguments
            writes = (isinstance(mode, str) and bool(set(mode) & set("wax+"))) or (
                isinstance(flags, int) and bool(flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
            )
            if writes and is_outside(path):
                raise PermissionError(f"a script that is checked writes no files outside {folder}")
        elif event == "ctypes.dlsym" and arguments[1] in _SYSTEM_CALLS:
            raise PermissionError(f"a script that is checked does not call {arguments[1]}")
        elif event in network:
            raise PermissionError("a script that is checked has no network")
        elif event in signals:
            raise PermissionError("a script that is checked sends no signals")
        elif event in changes and any(map(is_outside, arguments[:2])):
            raise PermissionError(f"a script that is checked changes nothing outside {folder}")

    return hook
