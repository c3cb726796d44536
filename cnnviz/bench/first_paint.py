"""Sees when a window shows its data for the first time."""

import sys
import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, QTimer, Slot

from cnnviz.app.window.main_window import MainWindow


def tell_time(window: MainWindow) -> None:
    """Print the time, in seconds since 1970, at which a window shows its data for the first time.

    Parameters
    ----------
    window : MainWindow
        Closed then.
    """

    def tell() -> None:
        sys.stdout.write(f"{time.time()}\n")
        sys.stdout.flush()

    FirstPaint(window, tell)


class FirstPaint(QObject):
    """Tells when the window has been drawn with data and predictions, and closes it.

    Parameters
    ----------
    window : MainWindow
        Becomes the owner.
    tell : callable
        Called once.
    """

    def __init__(self, window: MainWindow, tell: Callable[[], None]) -> None:
        super().__init__(window)
        self._window, self._tell = window, tell
        self._panel = window.panels["predictions"]
        self._panel.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Wait for the painting that follows the first frame: every panel has its part in it."""
        if event.type() == QEvent.Type.Paint and self._window.frame is not None:
            self._panel.removeEventFilter(self)
            QTimer.singleShot(0, self, self._drawn)  # once all has been painted
        return super().eventFilter(watched, event)

    @Slot()
    def _drawn(self) -> None:
        self._tell()
        self._window.close()
