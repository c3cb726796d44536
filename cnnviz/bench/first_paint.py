"""Prints when a window shows its data for the first time."""

import sys
import time

from PySide6.QtCore import QEvent, QObject, QTimer, Slot

from cnnviz.app.window.main_window import MainWindow


class FirstPaint(QObject):
    """Prints the time, in seconds since 1970, of the first painting with data, then closes."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._panel = window.panels.predictions
        self._panel.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Wait for the painting that follows the first frame: every panel has its part in it."""
        if event.type() == QEvent.Type.Paint and self._window.frame is not None:
            self._panel.removeEventFilter(self)
            QTimer.singleShot(0, self._drawn)  # once all has been painted
        return super().eventFilter(watched, event)

    @Slot()
    def _drawn(self) -> None:
        sys.stdout.write(f"{time.time()}\n")
        sys.stdout.flush()
        self._window.close()
