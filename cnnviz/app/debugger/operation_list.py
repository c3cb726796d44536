"""The iteration's operations as a list: those done, the next one, and those with breakpoints."""

from math import ceil
from typing import Final

from PySide6.QtCore import QEvent, QItemSelectionModel, QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QGuiApplication,
    QHelpEvent,
    QKeyEvent,
    QKeySequence,
    QMouseEvent,
    QPainter,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QFrame,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolTip,
)

from cnnviz.app.debugger.operation_model import ROW, Index, OperationModel, OperationRow
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID, body_font
from cnnviz.app.widgets.arrow_keys import ENTER
from cnnviz.app.widgets.text_layout import CENTRE, LEFT, RIGHT
from cnnviz.numerics.operations import OPERATIONS
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
    "stale": "old",
    "not yet": "",
}
_WRONG: Final = "✗"
"""The mark after the title of an operation that the check found wrong."""
_COMPUTING: Final = "computing", "…"
"""Shown at the operation under way, and in a narrow list."""
_MARGIN: Final = 16
"""Width of the margin for breakpoints, at the normal scale."""
_SIGN: Final = 28
"""Pixels from the margin to the titles, for arrow and sign."""


class OperationList(QListView):
    """The operations of an iteration.

    A click or Up and Down choose one, a double click or Enter runs to it, and a click in the
    margin toggles its breakpoint. Ctrl+C copies the selected rows.
    """

    chosen = Signal(int)
    """An operation is to be shown; carries its position in the iteration."""
    run_to = Signal(int)
    """The iteration is to be run to the operation at this position."""
    breakpoint_toggled = Signal(str)
    """The margin beside an operation was clicked; carries the operation's name."""

    def __init__(self, style: Style) -> None:
        super().__init__()
        self._shown = 0
        self._model = OperationModel(self)
        self._delegate = _RowDelegate(style, self)
        self.setModel(self._model)
        self.setItemDelegate(self._delegate)
        self.setAccessibleName("Operations of the iteration")
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setUniformItemSizes(True)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.set_style(style)

    def show_rows(self, rows: tuple[OperationRow, ...], shown: int) -> None:
        """Show the operations as they are now, and which of them the panel shows."""
        self._shown = shown
        self._model.show_rows(rows)
        self._delegate.measure(rows)
        if (index := self._model.index_of(shown)) != self.currentIndex():
            # With `setCurrentIndex`, the keys that a step is asked for by would extend a selection.
            alone = QItemSelectionModel.SelectionFlag.ClearAndSelect
            self.selectionModel().setCurrentIndex(index, alone)

    def bring_into_view(self, position: int) -> None:
        """Scroll to an operation and to its neighbours."""
        for beside in (position - 1, position + 1, position):
            if 0 <= beside < len(OPERATIONS):
                self.scrollTo(self._model.index_of(beside))

    def set_style(self, style: Style) -> None:
        """Use a style's colours and type."""
        self._delegate.set_style(style)
        self.setMinimumWidth(self._delegate.least_width + 2 * GRID)
        self.scheduleDelayedItemsLayout()

    def sizeHint(self) -> QSize:
        """Return the size at which every title is whole."""
        return QSize(self.minimumWidth(), self._model.rowCount() * self.sizeHintForRow(0))

    def currentChanged(self, current: Index, previous: Index) -> None:
        """Choose the operation that the mouse or the keyboard has gone to."""
        super().currentChanged(current, previous)
        row = current.data(ROW)
        if row is not None and row.number - 1 != self._shown:
            self.chosen.emit(row.number - 1)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose a row, or toggle a breakpoint in the margin."""
        row = self._row_at(event.position().toPoint())
        if row is None:
            return
        if self._is_in_margin(event.position()):
            self.breakpoint_toggled.emit(row.operation.name)
            return
        was_shown = row.number - 1 == self._shown
        super().mousePressEvent(event)
        if was_shown:
            self.chosen.emit(self._shown)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Run to the row."""
        row = self._row_at(event.position().toPoint())
        if row is not None and not self._is_in_margin(event.position()):
            self.run_to.emit(row.number - 1)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Run to the row on Enter, copy the selected rows on Ctrl+C."""
        if event.key() in ENTER:
            self.run_to.emit(self._shown)
        elif event.matches(QKeySequence.StandardKey.Copy):
            rows = sorted(index.data(ROW).number for index in self.selectedIndexes())
            texts = (self._model.index_of(number - 1).data(ROW).words for number in rows)
            QGuiApplication.clipboard().setText("\n".join(texts))
        else:
            super().keyPressEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        """Explain the margin under the pointer."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            at = QPointF(event.pos())
            if self._is_in_margin(at) and self._row_at(event.pos()) is not None:
                tip = "Click to toggle a breakpoint on this operation (F9)"
                QToolTip.showText(event.globalPos(), tip, self)
                return True
        return super().viewportEvent(event)

    def _row_at(self, position: QPoint) -> OperationRow | None:
        row: OperationRow | None = self.indexAt(position).data(ROW)
        return row

    def _is_in_margin(self, position: QPointF) -> bool:
        return position.x() < self._delegate.margin


