"""A field for a typed number, as people write them: 15, 0.01, 1e-3."""

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from cnnviz.numerics.number_parsing import parse_number


class NumberEdit(QLineEdit):
    """Reads a number when Enter is pressed or the field is left; Escape brings the old one back.

    Enter and Escape then leave the field, so that Space and the arrows are the window's again.
    """

    own_keys = frozenset({Qt.Key.Key_Escape})
    number_entered = Signal(float)
    """A person typed another number."""
    refused = Signal(str)
    """A person typed something that is no number; carries what."""
    given_up = Signal()
    """A person pressed Escape."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shown = ""
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.editingFinished.connect(self._read)

    def show_number(self, number: float) -> None:
        """Show a number, unless a person is typing another."""
        self._shown = f"{number:.10g}"
        typing = self.hasFocus() and self.isModified()
        if not typing and self.text() != self._shown:
            self.setText(self._shown)
            self.setCursorPosition(0)

    def restore(self) -> None:
        """Show the last number again, in place of what was typed."""
        self.setText(self._shown)
        self.setModified(False)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape gives up what was typed."""
        if event.key() == Qt.Key.Key_Escape:
            self.restore()
            self.given_up.emit()
            self.clearFocus()
            event.accept()
            return
        super().keyPressEvent(event)

    @Slot()
    def _read(self) -> None:
        text = self.text().strip()
        if text == self._shown:
            self.setModified(False)
            self.clearFocus()
            return
        number = parse_number(text)
        if number is None:
            self.refused.emit(text)
            return
        self.setModified(False)
        self._shown = text
        self.clearFocus()
        self.number_entered.emit(number)
