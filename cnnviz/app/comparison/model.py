"""The compared rules as a table."""

from typing import Any, Final

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from cnnviz.app.look.style import Style
from cnnviz.numerics.rule import Rule
from cnnviz.training.comparison.report import HEADER, rows
from cnnviz.training.comparison.result import Comparison

_Index = QModelIndex | QPersistentModelIndex
_NO_INDEX: Final = QModelIndex()
_Role = Qt.ItemDataRole
_EXPLANATIONS: Final = (
    "The notebook's rule with these corrections",
    "Of the last iteration",
    "Of the last iteration",
    "Of any iteration",
    "Of any iteration",
    "The first iteration in which 90 % of the images are right",
)


class RulesModel(QAbstractTableModel):
    """A table with one row per rule."""

    def __init__(self, style: Style, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._style = style
        self._comparison: Comparison | None = None
        self._rows: list[tuple[str, ...]] = []

    def show_comparison(self, comparison: Comparison) -> None:
        """Show other rules."""
        self.beginResetModel()
        self._comparison, self._rows = comparison, rows(comparison)
        self.endResetModel()

    def set_style(self, style: Style) -> None:
        """Use a style's size."""
        self.beginResetModel()
        self._style = style
        self.endResetModel()

    def rule(self, row: int) -> Rule | None:
        """Return the rule in a row, or None."""
        runs = self._comparison.runs if self._comparison else ()
        return runs[row].rule if 0 <= row < len(runs) else None

    def rowCount(self, parent: _Index = _NO_INDEX) -> int:
        """Return the number of rules."""
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: _Index = _NO_INDEX) -> int:
        """Return the number of columns."""
        return 0 if parent.isValid() else len(HEADER)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole
    ) -> object:
        """Return a column's title, its explanation or its alignment."""
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == _Role.TextAlignmentRole:
            return _alignment(section)
        texts = {_Role.DisplayRole: HEADER, _Role.ToolTipRole: _EXPLANATIONS}.get(_Role(role))
        return texts[section] if texts else None

    def data(self, index: _Index, role: int = _Role.DisplayRole) -> Any:  # noqa: ANN401
        """Return a cell's text, font or alignment."""
        match role:
            case _Role.DisplayRole:
                return self._rows[index.row()][index.column()]
            case _Role.FontRole:
                return self._style.number_font if index.column() else self._style.body_font
            case _Role.TextAlignmentRole:
                return _alignment(index.column())
        return None


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter
