"""A table whose columns have titles and explanations; what its cells show is its children's."""

from collections.abc import Collection, Sequence
from typing import Final, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from cnnviz.app.look.style import Style

Index = QModelIndex | QPersistentModelIndex
R = TypeVar("R")
_NO_INDEX: Final = QModelIndex()
_Role = Qt.ItemDataRole


class TitledTableModel(QAbstractTableModel, Generic[R]):
    """A table with one row for each of some values.

    Parameters
    ----------
    titles, explanations : sequence of str
        Of the columns; the explanations are their tool tips.
    numbers : collection of int
        The columns that are aligned to the right.
    """

    def __init__(
        self,
        titles: Sequence[str],
        explanations: Sequence[str],
        numbers: Collection[int],
        style: Style,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._titles, self._explanations, self._numbers = titles, explanations, numbers
        self._style = style
        self._rows: Sequence[R] = ()

    def show_rows(self, rows: Sequence[R]) -> None:
        """Show other values."""
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._style = style
        if self._rows:
            last = self.index(len(self._rows) - 1, len(self._titles) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def row(self, row: int) -> R | None:
        """Return the value of a row, or None."""
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def rowCount(self, parent: Index = _NO_INDEX) -> int:
        """Return the number of rows."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NO_INDEX) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(self._titles)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole
    ) -> object:
        """Return a column's title, its explanation or its alignment."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        match role:
            case _Role.DisplayRole:
                return self._titles[section]
            case _Role.ToolTipRole:
                return self._explanations[section]
            case _Role.TextAlignmentRole:
                return self._alignment(section)
        return None

    def _alignment(self, column: int) -> Qt.AlignmentFlag:
        right = column in self._numbers
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        return side | Qt.AlignmentFlag.AlignVCenter
