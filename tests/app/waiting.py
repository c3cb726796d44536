"""Waits without `qtbot`, for tests that share a window."""

from collections.abc import Callable
from time import perf_counter
from typing import Final

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

_LONGEST: Final = 30.0
"""Seconds."""
NEVER: Final = 10**6
"""Milliseconds that no test takes: a timer with this interval is as if it did not run."""
_POLL: Final = 5
"""Milliseconds after which a condition is checked even if no event has come."""


def wait_until(condition: Callable[[], bool]) -> None:
    """Handle events until a condition holds; fail if it takes too long."""
    flags = QEventLoop.ProcessEventsFlag.AllEvents | QEventLoop.ProcessEventsFlag.WaitForMoreEvents
    end = perf_counter() + _LONGEST
    if condition():
        return
    timer = QTimer()
    timer.start(_POLL)  # something else than an event may make it hold
    while not condition():
        assert perf_counter() < end, "it takes too long"
        QApplication.processEvents(flags)
    timer.stop()