class _RowDelegate(QStyledItemDelegate):
    """Paints a row: the breakpoint in the margin, arrow, sign, title, formula and a word."""

    def __init__(self, style: Style, view: QListView) -> None:
        super().__init__(view)
        self._view = view
        self._formulae: tuple[str, ...] = ()
        self.set_style(style)

    @property
    def margin(self) -> float:
        """Width of the margin for breakpoints."""
        return _MARGIN * self._style.scale

    @property
    def least_width(self) -> int:
        """Width at which every title is whole."""
        return ceil(self._titles_left + self._narrow + GRID / 2)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and type, and measure the words; a title in bold is the widest."""
        self._style = style
        self._font, self._small = body_font(0.95 * style.scale), body_font(0.8 * style.scale)
        self._bold, self._italic = QFont(self._font), QFont(self._font)
        self._bold.setBold(True)
        self._italic.setItalic(True)
        plain, small = QFontMetricsF(self._font), QFontMetricsF(self._small)
        self._line = round(plain.height() + 3 * style.scale)
        self._titles_left = (_MARGIN + _SIGN) * style.scale
        longest = max((o.title for o in OPERATIONS), key=plain.horizontalAdvance)
        self._titles = QFontMetricsF(self._bold).horizontalAdvance(longest)
        stale = (
            plain.horizontalAdvance(longest) + GRID / 2 + small.horizontalAdvance(_WORDS["stale"])
        )
        self._narrow = max(self._titles, stale)  # a title in bold is not stale
        self._words = max(map(small.horizontalAdvance, (*_WORDS.values(), *_COMPUTING)))
        self._widest = max(map(small.horizontalAdvance, self._formulae), default=0.0)

    def measure(self, rows: tuple[OperationRow, ...]) -> None:
        """Take the width of the widest formula."""
        formulae = tuple(row.formula for row in rows)
        if formulae != self._formulae:
            self._formulae = formulae
            self._widest = max(map(QFontMetricsF(self._small).horizontalAdvance, formulae))

    def sizeHint(self, _option: QStyleOptionViewItem, _index: Index) -> QSize:
        """Return the size of a row whose title is whole."""
        return QSize(self.least_width, self._line)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        """Paint a row, or a heading."""
        rect = QRectF(option.rect)  # type: ignore[attr-defined]
        row = index.data(ROW)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if row is None:
            painter.setFont(self._small)
            painter.setPen(QColor(self._style.theme.muted))
            painter.drawText(rect.translated(self.margin, 0), LEFT, str(index.data()).upper())
        else:
            self._paint_ground(painter, option.state, index, rect)  # type: ignore[attr-defined]
            self._paint_marks(painter, row, rect)
            self._paint_words(painter, row, rect)
        painter.restore()

    def _paint_ground(
        self, painter: QPainter, state: QStyle.StateFlag, index: Index, rect: QRectF
    ) -> None:
        """Paint what marks the selected rows, and the shown one among them."""
        theme = self._style.theme
        if state & QStyle.StateFlag.State_Selected:
            painter.fillRect(rect.adjusted(self.margin, 0, 0, 0), QColor(theme.raised))
        if index == self._view.currentIndex():
            edge = QRectF(rect.right() - 3, rect.top(), 3, rect.height())
            painter.fillRect(edge, QColor(theme.accent))
        if state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(QColor(theme.accent), 1))
            painter.drawRect(rect.adjusted(self.margin + 0.5, 0.5, -0.5, -0.5))
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.drawLine(QPointF(self.margin, rect.top()), QPointF(self.margin, rect.bottom()))

    def _paint_marks(self, painter: QPainter, row: OperationRow, rect: QRectF) -> None:
        """Paint the breakpoint in the margin, and an arrow at the operation that comes next."""
        theme, scale, middle = self._style.theme, self._style.scale, rect.center().y()
        centre = QPointF(rect.left() + self.margin / 2, middle)
        if row.stop == "always":
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.wrong))
            painter.drawEllipse(centre, 5 * scale, 5 * scale)
        elif row.stop == "conditional":
            painter.setPen(QPen(QColor(theme.wrong), 2 * scale))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(centre, 4 * scale, 4 * scale)
        if row.is_ahead:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.accent))
            left, size = rect.left() + self.margin + 2 * scale, 5 * scale
            corners = (left, middle - size), (left + 1.6 * size, middle), (left, middle + size)
            painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in corners]))

    def _paint_words(self, painter: QPainter, row: OperationRow, rect: QRectF) -> None:
        """Paint sign and title, the formula if it fits, and a word on the right."""
        theme, scale = self._style.theme, self._style.scale
        failed, faint = row.status == "failed", row.status in {"stale", "not yet"}
        painter.setPen(QColor(theme.wrong if failed else theme.muted if faint else theme.text))
        is_stale = row.status == "stale"
        painter.setFont(self._bold if row.is_newest else self._italic if is_stale else self._font)
        sign = QRectF(rect.left() + self.margin + 11 * scale, rect.top(), 16 * scale, rect.height())
        painter.drawText(sign, CENTRE, _SIGNS[row.status])
        text = rect.adjusted(self._titles_left, 0, -GRID / 2, 0)
        painter.drawText(text, LEFT, row.operation.title)
        if row.is_wrong:
            title = QFontMetricsF(painter.font()).horizontalAdvance(row.operation.title)
            painter.setPen(QColor(theme.wrong))
            painter.drawText(text.adjusted(title + GRID / 2, 0, 0, 0), LEFT, _WRONG)
        painter.setFont(self._small)
        used = self._titles_left + self._titles + self._widest + self._words + 3 * GRID
        if used <= rect.width():
            painter.setPen(QColor(theme.muted))
            painter.drawText(text.adjusted(self._titles + GRID, 0, 0, 0), LEFT, row.formula)
        word = _WORDS[row.status]
        if row.is_under_way:
            available = rect.width() - self._titles_left - self._titles - 2 * GRID
            long, short = _COMPUTING
            word = (
                long if QFontMetricsF(self._small).horizontalAdvance(long) <= available else short
            )
        lively = theme.accent if row.is_under_way or row.status == "next" else theme.muted
        painter.setPen(QColor(theme.wrong if failed else lively))
        painter.drawText(text, RIGHT, word)
