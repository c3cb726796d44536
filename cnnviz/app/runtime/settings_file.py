"""Finds out whether settings can be kept, and keeps a copy of a file that is damaged.

Nothing waits for a lock that is never released, or for a pipe that nobody writes to.
"""

import os
import re
import shutil
import stat
from contextlib import suppress
from pathlib import Path
from typing import Final

from PySide6.QtCore import QLockFile, QSettings

_STALE: Final = 2_000
"""Milliseconds after which a lock is left over: settings are written in a few. Qt waits for 30 s
if another host has left it."""
_TIME_LIMIT: Final = 300
"""Milliseconds to wait for a program that is writing the settings now."""
_WHOLE: Final = re.compile(r'\s*|[;#].*|\[.*\]|[^=]+=("(|.*[^\\])"|@.*\)|(?!["@]).*)')
"""What a last line can be if nothing of it is missing: its quotation mark or bracket is closed."""
_LONGEST: Final = 1 << 20
"""Bytes of the last line that are read."""


def open_settings(path: Path) -> QSettings:
    """Return the settings of a file.

    Qt would wait forever to read a pipe or a device: if one is in place of the file, the settings
    begin anew, and `settings_problem` names it.
    """
    name = path / path.name if _is_special(path) else path
    return QSettings(str(name), QSettings.Format.IniFormat)


def is_writable(store: QSettings) -> bool:
    """Return whether settings can be written at once; removes a lock that has been left over."""
    path = Path(store.fileName())
    if _leads_nowhere(path) or _is_special(_lock_of(path)) or not store.isWritable():
        return False
    lock = QLockFile(str(_lock_of(path)))
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
    for special in (path.parent, _lock_of(path)):
        if _is_special(special):
            path = special
    if stat.S_ISDIR(_mode(path)):
        reason = "is a folder: move it away."
    elif _is_special(path):
        reason = "is not a file: move it away."
    elif _leads_nowhere(path):
        reason = "is a link into a folder that does not exist: remove it."
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
    return f"{path} is damaged, so some of layout, theme and breakpoints may be reset{left}."


def _is_on_full_disk(path: Path) -> bool:
    try:
        return shutil.disk_usage(path.parent).free == 0
    except OSError:
        return False


def _lock_of(path: Path) -> Path:
    """Return the file by which Qt locks settings."""
    return path.with_name(f"{path.name}.lock")


def _is_special(path: Path) -> bool:
    """Whether there is a pipe, a device or the like, which may block whoever opens it."""
    mode = _mode(path)
    return mode != 0 and not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _leads_nowhere(path: Path) -> bool:
    """Whether a link leads into a missing folder: Qt takes it for a file that can be written."""
    folder = Path(os.path.realpath(path)).parent
    return stat.S_ISLNK(_mode(path, follow_symlinks=False)) and not stat.S_ISDIR(_mode(folder))


def _mode(path: Path, *, follow_symlinks: bool = True) -> int:
    """Return what a path names, as `os.stat` does; 0 if that is nothing, or cannot be seen."""
    try:
        return path.stat(follow_symlinks=follow_symlinks).st_mode
    except OSError:
        return 0


def _ends_within_a_line(path: Path) -> bool:
    """Whether the end of a file is missing. Qt ends every line; a person may not end the last."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _LONGEST))
            last = file.read().rpartition(b"\n")[-1]
    except OSError:
        return False
    return not _WHOLE.fullmatch(last.decode(errors="replace"))
