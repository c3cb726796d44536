"""Finds out whether settings can be kept, and keeps a copy of a file that is damaged.

Nothing waits for a lock that is never released.
"""

import shutil
from contextlib import suppress
from pathlib import Path
from typing import Final

from PySide6.QtCore import QLockFile, QSettings

_STALE: Final = 2_000
"""Milliseconds after which a lock is left over: settings are written in a few. Qt waits for 30 s
if another host has left it."""
_TIME_LIMIT: Final = 300
"""Milliseconds to wait for a program that is writing the settings now."""


def is_writable(store: QSettings) -> bool:
    """Return whether settings can be written at once; removes a lock that has been left over."""
    if not store.isWritable():
        return False
    lock = QLockFile(f"{store.fileName()}.lock")
    lock.setStaleLockTime(_STALE)
    if not lock.tryLock(_TIME_LIMIT):
        return False
    lock.unlock()
    return True


def settings_problem(store: QSettings) -> str:
    """Return one sentence if settings cannot be kept; empty if they can."""
    if is_writable(store):
        return ""
    path = Path(store.fileName())
    if path.is_dir():
        reason = "is a folder: move it away."
    elif _is_on_full_disk(path):
        reason = "cannot be written: make room on its disk."
    else:
        reason = "cannot be written: make its folder writable."
    return f"Layout, theme and breakpoints will not be kept, because {path} {reason}"


def copy_damaged(store: QSettings) -> str:
    """Copy a settings file that is damaged, before it is written; return a sentence, or ""."""
    path = Path(store.fileName())
    store.allKeys()  # which reads the file
    if store.status() != QSettings.Status.FormatError and not _ends_within_a_line(path):
        return ""
    copy, left = path.with_name(f"{path.name}.damaged"), ""
    with suppress(OSError):
        shutil.copyfile(path, copy)
        left = f"; the file as it was is {copy.name}"
    return f"{path} is damaged, so some of layout, theme and breakpoints may begin anew{left}."


def _is_on_full_disk(path: Path) -> bool:
    try:
        return shutil.disk_usage(path.parent).free == 0
    except OSError:
        return False


def _ends_within_a_line(path: Path) -> bool:
    """Whether the end of a file is missing: Qt ends every line."""
    try:
        with path.open("rb") as file:
            file.seek(-1, 2)
            return file.read() != b"\n"
    except OSError:  # among them an empty file
        return False
