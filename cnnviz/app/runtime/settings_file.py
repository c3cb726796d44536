"""Finds out whether settings can be kept, without waiting for a lock that is never released."""

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
    return (
        f"Layout, theme and breakpoints will not be kept, because {store.fileName()} cannot be "
        "written: make its folder writable."
    )
