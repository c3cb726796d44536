"""The iteration's operations as a list: what is done, where one is, and where to stop."""

from math import ceil
from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QHelpEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID, body_font
from cnnviz.app.widgets.text_layout import CENTRE, LEFT, RIGHT
from cnnviz.numerics.operations import FORWARD, OPERATIONS, Operation
from cnnviz.numerics.rule import NOTEBOOK, Rule
from cnnviz.training.debugger.view import Status

_SIGNS: Final[dict[Status, str]] = {
    "done": "✓",
    "next": "○",
    "failed": "✗",
    "stale": "≈",
    "not yet": "·",
}
_WORDS: Final[dict[Status, str]] = {
    "done": "",
    "next": "next",
    "failed": "failed",
    "stale": "stale",
    "not yet": "",
}
_COMPUTING: Final = "computing", "…"
"""What is said of the operation under way, and where there is no room for that."""
_MEANINGS: Final[dict[Status, str]] = {
    "done": "done",
    "next": "comes next",
    "failed": "failed: it has no meaningful result",
    "stale": "stale: its values are from before a step back or a change",
    "not yet": "not yet computed",
}
_MARGIN: Final = 16
"""Width of the margin for breakpoints."""
_SIGN: Final = 28
"""Pixels from the margin to the titles, for arrow and sign."""


def heading(place: int) -> str:
    """Return what stands above an operation; empty where nothing does."""
    return {0: "Forward", len(FORWARD): "Backward"}.get(place, "")


