"""Shows faults of the program in its window, since the terminal is rarely read."""

import platform
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import PySide6
from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot

import cnnviz
from cnnviz.app.runtime.unhandled_errors import watching_unhandled_errors
from cnnviz.app.window.status_bar import StatusBar
from cnnviz.training.loop.mailbox import Message

_INTERVAL: Final = 300
"""Milliseconds from a fault until it is shown: it may occur with every frame."""
_LONGEST: Final = 120
"""Most characters of an error's text in the status area."""


_PACKAGE: Final = Path(cnnviz.__file__).parent
_Kind = tuple[type[Exception], str]


@dataclass(frozen=True, slots=True)
class ReportedError:
    """An error that nothing handled."""

    summary: str
    """The error and where it occurred, in one line."""
    detail: str
    """The traceback of the first time, and the versions of the program and its libraries."""
    count: int = 1
    """How often it occurred."""

    @property
    def message(self) -> Message:
        """The message that the window shows."""
        times = "" if self.count == 1 else f", {self.count:,} times"
        text = (
            f"An error in cnnviz: {self.summary}{times}. Everything else goes on, and the run can "
            "be saved."
        )
        return Message(text, self.detail)


class FaultReporter(QObject):
    """Shows each fault once, and counts it from then on.

    `status` is where faults are shown; it becomes the parent.
    """

    _changed = Signal()

    def __init__(self, status: StatusBar) -> None:
        super().__init__(status)
        self._status = status
        self._lock = threading.Lock()
        self._faults: dict[_Kind, ReportedError] = {}
        self._shown: dict[_Kind, Message] = {}
        self._due = QTimer(self, singleShot=True, interval=_INTERVAL)
        self._due.timeout.connect(self._show)
        # Queued, for the status area itself may be at fault.
        self._changed.connect(self._expect, Qt.ConnectionType.QueuedConnection)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Show the faults that occur inside this context, in any thread."""
        with watching_unhandled_errors(self.add):
            yield

    def add(self, error: Exception) -> bool:
        """Count a fault; return whether it is the first of its kind. For any thread."""
        position = _position(error)
        kind = type(error), position
        with self._lock:
            known = self._faults.get(kind)
            self._faults[kind] = (
                ReportedError(f"{_named(error)} ({position})", _detail(error))
                if known is None
                else replace(known, count=known.count + 1)
            )
        self._changed.emit()
        return known is None

    @Slot()
    def _expect(self) -> None:
        if not self._due.isActive():
            self._due.start()

    @Slot()
    def _show(self) -> None:
        with self._lock:
            faults = dict(self._faults)
        for kind, fault in faults.items():
            message, before = fault.message, self._shown.get(kind)
            self._shown[kind] = message
            if before is None:
                self._status.show_message(message)
            elif before != message:
                self._status.update_message(before, message)


def _position(error: Exception) -> str:
    """Return the line of this program in which an error occurred; else the line of a library."""
    lines = [
        (Path(frame.f_code.co_filename), line)
        for frame, line in traceback.walk_tb(error.__traceback__)
    ]
    if not lines:
        return "unknown position"
    ours = [(file, line) for file, line in lines if file.is_relative_to(_PACKAGE)]
    file, line = (ours or lines)[-1]
    name = file.relative_to(_PACKAGE).as_posix() if ours else file.name
    return f"{name}, line {line}"


def _named(error: Exception) -> str:
    text = " ".join(str(error).split())
    short = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    return f"{type(error).__name__}: {short}" if text else type(error).__name__


def _detail(error: Exception) -> str:
    # Formatted at once: a traceback that is kept would keep the frames' painters open.
    return (
        f"{''.join(traceback.format_exception(error))}\n"
        f"cnnviz {cnnviz.__version__}, Python {platform.python_version()}, numpy {np.__version__}, "
        f"PySide6 {PySide6.__version__}, {platform.platform()}\n"
    )
