"""Opens the dialog that exports moving pictures."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from cnnviz.app.window.parts import Parts
from cnnviz.training.loop.frame import Frame

if TYPE_CHECKING:
    from cnnviz.app.window.moving_dialog import MovingDialog


class MovingCommands(QObject):
    """Opens the dialog, one at a time."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts.window)
        self._window, self._loop, self._tasks = parts.window, parts.loop, parts.tasks
        self._style = parts.style
        parts.actions.export_moving.triggered.connect(self.open)
        self._frame: Frame | None = None
        self._dialog: MovingDialog | None = None

    @Slot(object)
    def show_frame(self, frame: Frame) -> None:
        """Pass the frame on."""
        self._frame = frame
        if self._dialog is not None:
            self._dialog.show_frame(frame)

    @Slot()
    def open(self) -> None:
        """Open the dialog, or show the one that is open."""
        if self._frame is None:
            return
        from cnnviz.app.window.moving_dialog import MovingDialog  # noqa: PLC0415  (not at the start)

        if self._dialog is None:
            theme = self._style().theme.name
            self._dialog = MovingDialog(self._loop, self._tasks, self._frame, theme, self._window)
            self._dialog.destroyed.connect(self._forget)
            self._dialog.finished.connect(self._forget)
        self._dialog.show()
        self._dialog.raise_()

    @Slot()
    def _forget(self) -> None:
        self._dialog = None
