"""Waits without `qtbot`, for tests that share a window."""

from collections.abc import Callable
from time import perf_counter
from typing import Final

from PySide6.QtCore import QEventLoop
from PySide6.QtWidgets import QApplication

_LONGEST: Final = 10.0
"""Seconds."""


def wait_until(condition: Callable[[], bool]) -> None:
    """Handle events until a condition holds; fail if it takes too long."""
    end = perf_counter() + _LONGEST
    while not condition():
        assert perf_counter() < end, "it takes too long"
        QApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)
