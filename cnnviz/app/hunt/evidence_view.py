"""What the instruments have shown: lines in columns, whose last one may be long."""

import re
from typing import Final

from PySide6.QtGui import QFont, QFontMetricsF, QResizeEvent, QTextCursor
from PySide6.QtWidgets import QTextEdit

_COLUMNS: Final = re.compile(r" *(?:\S+(?: \S+)* {2,})*")
"""The part of a line before its last column; columns are two spaces apart."""
_NARROW: Final = 4
"""Characters by which a line is indented where its columns would leave too little room."""


class EvidenceView(QTextEdit):
    """Text in a fixed-width font; a long last column wraps below its own beginning."""

    def __init__(self) -> None:
        super().__init__(readOnly=True)
        self.setAccessibleName("Evidence")

    def append_plain(self, text: str) -> None:
        """Add lines at the end, and scroll to them."""
        cursor = self.textCursor()
        cursor.movePosition(QTextCursor.MoveOperation.End)
        cursor.insertText(text if self.document().isEmpty() else f"\n{text}")
        self.setTextCursor(cursor)
        self._indent()
        self.ensureCursorVisible()

    def set_font(self, font: QFont) -> None:
        """Use a fixed-width font."""
        self.setFont(font)
        self._indent()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the indents to the new width."""
        super().resizeEvent(event)
        self._indent()

    def _indent(self) -> None:
        """Let what is wrapped begin below the last column, or below the first if that is narrow."""
        character = QFontMetricsF(self.font()).horizontalAdvance("0")
        most = self.viewport().width() / 2 / character
        block = self.document().begin()
        while block.isValid():
            columns = _COLUMNS.match(block.text())
            at = columns.end() if columns is not None else 0
            indent = round((at if at < most else _NARROW) * character)
            form = block.blockFormat()
            if form.leftMargin() != indent:
                form.setLeftMargin(indent)
                form.setTextIndent(-indent)
                QTextCursor(block).setBlockFormat(form)
            block = block.next()
