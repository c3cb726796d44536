"""A field for a whole number that reports invalid input."""

from typing import Final

from PySide6.QtCore import QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent, QValidator
from PySide6.QtWidgets import QSpinBox, QStyle, QStyleOptionSpinBox, QWidget

from cnnviz.app.look.key_names import named_keys
from cnnviz.app.widgets.arrow_keys import ENTER
from cnnviz.app.widgets.wheel_focus import require_focus_for_wheel
from cnnviz.numerics.number_parsing import parse_whole_number

_AROUND: Final = 5
"""Pixels beside a number in its field: Qt's margins, and the cursor at the end."""


class IntegerBox(QSpinBox):
    """A spin box into which anything can be typed; it emits `refused` if that is invalid.

    Enter leaves the field if the number is valid, Escape restores the former number.

    Parameters
    ----------
    name : str
        Name for assistive technology.
    limits : tuple of int
        The smallest and the largest number.
    value : int
        The first number.
    separator : str
        Between thousands, as it is shown; typed numbers may have commas or not.
    """

    refused = Signal(str)
    """The text is not a whole number in the range; carries it."""

    def __init__(
        self,
        name: str,
        tip: str = "",
        limits: tuple[int, int] = (0, 0),
        value: int = 0,
        *,
        prefix: str = "",
        suffix: str = "",
        separator: str = ",",
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._separator = separator
        self.setPrefix(prefix)
        self.setSuffix(suffix)
        self.setAccessibleName(name)
        self.setToolTip(named_keys(tip))
        self.setRange(*limits)
        self.setValue(value)
        self.setKeyboardTracking(False)
        require_focus_for_wheel(self)

    def sizeHint(self) -> QSize:
        """Return a size at which every number fits."""
        return self._fitting(super().sizeHint(), self.suffix())

    def minimumSizeHint(self) -> QSize:
        """Return a size at which every number fits without its unit."""
        return self._fitting(super().minimumSizeHint(), "")

    def _fitting(self, size: QSize, suffix: str) -> QSize:
        """Widen a size until every number fits: Qt's own forgets how wide the arrows are."""
        option = QStyleOptionSpinBox()
        self.initStyleOption(option)
        option.rect = QRect(QPoint(), size)  # type: ignore[attr-defined]  # stubs lack it
        control, part = QStyle.ComplexControl.CC_SpinBox, QStyle.SubControl.SC_SpinBoxEditField
        available = self.style().subControlRect(control, option, part, self).width() - _AROUND
        texts = [self.textFromValue(limit) for limit in (self.minimum(), self.maximum())]
        advance = self.fontMetrics().horizontalAdvance
        widest = max(advance(f"{self.prefix()}{text}{suffix}") for text in texts)
        return size + QSize(max(0, widest - available), 0)

    def textFromValue(self, value: int) -> str:
        """Write a number as everywhere in the window, whatever the locale."""
        return f"{value:{self._separator}}"

    def valueFromText(self, text: str) -> int:
        """Return the typed number."""
        number = parse_whole_number(self._typed(text))
        return self.value() if number is None else number

    def validate(self, text: str, position: int) -> object:
        """Allow every text while it is being typed."""
        number = parse_whole_number(self._typed(text))
        if number is not None and self.minimum() <= number <= self.maximum():
            return QValidator.State.Acceptable, text, position
        return QValidator.State.Intermediate, text, position

    def fixup(self, text: str) -> str:
        """Report an invalid text; the former number returns."""
        if typed := self._typed(text):
            self.refused.emit(typed)
        return text

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Leave the field with Enter or Escape."""
        if event.key() in ENTER:
            valid = self.hasAcceptableInput()
            super().keyPressEvent(event)
            if valid:
                self.clearFocus()
            else:
                self.selectAll()
        elif event.key() == Qt.Key.Key_Escape:
            self.lineEdit().setText(self.prefix() + self.textFromValue(self.value()))
            self.clearFocus()
        else:
            super().keyPressEvent(event)

    def _typed(self, text: str) -> str:
        return text.strip().removeprefix(self.prefix()).strip()
