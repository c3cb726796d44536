"""Draws the entries of the list of lessons: the title bold, its description below."""

from typing import Any, Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPointF, QSize, Qt
from PySide6.QtGui import QFont, QPainter, QPalette, QTextCharFormat, QTextLayout, QTextOption
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
)

from cnnviz.app.look.theme import GRID

_LINE_END: Final = "\u2028"


class TitleDelegate(QStyledItemDelegate):
    """Draws the first line of an entry bold, and wraps the others."""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Draw an entry."""
        entry = self._entry(option, index)
        style = entry.widget.style() if entry.widget else QApplication.style()
        text, entry.text = _lines(entry.text), ""
        style.drawControl(QStyle.ControlElement.CE_ItemViewItem, entry, painter, entry.widget)
        selected = bool(entry.state & QStyle.StateFlag.State_Selected)
        role = QPalette.ColorRole.HighlightedText if selected else QPalette.ColorRole.Text
        painter.setPen(entry.palette.color(role))
        corner = QPointF(entry.rect.left() + GRID, entry.rect.top() + GRID / 2)
        _layout(text, entry.font, entry.rect.width() - 2 * GRID).draw(painter, corner)

    def sizeHint(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        """Return the height that the text takes beside a scroll bar, which may appear later."""
        entry = self._entry(option, index)
        view, width = entry.widget, 40 * GRID
        if isinstance(view, QAbstractItemView):
            bar = view.verticalScrollBar().sizeHint().width()
            width = min(view.viewport().width(), view.contentsRect().width() - bar)
        width -= 2 * view.spacing() if isinstance(view, QListView) else 0
        text = _layout(_lines(entry.text), entry.font, width - 2 * GRID)
        return QSize(width, round(text.boundingRect().height()) + GRID)

    def _entry(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> Any:  # noqa: ANN401  (Qt's type hints lack an option's attributes)
        """Return a copy of the option, filled in for an entry."""
        entry = QStyleOptionViewItem(option)
        self.initStyleOption(entry, index)
        return entry


def _lines(text: str) -> str:
    """Return text whose lines `QTextLayout` breaks."""
    return text.replace("\n", _LINE_END)


def _layout(text: str, font: QFont, width: float) -> QTextLayout:
    layout = QTextLayout(text, font)
    option = QTextOption(Qt.AlignmentFlag.AlignLeft)
    option.setWrapMode(QTextOption.WrapMode.WordWrap)
    layout.setTextOption(option)
    bold: Any = QTextLayout.FormatRange()
    bold.start, bold.length = 0, len(text.partition(_LINE_END)[0])
    bold.format = QTextCharFormat()
    bold.format.setFontWeight(QFont.Weight.DemiBold)
    layout.setFormats([bold])
    layout.beginLayout()
    top = 0.0
    while (line := layout.createLine()).isValid():
        line.setLineWidth(width)
        line.setPosition(QPointF(0, top))
        top += line.height()
    layout.endLayout()
    return layout
