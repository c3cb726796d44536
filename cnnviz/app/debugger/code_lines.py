"""Lines of code that wrap in a narrow panel."""

from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetricsF, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

from cnnviz.app.look.style import Style
from cnnviz.app.look.style_sheet import set_sheet
from cnnviz.app.look.theme import GRID, number_font

_INDENT: Final = " " * 4
_BESIDE: Final = GRID // 2
_ABOVE: Final = 2
"""_BESIDE, _ABOVE: pixels between the code and the edges of its ground."""


class CodeLines(QLabel):
    """Code in a face whose letters are all equally wide; it can be selected and copied."""

    def __init__(self) -> None:
        super().__init__()
        self._code = ""
        self.setAccessibleName("In numpy")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)

    def set_code(self, code: str) -> None:
        """Show other code."""
        if code != self._code:
            self._code = code
            self.setAccessibleDescription(code)
            self._break()
            self.updateGeometry()

    def set_style(self, style: Style) -> None:
        """Use a style's colours and type."""
        theme = style.theme
        set_sheet(
            self,
            f"background: {theme.raised}; color: {theme.text}; border-radius: 4px;"
            f" padding: {_ABOVE}px {_BESIDE}px;",
        )
        self.setFont(number_font(0.85 * style.scale))
        self._break()
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        """Return the size of the unbroken lines.

        Its height is not that of the lines at the present width: an area that scrolls would show
        and hide its bar in turn, as each width would ask for the other one.
        """
        return self._size(self._code.splitlines())

    def minimumSizeHint(self) -> QSize:
        """Return the height of the unbroken lines, and no width."""
        return QSize(0, self.sizeHint().height())

    def hasHeightForWidth(self) -> bool:
        """Return True; a label resets what its size policy says of it, with each text."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height of the lines at a width."""
        return self._size(self._lines(width)).height()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Break the lines again."""
        super().resizeEvent(event)
        self._break()

    def _size(self, lines: list[str]) -> QSize:
        """Return the size of lines with the ground around them."""
        size = self.fontMetrics().size(0, "\n".join(lines))
        return size + QSize(2 * _BESIDE, 2 * _ABOVE)

    def _break(self) -> None:
        self.setText("\n".join(self._lines(self.width())))

    def _lines(self, width: int) -> list[str]:
        letter = QFontMetricsF(self.font()).horizontalAdvance("0")
        columns = max(16, int((width - 2 * _BESIDE - 1) / letter))
        return [part for line in self._code.splitlines() for part in broken_code(line, columns)]


def broken_code(line: str, columns: int) -> list[str]:
    """Break a line of code at a blank, before a method, after a bracket, or else anywhere.

    The parts have at most this number of columns; all but the first are indented.
    """
    parts: list[str] = []
    while len(line) > columns:
        least = len(_INDENT) + 1
        within = range(least, columns + 1)
        good = [at for at in within if line[at - 1] == " " or line[at - 1 : at + 1] == ")."]
        fair = [at for at in within if line[at - 1] == "("]
        at = (good or fair or [columns])[-1]
        parts.append(line[:at].rstrip())
        line = _INDENT + line[at:].lstrip()
    return [*parts, line]
