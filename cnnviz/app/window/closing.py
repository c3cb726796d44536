"""Questions before the window closes: about files being saved, and about unsaved branches.

Nothing is lost as long as everything is kept in a session.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtWidgets import QApplication, QDialog, QMainWindow

from cnnviz.app.window.export_commands import ExportCommands
from cnnviz.numerics.number_format import percent
from cnnviz.training.loop.frame import Frame
from cnnviz.training.loop.mailbox import Message
from cnnviz.training.loop.training_loop import TrainingLoop
from cnnviz.training.run.branch import BranchView

_SOON: Final = 300
"""Milliseconds of saving after which a dialog explains why the window is still open."""

# The dialogs are imported where they are opened, which is never at the start.


class Closing(QObject):
    """Decides whether a window may close, and asks the person if something would be lost.

    `window` becomes the parent, and is closed once the answer allows it.
    """

    def __init__(self, window: QMainWindow, loop: TrainingLoop, exports: ExportCommands) -> None:
        super().__init__(window)
        self.asks = False
        """Whether there is a person to ask."""
        self._window = window
        self._loop, self._exports = loop, exports
        exports.finished.connect(self._follow_export)
        self._frame: Frame | None = None
        self._saving = 0.0
        self._dialog: QDialog | None = None
        self._waits = False
        self._soon = QTimer(self, singleShot=True, interval=_SOON)
        self._soon.timeout.connect(self._show_waiting)

    def may_close(self) -> bool:
        """Return whether the window may close now; if not, the person is asked."""
        application = QApplication.instance()
        session_ends = isinstance(application, QApplication) and application.isSavingSession()
        if not self.asks or session_ends:
            return True
        if self._dialog is not None:
            self._dialog.raise_()
            self._dialog.activateWindow()
        elif self._is_saving:
            self._wait()
            self._show_waiting()
        elif not self._loop.keeps and (unsaved := self._unsaved()):
            self._ask(unsaved)
        else:
            return True
        return False

    @Slot(object)
    def show_frame(self, frame: Frame) -> None:
        """Close the window if all files that it waits for are saved."""
        self._frame = frame
        self._close_if_saved()

    @property
    def _is_saving(self) -> bool:
        return self._loop.files.is_saving or self._exports.is_writing

    def _close_if_saved(self) -> None:
        # Only a frame after the last command shows which branches are saved now.
        is_new = self._frame is not None and self._frame.done >= self._loop.sent
        if self._waits and not self._is_saving and is_new:
            self._stop_waiting()
            # This asks again if something is still unsaved.
            QTimer.singleShot(0, self._window.close)

    @Slot(object)
    def _follow_export(self, message: Message) -> None:
        self.show_message(message)
        self._close_if_saved()

    @Slot(object)
    def show_saving(self, share: float | None) -> None:
        """Show how much of a file is saved."""
        from PySide6.QtWidgets import QMessageBox  # noqa: PLC0415

        self._saving = share or 0.0
        if isinstance(self._dialog, QMessageBox) and self._waits:
            self._dialog.setText(self._waiting_text())

    @Slot(object)
    def show_message(self, message: Message) -> None:
        """Keep the window open if a file could not be saved."""
        if message.refused:
            self._stop_waiting()

    def stop(self) -> None:
        """Ask nothing any more: the window closes."""
        self._soon.stop()

    def _unsaved(self) -> list[BranchView]:
        return [branch for branch in self._frame.branches if branch.unsaved] if self._frame else []

    # Unsaved branches.

    def _ask(self, unsaved: Sequence[BranchView]) -> None:
        from cnnviz.app.window.closing_dialogs import unsaved_box  # noqa: PLC0415

        box = unsaved_box(unsaved, self._window)
        box.finished.connect(self._take_answer)
        self._open(box)

    @Slot(int)
    def _take_answer(self, answer: int) -> None:
        from cnnviz.app.window.closing_dialogs import Buttons  # noqa: PLC0415

        self._dialog = None
        if answer == Buttons.Discard:
            self._close_unasked()
        elif answer == Buttons.Save:
            unsaved = self._unsaved()
            if len(unsaved) == 1:
                self._save_one(unsaved[0])
            else:
                self._save_all(unsaved)

    def _save_one(self, branch: BranchView) -> None:
        from cnnviz.app.widgets.save_dialog import RUN, SaveDialog  # noqa: PLC0415

        dialog = SaveDialog("Save run", "run", [RUN], self._window)
        dialog.chosen.connect(lambda path: self._save({path: branch}))
        dialog.finished.connect(self._forget_dialog)
        self._open(dialog)

    def _save_all(self, branches: Sequence[BranchView]) -> None:
        from cnnviz.app.window.closing_dialogs import file_names, folder_dialog  # noqa: PLC0415

        dialog = folder_dialog(self._window)
        dialog.fileSelected.connect(lambda folder: self._save(file_names(Path(folder), branches)))
        dialog.finished.connect(self._forget_dialog)
        self._open(dialog)

    def _save(self, files: Mapping[Path, BranchView]) -> None:
        for path, branch in files.items():
            self._loop.files.save(path, branch.number)
        self._wait()

    # Files that are being saved.

    def _wait(self) -> None:
        self._waits = True
        self._soon.start()

    def _stop_waiting(self) -> None:
        if self._waits:
            self._waits = False
            self._soon.stop()
            if self._dialog is not None:
                self._dialog.close()

    @Slot()
    def _show_waiting(self) -> None:
        from cnnviz.app.window.closing_dialogs import waiting_box  # noqa: PLC0415

        self._soon.stop()
        box, give_up = waiting_box(self._waiting_text(), self._window)
        give_up.clicked.connect(self._give_up)
        box.finished.connect(self._stay)
        self._open(box)

    def _waiting_text(self) -> str:
        done = f" ({percent(round(self._saving, 2), 0)})" if self._saving else ""
        return f"cnnviz is still saving{done}. The window closes when everything is written."

    @Slot()
    def _give_up(self) -> None:
        self._loop.files.cancel()
        self._close_unasked()

    @Slot()
    def _stay(self) -> None:
        self._dialog = None
        self._waits = False

    def _close_unasked(self) -> None:
        self.asks = False
        self._window.close()

    def _open(self, dialog: QDialog) -> None:
        self._dialog = dialog
        dialog.open()

    @Slot()
    def _forget_dialog(self) -> None:
        self._dialog = None
