"""A label whose changing numbers do not cause a new layout of the window."""

from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QLabel


class FixedSizeLabel(QLabel):
    """A label of fixed size, which changes only with the text other than its digits.

    Unless a label's size is fixed, Qt lays out the whole window again when its text changes.
    """

    def __init__(self) -> None:
        super().__init__()
        self._shape = ""
        self._fit()

    def setText(self, text: str) -> None:
        """Show a text."""
        if text != self.text():
            super().setText(text)
            self._fit()

    def changeEvent(self, event: QEvent) -> None:
        """Fit the size to another font."""
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
        lines = shape.replace("0", widest).split("\n")  # an empty last one is a line, too
        width = max(metrics.horizontalAdvance(line) for line in lines) + 2
        height = metrics.height() + (len(lines) - 1) * metrics.lineSpacing()
        beside, above = margins.left() + margins.right(), margins.top() + margins.bottom()
        self.setFixedSize(width + beside, height + above)
