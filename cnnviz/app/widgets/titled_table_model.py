"""A table whose columns have titles and explanations; subclasses fill its cells."""

from collections.abc import Collection, Sequence
from typing import Final, Generic, TypeVar

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from cnnviz.app.look.style import Style

Index = QModelIndex | QPersistentModelIndex
R = TypeVar("R")
_NO_INDEX: Final = QModelIndex()
_Role = Qt.ItemDataRole
LEFT: Final = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
RIGHT: Final = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class TitledTableModel(QAbstractTableModel, Generic[R]):
    """A table with one row for each of some values.

    The columns have `titles`, and `explanations` as their tool tips; those in `numbers` are aligned
    to the right.
    """

    def __init__(
        self,
        titles: Sequence[str],
        explanations: Sequence[str],
        numbers: Collection[int],
        style: Style,
        parent: QObject | None,
    ) -> None:
        super().__init__(parent)
        self._titles, self._explanations = titles, explanations
        self._alignments = [RIGHT if i in numbers else LEFT for i in range(len(titles))]
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
        self._redraw()

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
        return column_header(section, role, self._titles, self._explanations, self._alignments)

    def _redraw(self) -> None:
        if self._rows:
            last = self.index(len(self._rows) - 1, len(self._titles) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def _alignment(self, column: int) -> Qt.AlignmentFlag:
        return self._alignments[column]


def column_header(
    column: int,
    role: int,
    titles: Sequence[str],
    explanations: Sequence[str],
    alignments: Sequence[Qt.AlignmentFlag],
) -> object:
    """Return a column's title, explanation or alignment, whichever a role of Qt asks for."""
    parts: dict[int, Sequence[object]] = {
        _Role.DisplayRole: titles,
        _Role.ToolTipRole: explanations,
        _Role.TextAlignmentRole: alignments,
    }
    of_role = parts.get(role)
    return of_role[column] if of_role else None
