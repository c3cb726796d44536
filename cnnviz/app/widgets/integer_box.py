"""A field for a whole number, which says so where what was typed cannot be taken."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QValidator
from PySide6.QtWidgets import QSpinBox, QWidget

from cnnviz.app.widgets.arrow_keys import ENTER


class CountBox(QSpinBox):
    """A spin box into which anything can be typed: what is wrong with it is said, not swallowed.

    Enter leaves it where the number can be taken, Escape gives up what was typed.
    """

    refused = Signal(str)
    """What was typed is no whole number, or not in the range; carries it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setKeyboardTracking(False)
        self.setGroupSeparatorShown(True)

    def number_in(self, text: str) -> int | None:
        """Return the whole number that a text means, in the range or not; None where it is none."""
        number, understood = self.locale().toInt(text.strip())
        return number if understood else None

    def validate(self, text: str, position: int) -> object:
        """Let everything be typed."""
        number = self.number_in(text)
        if number is not None and self.minimum() <= number <= self.maximum():
            return QValidator.State.Acceptable, text, position
        return QValidator.State.Intermediate, text, position

    def fixup(self, text: str) -> str:
        """Tell what cannot be taken; the number that was there comes back."""
        if text.strip():
            self.refused.emit(text.strip())
        return text

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave the field with Enter and Escape."""
        if event.key() in ENTER:
            right = self.hasAcceptableInput()
            super().keyPressEvent(event)
            if right:
                self.clearFocus()
            else:
                self.selectAll()
        elif event.key() == Qt.Key.Key_Escape:
            self.lineEdit().setText(self.textFromValue(self.value()))
            self.clearFocus()
        else:
            super().keyPressEvent(event)
