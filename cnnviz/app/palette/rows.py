"""The rows of the palette: a model of entries, and how one is painted."""

from collections.abc import Sequence
from typing import Any, Final

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.palette.entries import PaletteEntry
from cnnviz.app.widgets.titled_table_model import LEFT, RIGHT

_Index = QModelIndex | QPersistentModelIndex
_NONE: Final = QModelIndex()


class EntryModel(QAbstractListModel):
    """The entries that fit."""

    def __init__(self) -> None:
        super().__init__()
        self.entries: Sequence[PaletteEntry] = ()

    def show_entries(self, entries: Sequence[PaletteEntry]) -> None:
        """Replace the entries."""
        self.beginResetModel()
        self.entries = entries
        self.endResetModel()

    def rowCount(self, parent: _Index = _NONE) -> int:
        """Return the number of entries."""
        return 0 if parent.isValid() else len(self.entries)

    def data(self, index: _Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        """Return the title, the sentence as a tooltip, and everything to a screen reader."""
        if not index.isValid():
            return None
        entry = self.entries[index.row()]
        return {
            Qt.ItemDataRole.DisplayRole: entry.title,
            Qt.ItemDataRole.ToolTipRole: entry.detail or None,
            Qt.ItemDataRole.AccessibleTextRole: entry.spoken,
        }.get(Qt.ItemDataRole(role))


class EntryDelegate(QStyledItemDelegate):
    """Paints the title and the sentence at the left, the kind and the key at the right."""

    def __init__(self, model: EntryModel, style: Style) -> None:
        super().__init__()
        self._model, self._style = model, style
        self._small = style.scaled(0.9)
        self._title, self._detail = (QFontMetrics(s.body_font) for s in (style, self._small))
        self._keys = QFontMetrics(self._small.number_font)

    def sizeHint(self, _option: QStyleOptionViewItem, _index: _Index) -> QSize:
        """Return a size of two lines."""
        return QSize(40 * GRID, self._title.height() + self._detail.height() + GRID)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Paint a row."""
        entry, theme = self._model.entries[index.row()], self._style.theme
        whole: QRect = option.rect  # type: ignore[attr-defined]  # PySide6's stubs lack it
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)  # type: ignore[attr-defined]
        painter.save()
        if chosen:
            painter.fillRect(whole, QColor(theme.raised))
            painter.fillRect(whole.adjusted(0, 0, GRID // 2 - whole.width(), 0), theme.accent)
        inside = whole.adjusted(2 * GRID, GRID // 2, -2 * GRID, -GRID // 2)
        first = QRect(inside.topLeft(), QSize(inside.width(), self._title.height()))
        second = inside.adjusted(0, first.height(), 0, 0)
        available = first.width() - self._paint_keys(painter, entry.keys, first)
        painter.setFont(self._style.body_font)
        painter.setPen(QColor(theme.text))
        painter.drawText(first, LEFT, self._elided(self._title, entry.title, available))
        painter.setFont(self._small.body_font)
        painter.setPen(QColor(theme.muted))
        painter.drawText(second, RIGHT, entry.kind)
        available = second.width() - self._detail.horizontalAdvance(entry.kind) - 2 * GRID
        painter.drawText(second, LEFT, self._elided(self._detail, entry.detail, available))
        painter.restore()

    def _paint_keys(self, painter: QPainter, keys: str, line: QRect) -> int:
        """Paint the key in a frame at the right end, and return the width that it takes."""
        if not keys:
            return 0
        theme = self._style.theme
        width = self._keys.horizontalAdvance(keys) + 2 * GRID
        frame = QRect(line.right() - width, line.top(), width, line.height())
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.drawRoundedRect(frame, GRID // 2, GRID // 2)
        painter.setFont(self._small.number_font)
        painter.setPen(QColor(theme.muted))
        painter.drawText(frame, Qt.AlignmentFlag.AlignCenter, keys)
        return width + GRID

    @staticmethod
    def _elided(metrics: QFontMetrics, text: str, available: int) -> str:
        return metrics.elidedText(text, Qt.TextElideMode.ElideRight, available)
