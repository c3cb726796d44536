"""Shows that a command takes long."""

from typing import Final

from PySide6.QtCore import QObject, QTimer, Slot

from cnnviz.app.window.status_bar import StatusBar
from cnnviz.training.loop.frame import Frame
from cnnviz.training.loop.training_loop import TrainingLoop

_LIMIT: Final = 300
"""Milliseconds after which a command that is still under way is shown as such."""


class BusyNotice(QObject):
    """Tracks the commands that may take long, and shows them in the status bar."""

    def __init__(self, loop: TrainingLoop, status: StatusBar, parent: QObject) -> None:
        super().__init__(parent)
        self._loop = loop
        self._status = status
        self._done: int | None = None
        self._timer = QTimer(self, singleShot=True, interval=_LIMIT)
        self._timer.timeout.connect(self._show_working)

    def track(self, command: int) -> int:
        """Track a command, and return its number."""
        self._timer.start()
        return command

    @Slot(object)
    def show_frame(self, frame: Frame) -> None:
        """Note which commands have been carried out."""
        self._done = frame.done

    def stop(self) -> None:
        """Show nothing any more."""
        self._timer.stop()

    @Slot()
    def _show_working(self) -> None:
        if self._done is not None and self._done < self._loop.sent:
            self._status.show_working()
