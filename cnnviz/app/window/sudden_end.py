"""Ends the program well if the display, the terminal or the parent of the program goes away."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from PySide6.QtCore import QTimer

from cnnviz.app.runtime.qt_messages import filtering_qt_messages
from cnnviz.app.window.main_window import MainWindow
from cnnviz.terminal import ENDING_SIGNALS, complain

_LOST: Final = ("The X11 connection broke", "The Wayland connection")
"""How Qt's last words begin if the display goes away; it ends the process after them."""


@contextmanager
def ending_well(window: MainWindow) -> Iterator[None]:
    """Close the window if a signal ends the program in this context, or the display goes away.

    Everything is in the session, which the next start offers.
    """

    def close(_number: int, _frame: object) -> None:
        # Python notices a signal because the window's timers run it.
        QTimer.singleShot(0, window.close_unasked)

    def wanted(text: str) -> bool:
        if text.startswith(_LOST):
            _end_without_display(window)
        return True

    before = {number: signal.signal(number, close) for number in ENDING_SIGNALS}
    try:
        with filtering_qt_messages(wanted):
            yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end_without_display(window: MainWindow) -> None:
    """End the process before Qt aborts it, after the session has been written."""
    window.stop_training()
    kept = ": your work is kept, and the next start offers it" if window.loop.keeps else ""
    try:
        complain(f"the display went away{kept}.")
    finally:
        os._exit(1)
