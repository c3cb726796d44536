"""A user in the dialogs for saving and for replacing a file."""

from pathlib import Path

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QApplication,
    QComboBox,
    QDialogButtonBox,
    QLineEdit,
    QMessageBox,
    QWidget,
)
from pytestqt.qtbot import QtBot

from cnnviz.app.widgets.save_dialog import SaveDialog


class SavingPerson:
    """A user in an open save dialog."""

    def __init__(self, parent: QWidget, qtbot: QtBot) -> None:
        (self.dialog,) = (d for d in parent.findChildren(SaveDialog) if d.isVisible())
        self.qtbot = qtbot
        self.window = parent.window()
        self.questions: list[str] = []
        field = self.dialog.findChild(QLineEdit, "fileNameEdit")
        assert field is not None
        self.field = field

    def choose_type(self, row: int) -> None:
        """Choose a type with the keyboard, as on a screen."""
        combo = self.dialog.findChild(QComboBox, "fileTypeCombo")
        assert combo is not None
        combo.setFocus()
        down = Qt.Key.Key_Down if row > combo.currentIndex() else Qt.Key.Key_Up
        while combo.currentIndex() != row:
            QTest.keyClick(combo, down)

    def save(self, name: str | Path, *, replace: bool | None = None) -> list[str]:
        """Type a name, press Enter, and answer the question whether to replace; return it."""
        self.dialog.activateWindow()
        self.field.setFocus()
        self.qtbot.waitUntil(self.field.hasFocus)
        self.field.selectAll()
        QTest.keyClick(self.field, Qt.Key.Key_Delete)
        # At once: Qt looks for completions after each letter. QTest knows only the keys of ASCII.
        press = QKeyEvent(QEvent.Type.KeyPress, 0, Qt.KeyboardModifier.NoModifier, str(name))
        QApplication.sendEvent(self.field, press)
        return self.enter(replace=replace)

    def enter(self, *, replace: bool | None = None) -> list[str]:
        """Press Save, and answer the question whether to replace; return it."""
        self.questions = []
        answers = QTimer(self.dialog)
        answers.setInterval(5)
        answers.timeout.connect(lambda: self._answer(replace=replace))
        answers.start()
        buttons = self.dialog.findChild(QDialogButtonBox, "buttonBox")
        assert buttons is not None
        save = buttons.button(QDialogButtonBox.StandardButton.Save)
        QTest.mouseClick(save, Qt.MouseButton.LeftButton)
        answers.stop()
        if not self.dialog.isVisible():  # a window manager would do this
            self.qtbot.waitUntil(self._is_window_active)
        return self.questions

    def _is_window_active(self) -> bool:
        """Activate the window until it is active: the dialog that goes may be so once more.

        A window that closes after the save may be gone before.
        """
        self.window.activateWindow()
        return self.window.isActiveWindow() or not self.window.isVisible()

    def _answer(self, *, replace: bool | None) -> None:
        box = QApplication.activeModalWidget()
        if isinstance(box, QMessageBox):
            self.questions.append(box.text())
            kind = QMessageBox.StandardButton.Yes if replace else QMessageBox.StandardButton.No
            QTest.mouseClick(box.button(kind), Qt.MouseButton.LeftButton)
