"""The compared rules as a table."""

from typing import Any, Final

from PySide6.QtCore import QObject, Qt

from cnnviz.app.look.style import Style
from cnnviz.app.widgets.titled_table_model import Index, TitledTableModel
from cnnviz.numerics.rule import Rule
from cnnviz.training.comparison.report import HEADER, rows
from cnnviz.training.comparison.result import RuleComparison

_Role = Qt.ItemDataRole
_EXPLANATIONS: Final = (
    "The notebook's rule with these corrections",
    "Of the last iteration",
    "Of the last iteration",
    "Of any iteration",
    "Of any iteration",
    "The first iteration in which 90 % of the images are right",
)


class RulesModel(TitledTableModel[tuple[str, ...]]):
    """A table with one row per rule."""

    def __init__(self, style: Style, parent: QObject) -> None:
        super().__init__(HEADER, _EXPLANATIONS, range(1, len(HEADER)), style, parent)
        self._comparison: RuleComparison | None = None

    def show_comparison(self, comparison: RuleComparison) -> None:
        """Show other rules."""
        self._comparison = comparison
        self.show_rows(rows(comparison))

    def rule(self, row: int) -> Rule | None:
        """Return the rule in a row, or None."""
        runs = self._comparison.runs if self._comparison else ()
        return runs[row].rule if 0 <= row < len(runs) else None

    def data(self, index: Index, role: int = _Role.DisplayRole) -> Any:  # noqa: ANN401
        """Return a cell's text, font or alignment."""
        match role:
            case _Role.DisplayRole:
                return self._rows[index.row()][index.column()]
            case _Role.FontRole:
                return self._style.number_font if index.column() else self._style.body_font
            case _Role.TextAlignmentRole:
                return self._alignment(index.column())
        return None
