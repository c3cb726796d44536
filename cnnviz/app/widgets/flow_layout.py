"""A layout in rows, as text is laid out in lines."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QSizePolicy, QWidget

from cnnviz.app.look.theme import GRID


class FlowLayout(QLayout):
    """Lays its items out from left to right, and in further rows if they do not fit.

    The last expanding item of a row gets the space that is left. An item is narrower than its size
    hint only if that exceeds a whole row.

    `gap` is the space between items and between rows, in pixels.
    """

    def __init__(self, parent: QWidget, gap: int) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._gap = gap
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:
        """Append an item."""
        self._items.append(item)

    def count(self) -> int:
        """Return the number of items."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        """Return an item, or None."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:  # type: ignore[override]
        """Remove and return an item."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        """Expand horizontally."""
        return Qt.Orientation.Horizontal

    def hasHeightForWidth(self) -> bool:
        """Return True: the height follows from the width."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height of all rows."""
        return self._lay_out(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, rect: QRect) -> None:
        """Lay the items out in a rectangle."""
        super().setGeometry(rect)
        self._lay_out(rect, move=True)

    def sizeHint(self) -> QSize:
        """Return the size of a single row."""
        hints = [item.sizeHint() for item in self._visible()]
        width = sum(hint.width() for hint in hints) + self._gap * max(0, len(hints) - 1)
        return QSize(width, max((hint.height() for hint in hints), default=0))

    def minimumSize(self) -> QSize:
        """Return the largest minimum size of an item."""
        size = QSize()
        for item in self._visible():
            size = size.expandedTo(item.minimumSize())
        return size

    def _visible(self) -> list[QLayoutItem]:
        return [item for item in self._items if not item.isEmpty()]

    def _lay_out(self, rect: QRect, *, move: bool) -> int:
        """Return the height of the rows in a rectangle, and position the items if `move`."""
        rows: list[list[QLayoutItem]] = []
        used = 0
        for item in self._visible():
            width = item.sizeHint().width()
            if rows and used + self._gap + width <= rect.width():
                rows[-1].append(item)
                used += self._gap + width
            else:
                rows.append([item])
                used = width
        top = rect.top()
        for row in rows:
            height = max(item.sizeHint().height() for item in row)
            if move:
                self._place(row, QRect(rect.left(), top, rect.width(), height))
            top += height + self._gap
        return max(0, top - self._gap - rect.top())

    def _place(self, row: list[QLayoutItem], rect: QRect) -> None:
        widths = [min(item.sizeHint().width(), rect.width()) for item in row]
        spare = rect.width() - sum(widths) - self._gap * (len(row) - 1)
        expanding = [i for i, item in enumerate(row) if _expands(item)]
        if expanding and spare > 0:
            widths[expanding[-1]] += spare
        left = rect.left()
        for item, width in zip(row, widths, strict=True):
            item.setGeometry(QRect(left, rect.top(), width, rect.height()))
            left += width + self._gap


def _expands(item: QLayoutItem) -> bool:
    widget = item.widget()
    policy = widget.sizePolicy().horizontalPolicy() if widget is not None else None
    return policy == QSizePolicy.Policy.Expanding


def flow_row(*parts: QWidget, gap: int = GRID) -> QWidget:
    """Return a row of widgets, in further rows if they do not fit."""
    row = QWidget()
    layout = FlowLayout(row, gap)
    for part in parts:
        layout.addWidget(part)
    return row