class OperationList(QWidget):
    """The 16 operations. Up and Down choose one, Enter runs to it."""

    chosen = Signal(int)
    """An operation is to be looked at; carries its place."""
    run_to = Signal(int)
    """The iteration is to be run to this operation."""
    breakpoint_toggled = Signal(str)
    """The margin beside an operation was clicked; carries the operation's name."""

    def __init__(self, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._status: tuple[Status, ...] = tuple("not yet" for _ in OPERATIONS)
        self._current = -1
        self._computing = ""
        self._shown = 0
        self._rule = NOTEBOOK
        self._breakpoints: frozenset[str] = frozenset()
        self._conditional: frozenset[str] = frozenset()
        self.setAccessibleName("Operations of the iteration")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.setMouseTracking(True)
        self.set_style(style)

    @property
    def shown(self) -> int:
        """The operation that is looked at."""
        return self._shown

    @property
    def current(self) -> int:
        """The operation that was done last, −1 before the first."""
        return self._current

    @property
    def arrow(self) -> int | None:
        """The operation that comes next or is under way: the arrow is there; None at the end."""
        return self._current + 1 if self._current + 1 < len(OPERATIONS) else None

    @property
    def breakpoints(self) -> frozenset[str]:
        """Names of the operations with a dot in the margin."""
        return self._breakpoints

    def show_status(
        self, status: tuple[Status, ...], current: int, computing: str, shown: int
    ) -> None:
        """Show where the iteration is.

        Parameters
        ----------
        status : tuple of str
            Of each operation.
        current : int
            The one that was done last, −1 before the first.
        computing : str
            Name of the one that is under way; empty where none is.
        shown : int
            The one that is looked at.
        """
        before = self._status, self._current, self._computing, self._shown
        if before != (status, current, computing, shown):
            self._status, self._current = status, current
            self._computing, self._shown = computing, shown
            self.setAccessibleDescription(self.row_words(shown))
            self.update()

    @property
    def conditional(self) -> frozenset[str]:
        """Names of the operations with a ring in the margin, or a dot in its place."""
        return self._conditional

    def show_breakpoints(
        self, names: frozenset[str], conditional: frozenset[str] = frozenset()
    ) -> None:
        """Put dots in the margin beside operations, and rings where a breakpoint asks for more."""
        if (names, conditional) != (self._breakpoints, self._conditional):
            self._breakpoints, self._conditional = names, conditional
            self.setAccessibleDescription(self.row_words(self._shown))
            self.update()

    def show_rule(self, rule: Rule) -> None:
        """Show the formulae of a rule."""
        if rule != self._rule:
            self._rule = rule
            self._measure()
            self.setAccessibleDescription(self.row_words(self._shown))
            self.update()

    def set_style(self, style: Style) -> None:
        """Take colours and type."""
        self._theme, self._scale, scale = style.theme, style.scale, style.scale
        self._font, self._small = body_font(0.95 * scale), body_font(0.8 * scale)
        self._line = round(QFontMetricsF(self._font).height() + 3 * scale)
        self._measure()
        self.updateGeometry()
        self.update()

    def row_words(self, place: int) -> str:
        """Say in words what the list shows of an operation."""
        operation, status = OPERATIONS[place], self._status[place]
        state = "under way" if operation.name == self._computing else _MEANINGS[status]
        if place == self._current:
            state = "just done"
        if place == self.arrow:
            state += ": you are here"
        stop = ""
        if operation.name in self._breakpoints:
            stop = ", a run stops before it"
        elif operation.name in self._conditional:
            stop = ", a breakpoint with more to it names it"
        return f"{place + 1}. {operation.title}: {operation.formula(self._rule)} ({state}{stop})"

    def row_rect(self, place: int) -> QRectF:
        """Return where an operation's row is."""
        above = place + sum(bool(heading(before)) for before in range(place + 1))
        return QRectF(0, above * self._line, self.width(), self._line)

    def place_at(self, position: QPointF) -> int | None:
        """Return the operation at a point."""
        return next(
            (p for p in range(len(OPERATIONS)) if self.row_rect(p).contains(position)), None
        )

    def margin_centre(self, place: int) -> QPointF:
        """Return the middle of an operation's margin."""
        return QPointF(_MARGIN * self._scale / 2, self.row_rect(place).center().y())

    def sizeHint(self) -> QSize:
        """Return the height of the rows, and a usual width."""
        width = self._titles_left() + self._narrow + GRID / 2
        return QSize(ceil(width), self._line * (len(OPERATIONS) + 2))

    def minimumSizeHint(self) -> QSize:
        """Return the size of the rows."""
        return self.sizeHint()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a row, or set a breakpoint in the margin."""
        place = self.place_at(event.position())
        if place is None:
            return
        if event.position().x() < _MARGIN * self._scale:
            self.breakpoint_toggled.emit(OPERATIONS[place].name)
        else:
            self.chosen.emit(place)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Run to the row."""
        place = self.place_at(event.position())
        if place is not None and event.position().x() >= _MARGIN * self._scale:
            self.run_to.emit(place)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose the row above or below, or run to it."""
        match event.key():
            case Qt.Key.Key_Up:
                self.chosen.emit(max(0, self._shown - 1))
            case Qt.Key.Key_Down:
                self.chosen.emit(min(len(OPERATIONS) - 1, self._shown + 1))
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.run_to.emit(self._shown)
            case _:
                super().keyPressEvent(event)

    def event(self, event: QEvent) -> bool:
        """Explain the row under the pointer."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            place = self.place_at(QPointF(event.pos()))
            if place is None:
                QToolTip.hideText()
            elif event.pos().x() < _MARGIN * self._scale:
                QToolTip.showText(event.globalPos(), "Click: stop before this operation (F9)", self)
            else:
                QToolTip.showText(event.globalPos(), self.row_words(place), self)
            return True
        return super().event(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the rows."""
        painter, theme = QPainter(self), self._theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for place, operation in enumerate(OPERATIONS):
            rect = self.row_rect(place)
            if title := heading(place):
                painter.setFont(self._small)
                painter.setPen(QColor(theme.muted))
                painter.drawText(
                    rect.translated(_MARGIN * self._scale, -self._line), LEFT, title.upper()
                )
            self._paint_row(painter, place, operation, rect)
        painter.end()

    def _paint_row(self, painter: QPainter, place: int, operation: Operation, rect: QRectF) -> None:
        theme, scale, status = self._theme, self._scale, self._status[place]
        margin, middle = _MARGIN * scale, rect.center().y()
        if place == self._shown:
            painter.fillRect(rect.adjusted(margin, 0, 0, 0), QColor(theme.raised))
            painter.fillRect(
                QRectF(rect.right() - 3, rect.top(), 3, rect.height()), QColor(theme.accent)
            )
            if self.hasFocus():
                painter.setPen(QPen(QColor(theme.accent), 1))
                painter.drawRect(rect.adjusted(margin + 0.5, 0.5, -0.5, -0.5))
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.drawLine(QPointF(margin, rect.top()), QPointF(margin, rect.bottom()))
        if operation.name in self._breakpoints:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.wrong))
            painter.drawEllipse(self.margin_centre(place), 5 * scale, 5 * scale)
        elif operation.name in self._conditional:
            painter.setPen(QPen(QColor(theme.wrong), 2 * scale))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(self.margin_centre(place), 4 * scale, 4 * scale)
        if place == self.arrow:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.accent))
            left, size = margin + 2 * scale, 5 * scale
            painter.drawPolygon(
                QPolygonF(
                    [
                        QPointF(left, middle - size),
                        QPointF(left + 1.6 * size, middle),
                        QPointF(left, middle + size),
                    ]
                )
            )
        painter.setBrush(Qt.BrushStyle.NoBrush)
        faint = status in {"stale", "not yet"}
        failed = status == "failed"
        painter.setPen(QColor(theme.wrong if failed else theme.muted if faint else theme.text))
        font = QFont(self._font)
        font.setBold(place == self._current)
        font.setItalic(status == "stale")
        painter.setFont(font)
        sign = QRectF(margin + 11 * scale, rect.top(), 16 * scale, rect.height())
        painter.drawText(sign, CENTRE, _SIGNS[status])
        text = rect.adjusted(self._titles_left(), 0, -GRID / 2, 0)
        painter.drawText(text, LEFT, operation.title)
        painter.setFont(self._small)
        if self.shows_formulae():
            painter.setPen(QColor(theme.muted))
            beside = text.adjusted(self._titles + GRID, 0, 0, 0)
            painter.drawText(beside, LEFT, operation.formula(self._rule))
        word = self.word(place)
        accent = theme.accent if word in {"next", *_COMPUTING} else theme.muted
        painter.setPen(QColor(theme.wrong if failed else accent))
        painter.drawText(text, RIGHT, word)

    def word(self, place: int) -> str:
        """Return the word at the end of an operation's row; empty where there is none."""
        if OPERATIONS[place].name != self._computing:
            return _WORDS[self._status[place]]
        room = self.width() - self._titles_left() - self._titles - 2 * GRID
        long, short = _COMPUTING
        return long if QFontMetricsF(self._small).horizontalAdvance(long) <= room else short

    def shows_formulae(self) -> bool:
        """Say whether there is room for the formula of every operation; else there is none."""
        used = self._titles_left() + self._titles + self._formulae + self._words + 3 * GRID
        return used <= self.width()

    def _titles_left(self) -> float:
        return (_MARGIN + _SIGN) * self._scale

    def _measure(self) -> None:
        """Take the widths of the longest title, formula and word; a current title is bold."""
        bold = QFont(self._font)
        bold.setBold(True)
        plain, small = QFontMetricsF(self._font), QFontMetricsF(self._small)
        longest = max((o.title for o in OPERATIONS), key=plain.horizontalAdvance)
        self._titles = QFontMetricsF(bold).horizontalAdvance(longest)
        # What is current is not stale.
        stale = plain.horizontalAdvance(longest) + GRID / 2 + small.horizontalAdvance("stale")
        self._narrow = max(self._titles, stale)
        formulae = [operation.formula(self._rule) for operation in OPERATIONS]
        self._formulae = max(map(small.horizontalAdvance, formulae))
        words = {*_WORDS.values(), *_COMPUTING}
        self._words = max(small.horizontalAdvance(word) for word in words)
