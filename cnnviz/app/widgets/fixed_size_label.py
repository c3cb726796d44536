"""Words and numbers that do not lay the window out anew with every number."""

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QLabel, QWidget


class SteadyLabel(QLabel):
    """Lines of text, in a size of their own that only more or other words change.

    Qt lays out everything around a label when its text changes, up to the window, unless its size
    is fixed; which digits a number has does not matter to that size.
    """

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._shape = ""
        self.say(text)

    def say(self, text: str) -> None:
        """Show another text."""
        if text != self.text():
            self.setText(text)
            self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Make room for type of another size."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._shape = ""
            self._fit()

    def _fit(self) -> None:
        shape = "".join("0" if c.isdigit() else c for c in self.text())
        if shape == self._shape:
            return
        self._shape = shape
        metrics, margins = self.fontMetrics(), self.contentsMargins()
        widest = max("0123456789", key=metrics.horizontalAdvance)
        lines = shape.replace("0", widest).splitlines() or [""]
        width = max(metrics.horizontalAdvance(line) for line in lines) + 2
        height = metrics.height() + (len(lines) - 1) * metrics.lineSpacing()
        beside, above = margins.left() + margins.right(), margins.top() + margins.bottom()
        self.setFixedSize(width + beside, height + above)
