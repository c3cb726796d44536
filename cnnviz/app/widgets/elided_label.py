"""A label for text from outside, which may be of any length."""

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QPainter, QPaintEvent, QTextLayout, QTextOption
from PySide6.QtWidgets import QLabel, QSizePolicy

LINES: Final = 2


class ElidedLabel(QLabel):
    """Two lines of plain text, which end in … if it is too long."""

    def __init__(self) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    @property
    def lines(self) -> list[str]:
        """The lines that are shown."""
        text, width = self.text(), self.contentsRect().width()
        layout = QTextLayout(text, self.font())
        layout.setTextOption(QTextOption(Qt.AlignmentFlag.AlignLeft))
        starts: list[int] = []
        layout.beginLayout()
        while len(starts) <= LINES and (line := layout.createLine()).isValid():
            line.setLineWidth(width)
            starts.append(line.textStart())
        layout.endLayout()
        lines = [text[a:b].strip() for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]
        if len(lines) > LINES:
            remainder = text[starts[LINES - 1] :]
            elided = self.fontMetrics().elidedText(remainder, Qt.TextElideMode.ElideRight, width)
            lines[LINES - 1 :] = [elided]
        right, metrics = Qt.TextElideMode.ElideRight, self.fontMetrics()
        return [metrics.elidedText(line, right, width) for line in lines]  # one may be one word

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the text, or as much of it as fits."""
        lines = self.lines
        if not any(line.endswith("…") for line in lines):
            super().paintEvent(event)
            return
        painter = QPainter(self)
        painter.setPen(self.palette().text().color())
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(self.contentsRect(), flags, "\n".join(lines))
        painter.end()
