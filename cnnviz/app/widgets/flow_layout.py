"""A row of widgets that goes on in a second row where they do not fit beside each other."""

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QSizePolicy, QWidget


class FlowRow(QLayout):
    """Lays its items out from left to right, and then from top to bottom.

    What wants to grow gets what is left of its line. No item is made narrower than it asks for,
    as long as it fits a line by itself.

    Parameters
    ----------
    parent : QWidget
    gap : int
        Pixels between items and between lines.
    """

    def __init__(self, parent: QWidget, gap: int) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []
        self._gap = gap
        self.setContentsMargins(0, 0, 0, 0)

    def addItem(self, item: QLayoutItem) -> None:
        """Take an item, last."""
        self._items.append(item)

    def count(self) -> int:
        """Return how many items there are."""
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        """Return an item."""
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:  # type: ignore[override]
        """Give an item away."""
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        """Grow sideways."""
        return Qt.Orientation.Horizontal

    def hasHeightForWidth(self) -> bool:
        """Say that the height follows from the width."""
        return True

    def heightForWidth(self, width: int) -> int:
        """Return the height of all lines."""
        return self._place(QRect(0, 0, width, 0), move=False)

    def setGeometry(self, rect: QRect) -> None:
        """Put the items where they belong."""
        super().setGeometry(rect)
        self._place(rect, move=True)

    def sizeHint(self) -> QSize:
        """Return the size of one line."""
        hints = [item.sizeHint() for item in self._there()]
        width = sum(hint.width() for hint in hints) + self._gap * max(0, len(hints) - 1)
        return QSize(width, max((hint.height() for hint in hints), default=0))

    def minimumSize(self) -> QSize:
        """Return the size of the widest item that cannot shrink."""
        size = QSize()
        for item in self._there():
            size = size.expandedTo(item.minimumSize())
        return size

    def _there(self) -> list[QLayoutItem]:
        return [item for item in self._items if not item.isEmpty()]

    def _place(self, rect: QRect, *, move: bool) -> int:
        """Return the height of the lines in a rectangle; put the items there, if asked to."""
        lines: list[list[QLayoutItem]] = []
        used = 0
        for item in self._there():
            width = item.sizeHint().width()
            if lines and used + self._gap + width <= rect.width():
                lines[-1].append(item)
                used += self._gap + width
            else:
                lines.append([item])
                used = width
        top = rect.top()
        for line in lines:
            height = max(item.sizeHint().height() for item in line)
            if move:
                self._place_line(line, QRect(rect.left(), top, rect.width(), height))
            top += height + self._gap
        return max(0, top - self._gap - rect.top())

    def _place_line(self, line: list[QLayoutItem], rect: QRect) -> None:
        widths = [min(item.sizeHint().width(), rect.width()) for item in line]
        spare = rect.width() - sum(widths) - self._gap * (len(line) - 1)
        growing = [place for place, item in enumerate(line) if _grows(item)]
        if growing and spare > 0:
            widths[growing[-1]] += spare
        left = rect.left()
        for item, width in zip(line, widths, strict=True):
            item.setGeometry(QRect(QPoint(left, rect.top()), QSize(width, rect.height())))
            left += width + self._gap


def _grows(item: QLayoutItem) -> bool:
    widget = item.widget()
    policy = widget.sizePolicy().horizontalPolicy() if widget is not None else None
    return policy == QSizePolicy.Policy.Expanding
