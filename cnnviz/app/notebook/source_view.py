"""A script's source with line numbers, and the verdict on each line in the margin."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, QPoint, QRect, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QColor,
    QFont,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextBlock,
    QTextCursor,
    QTextFormat,
)
from PySide6.QtWidgets import QPlainTextEdit, QTextEdit, QToolTip, QWidget

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID, Theme
from cnnviz.app.notebook.source_lines import SIGNS, WORDS, Line, LineVerdicts, SourceLines
from cnnviz.app.widgets.arrow_keys import ENTER
from cnnviz.app.widgets.code_editor import PythonColours
from cnnviz.app.widgets.text_layout import CENTRE, RIGHT
from cnnviz.notebooks.reader import Script
from cnnviz.notebooks.verdicts import Verdict
from cnnviz.numerics.operations import TITLES

_FAINT: Final = 40
_STRONG: Final = 80
"""Opacity, of 255, of the ground of an operation's lines, and of the chosen one."""


class SourceView(QPlainTextEdit):
    """Shows a script; its text can be selected and copied, not typed into."""

    line_chosen = Signal(object, bool)
    """Carries the line (cell, line), and whether it is to be shown elsewhere, too: by a click or by
    Enter, not by passing it with the arrow keys."""

    own_keys = frozenset({Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End})

    def __init__(self, style: Style) -> None:
        super().__init__()
        self.setAccessibleName("Source of the script")
        self.setReadOnly(True)
        self.setAcceptDrops(False)
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._colours = PythonColours(self.document())
        self._lines = SourceLines("", ())
        self._verdicts = LineVerdicts()
        self.highlighted: tuple[Line, ...] = ()
        """The lines of an operation, which are marked."""
        self._margin = _Margin(self)
        self.updateRequest.connect(self._update_margin)
        self.cursorPositionChanged.connect(self._follow_cursor)
        self.set_style(style)

    @property
    def line(self) -> Line | None:
        """The line with the cursor; None for a heading."""
        return self._line_of(self.textCursor().block())

    def show_script(self, script: Script) -> None:
        """Show a script, without verdicts; the cursor and the scroll bar stay if they can."""
        block, top = self.textCursor().blockNumber(), self.verticalScrollBar().value()
        self._lines, self._verdicts, self.highlighted = SourceLines.of(script), LineVerdicts(), ()
        self.blockSignals(True)
        self.setPlainText(self._lines.text)
        self._go_to(block)
        self.verticalScrollBar().setValue(top)
        self.blockSignals(False)
        self._mark()
        self._fit_margin()

    def show_verdicts(self, verdicts: LineVerdicts) -> None:
        """Mark the lines by their verdicts."""
        self._verdicts = verdicts
        self._margin.update()
        self._describe()

    def highlight(self, lines: Sequence[Line]) -> None:
        """Mark the lines of an operation, and bring the last of them into view."""
        self.highlighted = tuple(lines)
        self._mark()
        if lines and (block := self._lines.block(lines[-1])) is not None:
            found = self.document().findBlockByNumber(block)
            cursor = self.textCursor()
            if not self.viewport().rect().contains(self._rect_of(found).center().toPoint()):
                self.verticalScrollBar().setValue(max(0, block - self._visible_lines() // 2))
            self.setTextCursor(cursor)

    def go_to(self, line: Line) -> None:
        """Put the cursor into a line, as if it had been passed with the arrow keys."""
        if (block := self._lines.block(line)) is not None:
            self._go_to(block)
            self.centerCursor()

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._style = style
        self.setFont(style.number_font)
        self._colours.set_theme(style.theme)
        self._mark()
        self._fit_margin()

    def minimumSizeHint(self) -> QSize:
        """Return the size of some lines."""
        return QSize(24 * GRID, 14 * GRID)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the margin as high as the text."""
        super().resizeEvent(event)
        inside = self.contentsRect()
        width = self.margin_width
        self._margin.setGeometry(QRect(inside.left(), inside.top(), width, inside.height()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Choose the line that was clicked."""
        super().mouseReleaseEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and not self.textCursor().hasSelection():
            self._choose()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose the line on Enter."""
        if event.key() in ENTER:
            self._choose()
        else:
            super().keyPressEvent(event)

    @property
    def margin_width(self) -> int:
        """Pixels for the verdict and the number of a line."""
        metrics = self.fontMetrics()
        longest = max((line[1] for line in self._lines.lines if line), default=1)
        digits = max(2, len(str(longest)))
        return metrics.horizontalAdvance("✗" + "0" * digits) + 2 * GRID

    def paint_margin(self, painter: QPainter, theme: Theme) -> None:
        """Paint verdicts and numbers of the lines that can be seen."""
        width, block = self.margin_width, self.firstVisibleBlock()
        bold = QFont(self.font())
        bold.setBold(True)
        while block.isValid():
            rect = self._rect_of(block)
            if rect.top() > self.height():
                break
            line = self._line_of(block)
            if line is not None and block.isVisible():
                verdict = self._verdicts.gravest(line)
                if verdict is not None:
                    painter.setFont(bold)
                    painter.setPen(QColor(_colour(verdict.verdict, theme)))
                    sign = QRectF(0, rect.top(), 2.5 * GRID, rect.height())
                    painter.drawText(sign, CENTRE, SIGNS[verdict.verdict])
                painter.setFont(self.font())
                is_here = block.blockNumber() == self.textCursor().blockNumber()
                painter.setPen(QColor(theme.text if is_here else theme.muted))
                number = QRectF(0, rect.top(), width - GRID / 2, rect.height())
                painter.drawText(number, RIGHT, str(line[1]))
            block = block.next()

    def margin_tip(self, y: int) -> str:
        """Return the meaning of the sign at a height of the margin."""
        block = self.cursorForPosition(QPoint(0, y)).block()
        found = self._verdicts.by_line.get(self._line_of(block) or (-1, -1), ())
        return "\n".join(
            f"{SIGNS[v.verdict]} {v.name}"
            f"{f' ({TITLES[v.operation]})' if v.operation else ''} {WORDS[v.verdict]}"
            for v in found
        )

    def choose_at(self, y: int) -> None:
        """Choose the line at a height of the margin."""
        self.setTextCursor(self.cursorForPosition(QPoint(0, y)))
        self._choose()

    def _line_of(self, block: QTextBlock) -> Line | None:
        number = block.blockNumber()
        return self._lines.lines[number] if 0 <= number < len(self._lines.lines) else None

    def _rect_of(self, block: QTextBlock) -> QRectF:
        return self.blockBoundingGeometry(block).translated(self.contentOffset())

    def _visible_lines(self) -> int:
        return self.viewport().height() // max(1, self.fontMetrics().lineSpacing())

    def _go_to(self, number: int) -> None:
        block = self.document().findBlockByNumber(min(number, self.blockCount() - 1))
        self.setTextCursor(QTextCursor(block))

    def _choose(self) -> None:
        if self.line is not None:
            self.line_chosen.emit(self.line, True)

    @Slot()
    def _follow_cursor(self) -> None:
        self._mark()
        self._margin.update()
        self._describe()
        if self.line is not None:
            self.line_chosen.emit(self.line, False)

    def _describe(self) -> None:
        verdict = self._verdicts.gravest(self.line)
        self.setAccessibleDescription(
            f"Line {verdict.line}: {verdict.name} {WORDS[verdict.verdict]}"
            if verdict is not None
            else ""
        )

    def _fit_margin(self) -> None:
        self.setViewportMargins(self.margin_width, 0, 0, 0)
        self._margin.update()

    @Slot(QRect, int)
    def _update_margin(self, rect: QRect, dy: int) -> None:
        if dy:
            self._margin.scroll(0, dy)
        else:
            self._margin.update(0, rect.y(), self._margin.width(), rect.height())

    def _mark(self) -> None:
        """Give the operation's lines and the cursor's a ground."""
        blocks = [self._lines.block(line) for line in self.highlighted]
        grounds = {block: _FAINT for block in blocks if block is not None}
        here = self.textCursor().blockNumber()
        grounds[here] = _STRONG if here in grounds else _FAINT // 2
        marks = []
        for number, opacity in grounds.items():
            mark = QTextEdit.ExtraSelection()
            ground = QColor(self._style.theme.accent)
            ground.setAlpha(opacity)
            mark.format.setBackground(ground)  # type: ignore[attr-defined]
            mark.format.setProperty(QTextFormat.Property.FullWidthSelection, True)  # type: ignore[attr-defined]
            mark.cursor = QTextCursor(self.document().findBlockByNumber(number))  # type: ignore[attr-defined]
            marks.append(mark)
        self.setExtraSelections(marks)

    @property
    def theme(self) -> Theme:
        """Whose colours it is drawn in."""
        return self._style.theme


class _Margin(QWidget):
    """The margin at the left of the text."""

    spoken_value = ""

    def __init__(self, view: SourceView) -> None:
        super().__init__(view)
        self._view = view
        self.setAccessibleName("Numbers of the lines, with their verdicts")

    def sizeHint(self) -> QSize:
        return QSize(self._view.margin_width, 0)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(event.rect(), QColor(self._view.theme.raised))
        self._view.paint_margin(painter, self._view.theme)
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._view.choose_at(event.position().toPoint().y())

    def event(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self._view.margin_tip(event.pos().y()), self)
            return True
        return super().event(event)


def _colour(verdict: Verdict, theme: Theme) -> str:
    """Return the colour of a sign; the sign alone says as much."""
    return {"departs": theme.wrong, "right": theme.accent}.get(verdict, theme.muted)
