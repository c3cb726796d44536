"""A button with a long text, which takes more lines in a narrow panel."""

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QResizeEvent
from PySide6.QtWidgets import QPushButton, QSizePolicy

from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.text_layout import broken

_LEAST: Final = 16
"""The least width, in letters."""
_BESIDE: Final = 4 * GRID
"""Pixels of a button's width that are not for its text."""


class InstrumentButton(QPushButton):
    """Shows all of its text at any width."""

    def __init__(self, text: str, tip: str, act: Callable[[], object]) -> None:
        super().__init__(text)
        self._whole = text
        self.setToolTip(tip)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keys to the window
        self.clicked.connect(lambda _checked: act())
        self.setAccessibleName(text)
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def heightForWidth(self, width: int) -> int:
        """Return the height that the lines need at a width."""
        more = len(self._lines(width)) - 1
        return self._one_line.height() + round(more * self.fontMetrics().lineSpacing())

    def sizeHint(self) -> QSize:
        """Return the size of the text in one line."""
        return self._one_line

    def minimumSizeHint(self) -> QSize:
        """Return the size for a few words in each line."""
        width = _LEAST * self.fontMetrics().averageCharWidth() + _BESIDE
        return QSize(width, self._one_line.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break the text into lines."""
        super().resizeEvent(event)
        self._break()

    def changeEvent(self, event: QEvent) -> None:
        """Break its lines again if its type changes."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self.updateGeometry()
            self._break()

    def _break(self) -> None:
        self.setText("\n".join(self._lines(self.width())))

    @property
    def _one_line(self) -> QSize:
        text = QFontMetricsF(self.font()).horizontalAdvance(self._whole)
        height = self.fontMetrics().height() + 2 * (GRID // 2) + 2
        return QSize(round(text) + _BESIDE, height)

    def _lines(self, width: int) -> list[str]:
        return broken(self._whole, QFontMetricsF(self.font()), width - _BESIDE)
