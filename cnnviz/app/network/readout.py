"""The line below the pictures: a value, an explanation, or a hint about the mouse."""

from typing import Final

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

from cnnviz.app.left_out import LEFT_OUT
from cnnviz.app.look.theme import GRID
from cnnviz.numerics.tensors import TRANSPOSITION

HINTS: Final = (
    "Click pins a value, right-click explains it, double-click changes it, the wheel zooms.",
    "Click pins, right-click explains, double-click changes, wheel zooms.",
    "Right-click explains, click pins, wheel zooms.",
)
"""The first that fits is shown."""


class Readout(QLabel):
    """Shows a text, or a hint if there is none."""

    # Of the class, because it gets its font while it is being made.
    _text, _hint = "", HINTS[0]

    def __init__(self) -> None:
        super().__init__(HINTS[0])
        self.setAccessibleName("Value under the pointer")
        self.setToolTip(TRANSPOSITION)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("muted", True)
        self.setProperty(LEFT_OUT, True)
        self.setContentsMargins(GRID, 0, GRID, GRID // 2)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def show_text(self, text: str) -> None:
        """Show a text, or the hint if it is empty."""
        if text != self._text:
            self._text = text
            self.setProperty(LEFT_OUT, not text)
            self.setText(text or self._hint)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Choose the hint that fits."""
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Choose the hint that fits in another font."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()

    def _fit(self) -> None:
        metrics, available = self.fontMetrics(), self.width() - 2 * GRID
        fitting = (hint for hint in HINTS if metrics.horizontalAdvance(hint) <= available)
        self._hint = next(fitting, HINTS[-1])
        self.setText(self._text or self._hint)
