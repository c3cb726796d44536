"""A small editor for Python: colours, indentation, and a mark at the line that failed."""

import keyword
import re
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QKeyEvent,
    QSyntaxHighlighter,
    QTextBlock,
    QTextCharFormat,
    QTextCursor,
    QTextDocument,
    QTextFormat,
)
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import Theme

_INDENT: Final = " " * 4
_WORDS: Final = re.compile(rf"\b({'|'.join(keyword.kwlist)})\b")
_NUMBERS: Final = re.compile(r"\b\d[\w.]*")
_STRINGS: Final = re.compile(r"(?<!\")\"(?!\"\")[^\"\n]*\"|'[^'\n]*'")
_COMMENTS: Final = re.compile(r"#.*")
_QUOTES: Final = '"""'
_IN_QUOTES: Final = 1


class PythonColours(QSyntaxHighlighter):
    """Colours keywords, numbers, strings and comments."""

    def __init__(self, document: QTextDocument) -> None:
        super().__init__(document)
        self._formats: dict[re.Pattern[str], QTextCharFormat] = {}
        self._quoted = QTextCharFormat()

    def set_theme(self, theme: Theme) -> None:
        """Use a theme's colours."""

        def made(colour: str, *, bold: bool = False) -> QTextCharFormat:
            look = QTextCharFormat()
            look.setForeground(QColor(colour))
            look.setFontWeight(QFont.Weight.DemiBold if bold else QFont.Weight.Normal)
            return look

        self._quoted = made(theme.muted)
        self._formats = {
            _WORDS: made(theme.accent, bold=True),
            _NUMBERS: made(theme.filters[1]),
            _STRINGS: made(theme.muted),
            _COMMENTS: made(theme.muted),
        }
        self.rehighlight()

    def highlightBlock(self, text: str) -> None:
        """Colour one line; triple quotes may go on from the line before."""
        for pattern, look in self._formats.items():
            for match in pattern.finditer(text):
                self.setFormat(match.start(), len(match[0]), look)
        inside = self.previousBlockState() == _IN_QUOTES
        start = 0
        parts = text.split(_QUOTES)
        for number, part in enumerate(parts):
            if inside:
                begin = max(0, start - len(_QUOTES))
                self.setFormat(begin, start + len(part) + len(_QUOTES) - begin, self._quoted)
            start += len(part) + len(_QUOTES)
            if number < len(parts) - 1:
                inside = not inside
        self.setCurrentBlockState(_IN_QUOTES if inside else 0)


class CodeEditor(QPlainTextEdit):
    """Plain text in which Tab and Enter indent; Ctrl+Tab leaves it."""

    def __init__(self, style: Style) -> None:
        super().__init__()
        self.setAccessibleName("Your code")
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._colours = PythonColours(self.document())
        self.failed_line: int | None = None
        """The line that is marked, from 1."""
        self.textChanged.connect(self._forget_failure)
        self.set_style(style)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._style = style
        self.setFont(style.number_font)
        self._colours.set_theme(style.theme)
        self._mark()

    def show_failure(self, line: int | None) -> None:
        """Mark a line, counted from 1, and go to it; None removes the mark."""
        self.failed_line = line
        if line is not None and (block := self._block(line)).isValid():
            self.setTextCursor(QTextCursor(block))
        self._mark()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Indent with Tab and after Enter."""
        modifiers = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if event.key() == Qt.Key.Key_Tab and modifiers == Qt.KeyboardModifier.NoModifier:
            self.insertPlainText(_INDENT)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not modifiers:
            line = self.textCursor().block().text()
            indent = line[: len(line) - len(line.lstrip())]
            more = _INDENT if line.rstrip().endswith(":") else ""
            self.insertPlainText(f"\n{indent}{more}")
            self.ensureCursorVisible()
        else:
            super().keyPressEvent(event)

    def _block(self, line: int) -> QTextBlock:
        return self.document().findBlockByNumber(line - 1)

    def _forget_failure(self) -> None:
        if self.failed_line is not None:
            self.show_failure(None)

    def _mark(self) -> None:
        marks = []
        if self.failed_line is not None and (block := self._block(self.failed_line)).isValid():
            mark = QTextEdit.ExtraSelection()
            ground = QColor(self._style.theme.wrong)
            ground.setAlpha(60)
            mark.format.setBackground(ground)  # type: ignore[attr-defined]
            mark.format.setProperty(QTextFormat.Property.FullWidthSelection, True)  # type: ignore[attr-defined]
            mark.cursor = QTextCursor(block)  # type: ignore[attr-defined]
            marks.append(mark)
        self.setExtraSelections(marks)
