"""A field for a typed number, as people write them: 15, 0.01, 1e-3."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit

from cnnviz.numerics.number_format import plain
from cnnviz.numerics.number_parsing import parse_number


class NumberEdit(QLineEdit):
    """Reads a number on Enter or when it loses the focus, and shows the one that is then in force.

    Escape restores the number in force. Enter and Escape leave the field, so that Space and the
    arrow keys are the window's again.
    """

    own_keys = frozenset({Qt.Key.Key_Escape})
    number_entered = Signal(float)
    """The user typed another number."""
    refused = Signal(str)
    """The text is not a number; carries it."""
    cancelled = Signal()
    """The user pressed Escape."""

    def __init__(self, name: str, tip: str = "") -> None:
        super().__init__()
        self._shown = ""
        self.setAccessibleName(name)
        self.setToolTip(tip)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.editingFinished.connect(self._read)

    def show_number(self, number: float) -> None:
        """Show a number, unless the user is typing one."""
        self._shown = self.written(number)
        typing = self.hasFocus() and self.isModified()
        if not typing and self.text() != self._shown:
            self.setText(self._shown)
            self.setCursorPosition(0)

    def written(self, number: float) -> str:
        """Return how a number is shown."""
        return plain(number, 10)

    def parsed(self, text: str) -> float | None:
        """Return the number that a text means; None if it is none."""
        return parse_number(text)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Restore the former number on Escape."""
        if event.key() == Qt.Key.Key_Escape:
            self.setText(self._shown)
            self.setModified(False)
            self.cancelled.emit()
            self.clearFocus()
        else:
            super().keyPressEvent(event)

    @Slot()
    def _read(self) -> None:
        text = self.text().strip()
        changed, number = text != self._shown, self.parsed(text)
        self.setModified(False)
        if changed and number is None:
            self._restore()
            self.refused.emit(text)
            return
        self.clearFocus()
        if changed and number is not None:
            self.number_entered.emit(number)
            self._restore()

    def _restore(self) -> None:
        """Show the number in force, which `show_number` has renewed if the new one was taken."""
        self.setText(self._shown)
