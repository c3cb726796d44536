"""The verdicts on the operations as a table."""

from enum import IntEnum
from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor

from cnnviz.app.look.style import Style
from cnnviz.numerics.checking.operation_check import OperationCheck
from cnnviz.numerics.number_format import compact
from cnnviz.numerics.operations import OPERATIONS
from cnnviz.numerics.tensors import located_text

_Index = QModelIndex | QPersistentModelIndex
_NO_INDEX: Final = QModelIndex()
_Role = Qt.ItemDataRole
_TITLE_OF: Final = {operation.name: operation.title for operation in OPERATIONS}
_VERDICTS: Final = {
    "right": "✓ right",
    "wrong": "✗ wrong",
    "not judged": "– not judged",
}


class CheckColumn(IntEnum):
    """The columns of the table, from the left."""

    OPERATION = 0
    VERDICT = 1
    KIND = 2
    ERROR = 3
    FINDING = 4


_TITLES: Final = ("operation", "verdict", "looks like", "off by", "what was found")
_EXPLANATIONS: Final = (
    "In the order of the iteration; each is judged by what it reads, whatever was before it",
    "Whether it computes what it should. What depends on a wrong one may not be judged",
    "What kind of mistake it is, if that can be established",
    "By how much its worst cell is off; for a right one, that is rounding",
    "In one sentence",
)


class CheckModel(QAbstractTableModel):
    """A table with one row per operation."""

    def __init__(self, style: Style, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._style = style
        self._rows: tuple[OperationCheck, ...] = ()

    def show_checks(self, rows: tuple[OperationCheck, ...]) -> None:
        """Show other verdicts."""
        self.beginResetModel()
        self._rows = rows
        self.endResetModel()

    def set_style(self, style: Style) -> None:
        """Use a style's colours."""
        self._style = style
        if self._rows:
            last = self.index(len(self._rows) - 1, len(CheckColumn) - 1)
            self.dataChanged.emit(self.index(0, 0), last)

    def check(self, row: int) -> OperationCheck | None:
        """Return the check in a row, or None."""
        return self._rows[row] if 0 <= row < len(self._rows) else None

    def rowCount(self, parent: _Index = _NO_INDEX) -> int:
        """Return the number of operations."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = _NO_INDEX) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(CheckColumn)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole
    ) -> object:
        """Return a column's title, its explanation or its alignment."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == _Role.TextAlignmentRole:
            return _alignment(section)
        texts = {_Role.DisplayRole: _TITLES, _Role.ToolTipRole: _EXPLANATIONS}.get(_Role(role))
        return texts[section] if texts else None

    def data(self, index: _Index, role: int = _Role.DisplayRole) -> Any:  # noqa: ANN401
        """Return a cell's text, colour, font or alignment."""
        check = self.check(index.row())
        if check is None:
            return None
        match role:
            case _Role.DisplayRole:
                return _text(check, CheckColumn(index.column()))
            case _Role.ToolTipRole:
                where = located_text(check.tensor, check.cell)
                return f"Show {where} in the debugger"
            case _Role.ForegroundRole:
                theme = self._style.theme
                if check.verdict == "right":
                    is_name = index.column() == CheckColumn.OPERATION
                    return QColor(theme.text if is_name else theme.muted)
                is_verdict = index.column() == CheckColumn.VERDICT and check.verdict == "wrong"
                return QColor(theme.wrong if is_verdict else theme.text)
            case _Role.FontRole:
                is_number = index.column() == CheckColumn.ERROR
                font = self._style.number_font if is_number else self._style.body_font
                font.setBold(check.verdict == "wrong" and index.column() <= CheckColumn.VERDICT)
                return font
            case _Role.TextAlignmentRole:
                return _alignment(index.column())
        return None


def _text(check: OperationCheck, column: CheckColumn) -> str:
    match column:
        case CheckColumn.OPERATION:
            return _TITLE_OF[check.name]
        case CheckColumn.VERDICT:
            return _VERDICTS[check.verdict]
        case CheckColumn.KIND:
            return check.kind or ""
        case CheckColumn.ERROR:
            return compact(check.error)
        case CheckColumn.FINDING:
            return "" if check.verdict == "right" else check.sentence


def _alignment(column: int) -> Qt.AlignmentFlag:
    vertical = Qt.AlignmentFlag.AlignVCenter
    right = column == CheckColumn.ERROR
    return (Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft) | vertical
