"""The verdicts on the operations, the data and the first weights as a table."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Any, Final

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QColor

from cnnviz.app.look.style import Style
from cnnviz.app.widgets.titled_table_model import Index, TitledTableModel
from cnnviz.numerics.checking.data_check import DataFinding
from cnnviz.numerics.checking.operation_check import OperationCheck, Verdict
from cnnviz.numerics.number_format import compact
from cnnviz.numerics.operations import TITLES
from cnnviz.numerics.tensors import located_text
from cnnviz.training.debugger.point import Point

_Role = Qt.ItemDataRole
_ANSWERED: Final = frozenset(
    {
        *(_Role.DisplayRole, _Role.ToolTipRole, _Role.ForegroundRole),
        *(_Role.FontRole, _Role.TextAlignmentRole),
    }
)
"""What the table has an answer for: Qt asks for more, and often."""
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


@dataclass(frozen=True, slots=True)
class CheckRow:
    """The contents of one row."""

    title: str
    verdict: Verdict
    kind: str
    number: str
    """How far the worst cell is off; empty for the data, whose sentence has its number."""
    sentence: str
    point: Point | None
    """The worst cell, which the debugger can show."""

    @classmethod
    def of_operation(cls, check: OperationCheck) -> "CheckRow":
        """Return the row of an operation; a right one needs no words."""
        return cls(
            TITLES[check.name],
            check.verdict,
            check.kind or "",
            compact(check.error),
            "" if check.verdict == "right" else check.sentence,
            Point(check.tensor, check.cell),
        )

    @classmethod
    def of_data(cls, found: DataFinding) -> "CheckRow":
        """Return the row of a finding in the data or in the first weights: no error, but a fact."""
        title = f"{found.place}: {found.name}"
        return cls(title, found.verdict, "", "", found.sentence, None)


_TITLES: Final = ("operation", "verdict", "looks like", "off by", "what was found")
_EXPLANATIONS: Final = (
    "In the order of the iteration, each judged by its inputs; then the data and the first weights",
    "Whether it computes what it should. One that depends on a wrong one may not be judged",
    "What kind of mistake it is, if that can be established",
    "By how much its worst cell is off; for a right one, that is rounding",
    "In one sentence",
)


class CheckModel(TitledTableModel[CheckRow]):
    """A table with one row per operation."""

    def __init__(self, style: Style, parent: QObject) -> None:
        super().__init__(_TITLES, _EXPLANATIONS, {CheckColumn.ERROR}, style, parent)

    def data(self, index: Index, role: int = _Role.DisplayRole) -> Any:  # noqa: ANN401
        """Return a cell's text, colour, font or alignment."""
        row = self.row(index.row()) if role in _ANSWERED else None
        if row is None:
            return None
        column = index.column()
        match role:
            case _Role.DisplayRole:
                return (row.title, _VERDICTS[row.verdict], row.kind, row.number, row.sentence)[
                    column
                ]
            case _Role.ToolTipRole if row.point is not None:
                where = located_text(row.point.tensor, row.point.index)
                return f"Show {where} in the debugger"
            case _Role.ForegroundRole:
                return self._colour(row, column)
            case _Role.FontRole:
                is_number = column == CheckColumn.ERROR
                font = self._style.number_font if is_number else self._style.body_font
                font.setBold(row.verdict == "wrong" and column <= CheckColumn.VERDICT)
                return font
            case _Role.TextAlignmentRole:
                return self._alignment(column)
        return None

    def _colour(self, row: CheckRow, column: int) -> QColor:
        theme = self._style.theme
        if row.verdict == "wrong" and column == CheckColumn.VERDICT:
            return QColor(theme.wrong)
        is_name = column == CheckColumn.OPERATION
        return QColor(theme.muted if row.verdict == "right" and not is_name else theme.text)
