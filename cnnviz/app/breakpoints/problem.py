"""Where and why a condition does not parse: below its row in the table."""

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.labels import text_label
from cnnviz.training.errors import ConditionError

_SHOWN: Final = 34
"""Characters of a condition that are shown above the caret, at most."""
_FEWEST: Final = 8
"""Characters of it that are shown in a narrow table."""


class ConditionProblem(QFrame):
    """The condition with a caret under the column that is wrong, and one sentence."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.caret = QLabel(textFormat=Qt.TextFormat.PlainText)
        self.caret.setMinimumWidth(1)  # its text follows the width
        self.words = text_label(look="wrong")
        # A click goes to the row.
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        column, margins = QVBoxLayout(self), (GRID, 0, GRID, GRID // 2)
        fill_box(column, self.caret, self.words, None, spacing=0, margins=margins)
        self._text, self._column = "", 0
        self.hide()

    def show_problem(self, text: str, problem: ConditionError | None) -> None:
        """Show where and why a condition does not parse; None shows nothing."""
        if problem is None:
            self._text, self._column = "", 0
            self.caret.clear()
            self.words.clear()
            self.hide()
        else:
            self._text, self._column = text, problem.column
            self._draw_caret()
            self.words.setText(str(problem))
            self.show()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the condition into the new width."""
        super().resizeEvent(event)
        if self._text:
            self._draw_caret()

    def _draw_caret(self) -> None:
        width = self.caret.fontMetrics().horizontalAdvance("0")
        most = (self.width() - 2 * GRID) // width - 2  # with both ellipses
        lines = caret_lines(self._text, self._column, max(_FEWEST, min(_SHOWN, most)))
        self.caret.setText("\n".join(lines))

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self.caret.setFont(style.number_font)


def caret_lines(text: str, column: int, shown: int = _SHOWN) -> tuple[str, str]:
    """Return two lines: the part of a text around a column, and a caret under that column."""
    if len(text) > shown:
        start = min(max(0, column - shown // 2), len(text) - shown + 1)
        before = "…" if start else ""
        after = "…" if start + shown < len(text) else ""
        text, column = before + text[start : start + shown] + after, column - start + len(before)
    return text, " " * column + "^"
