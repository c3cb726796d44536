"""Opens the dialog that exports moving pictures."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QMainWindow

from cnnviz.app.runtime.background import BackgroundTasks
from cnnviz.training.loop.frame import Frame
from cnnviz.training.loop.training_loop import TrainingLoop

if TYPE_CHECKING:
    from cnnviz.app.window.moving_dialog import MovingDialog


class MovingCommands(QObject):
    """Opens the dialog, one at a time."""

    def __init__(self, window: QMainWindow, loop: TrainingLoop, tasks: BackgroundTasks) -> None:
        super().__init__(window)
        self._window, self._loop, self._tasks = window, loop, tasks
        self._frame: Frame | None = None
        self._dialog: MovingDialog | None = None

    @Slot(object)
    def show_frame(self, frame: Frame) -> None:
        """Pass the frame on."""
        self._frame = frame
        if self._dialog is not None:
            self._dialog.show_frame(frame)

    def open(self, theme: str) -> None:
        """Open the dialog, or show the one that is open."""
        if self._frame is None:
            return
        from cnnviz.app.window.moving_dialog import MovingDialog  # noqa: PLC0415  (not at the start)

        if self._dialog is None:
            self._dialog = MovingDialog(self._loop, self._tasks, self._frame, theme, self._window)
            self._dialog.destroyed.connect(self._forget)
            self._dialog.finished.connect(self._forget)
        self._dialog.show()
        self._dialog.raise_()

    @Slot()
    def _forget(self) -> None:
        self._dialog = None
