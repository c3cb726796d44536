"""The palette: a field, and the entries that fit its text."""

from collections.abc import Sequence
from typing import Final

import shiboken6
from PySide6.QtCore import QEvent, QModelIndex, QObject, Qt, QTimer, Slot
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QLabel,
    QLineEdit,
    QListView,
    QVBoxLayout,
    QWidget,
)

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.palette.entries import PaletteEntry, matching
from cnnviz.app.palette.rows import EntryDelegate, EntryModel
from cnnviz.app.widgets.box_layout import fill_box

_WIDTH: Final = 80 * GRID
"""The width of the frame at the normal scale, if the window is wide enough."""
_ROWS: Final = 9
"""Rows that are seen at once, if the window is high enough."""
_SHADE: Final = QColor(0, 0, 0, 90)
"""Over the window meanwhile."""
_LIST_KEYS: Final = frozenset(
    {Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown}
)
"""Keys that move in the list while the field has the focus."""


class Palette(QWidget):
    """Finds an entry by words; Enter or a click chooses it, Esc or a click beside it closes.

    It is shown over its window, and is not one itself: some systems position windows as they like.
    """

    def __init__(self, entries: Sequence[PaletteEntry], style: Style, window: QWidget) -> None:
        super().__init__(window)
        self.setAccessibleName("Find anything")
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._entries, self._window, self._scale = list(entries), window, style.scale
        self._before = QApplication.focusWidget()
        self._make_parts(style)
        self.field.textChanged.connect(self._find)
        self.field.installEventFilter(self)
        self.list.clicked.connect(self._choose)
        self.list.entered.connect(self.list.setCurrentIndex)
        window.installEventFilter(self)
        self._find("")
        self._follow()

    def reveal(self) -> None:
        """Show it in front of the window, and give the field the keyboard."""
        self.show()
        self.raise_()
        self.field.setFocus()

    def add(self, entries: Sequence[PaletteEntry]) -> None:
        """List more entries."""
        self._entries += entries
        self._find(self.field.text())

    @Slot()
    def dismiss(self) -> None:
        """Close it, and give the keyboard back."""
        before = self._before
        is_open = before is not None and shiboken6.isValid(before) and before.isVisible()
        (before if before is not None and is_open else self._window).setFocus()
        self.hide()
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the window's size; move in the list while the field has the focus."""
        if watched is self._window and isinstance(event, QResizeEvent):
            self._follow()
        if watched is not self.field or not isinstance(event, QKeyEvent):
            return False
        return event.type() == QEvent.Type.KeyPress and self._takes(event)

    def mousePressEvent(self, _event: QMouseEvent) -> None:
        """Close at a click beside the frame."""
        self.dismiss()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Darken the window."""
        painter = QPainter(self)
        painter.fillRect(event.rect(), _SHADE)
        painter.end()

    def _takes(self, event: QKeyEvent) -> bool:
        """Handle a key that was pressed in the field; return whether it was handled."""
        match event.key():
            case Qt.Key.Key_Escape:
                self.dismiss()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self._choose(self.list.currentIndex())
            case Qt.Key.Key_Tab | Qt.Key.Key_Backtab:
                pass  # the field is all there is to go to
            case key if key in _LIST_KEYS:
                QApplication.sendEvent(self.list, event)
            case _:
                return False
        return True

    @Slot(str)
    def _find(self, typed: str) -> None:
        found = matching(self._entries, typed)
        self.model.show_entries(found)
        self.list.setCurrentIndex(self.model.index(0))
        if found:
            self.count.setText(f"{len(found):,} of {len(self._entries):,}")
        else:
            self.count.setText(f"Nothing is called “{typed}”. Try a single word of it.")

    @Slot(QModelIndex)
    def _choose(self, index: QModelIndex) -> None:
        """Close, and then carry out the entry, which may open a dialog."""
        if index.isValid():
            choose = self.model.entries[index.row()].choose
            self.dismiss()
            QTimer.singleShot(0, choose)

    def _make_parts(self, style: Style) -> None:
        self.field = QLineEdit(placeholderText="Type what you want to do or see")
        self.field.setAccessibleName("Find an action, a panel, a lesson, an operation, a setting")
        self.field.setFont(style.scaled(1.2).body_font)
        self.model = EntryModel()
        self.list = QListView()
        self.list.setAccessibleName("What was found")
        self.list.setModel(self.model)
        self._delegate = EntryDelegate(self.model, style)
        self.list.setItemDelegate(self._delegate)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setUniformItemSizes(True)
        self.list.setMouseTracking(True)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.count = QLabel()
        self.count.setTextFormat(Qt.TextFormat.PlainText)
        self.count.setAccessibleName("Number of entries found")
        self.count.setProperty("muted", True)
        self._frame = QFrame(self)
        self._frame.setObjectName("palette")
        theme = style.theme
        self._frame.setStyleSheet(
            f"QFrame#palette {{ background: {theme.panel}; border: 2px solid {theme.accent};"
            f" border-radius: {GRID}px; }} QListView {{ background: {theme.panel}; }}"
        )
        parts, margins = (self.field, self.list, self.count), (GRID, GRID, GRID, GRID)
        fill_box(QVBoxLayout(self._frame), *parts, stretched=self.list, margins=margins)

    def _follow(self) -> None:
        """Cover the window, with the frame in the middle of its upper part."""
        self.setGeometry(self._window.rect())
        if (row := self.list.sizeHintForRow(0)) > 0:
            self._rows_height = _ROWS * row
        width = min(round(_WIDTH * self._scale), self.width() - 4 * GRID)
        around = self._frame.sizeHint().height() - self.list.sizeHint().height()
        height = min(self._rows_height + around, self.height() - 8 * GRID)
        self._frame.setGeometry((self.width() - width) // 2, 5 * GRID, width, height)
