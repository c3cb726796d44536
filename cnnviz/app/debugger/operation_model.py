"""The iteration's operations as a list model: how far each is, and where a run stops."""

from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Literal

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from cnnviz.numerics.operations import FORWARD, OPERATIONS, Operation
from cnnviz.numerics.rule import NOTEBOOK, Rule
from cnnviz.training.debugger.view import DebugView, Status

if TYPE_CHECKING:
    from cnnviz.numerics.checking.operation_check import OperationCheck

ROW: Final = Qt.ItemDataRole.UserRole
"""The role of an `OperationRow`; a heading has none."""
_HEADINGS: Final = {0: "Forward", len(FORWARD) + 1: "Backward"}
"""The model's rows that hold a title for the operations below."""
_STATES: Final[dict[Status, str]] = {
    "done": "done",
    "next": "comes next",
    "failed": "failed: it has no meaningful result",
    "stale": "old: its values are from before a step back, a change or this iteration",
    "not yet": "not yet computed",
}
_STOPS: Final = {
    "": "",
    "always": ", a run stops before it",
    "conditional": ", a conditional breakpoint names it",
}

Index = QModelIndex | QPersistentModelIndex


@dataclass(frozen=True, slots=True)
class OperationRow:
    """The contents of an operation's entry in the list."""

    number: int
    """Its position in the iteration, from 1."""
    operation: Operation
    formula: str
    """Its formula under the rule in force."""
    status: Status
    is_newest: bool
    """Whether it was done last."""
    is_ahead: bool
    """Whether it comes next or is under way."""
    is_under_way: bool
    stop: Literal["", "always", "conditional"]
    """Whether a run stops before it."""
    check: "OperationCheck | None"
    """The verdict on it, if it was checked in this state."""

    @property
    def is_wrong(self) -> bool:
        """Whether the check found it wrong."""
        return self.check is not None and self.check.verdict == "wrong"

    @property
    def words(self) -> str:
        """The whole row in words."""
        state = "under way" if self.is_under_way else _STATES[self.status]
        if self.is_newest:
            state = "just done"
        if self.is_ahead:
            state += ": you are here"
        title = f"{self.number}. {self.operation.title}"
        words = f"{title}: {self.formula} ({state}{_STOPS[self.stop]})"
        return f"{words}. Checked: {self.check.verdict}" if self.check else words


def operation_rows(
    rule: Rule,
    view: DebugView | None,
    stops: AbstractSet[str],
    conditional: AbstractSet[str],
    checks: "Mapping[str, OperationCheck]" = MappingProxyType({}),
) -> tuple[OperationRow, ...]:
    """Return a row for every operation.

    Parameters
    ----------
    view : DebugView or None
        The iteration that is stepped through; without one, no operation is done.
    stops, conditional : set of str
        Names of the operations before which a run stops, and of those that a breakpoint with
        further conditions names.
    checks : mapping of str to OperationCheck
        The verdicts, by the names of the operations.
    """
    rows = []
    for position, operation in enumerate(OPERATIONS):
        name = operation.name
        rows.append(
            OperationRow(
                position + 1,
                operation,
                operation.variant(rule).formula,
                view.status[position] if view else "not yet",
                is_newest=view is not None and position == view.position - 1,
                is_ahead=view is not None and position == view.position,
                is_under_way=view is not None and name == view.computing,
                stop="always" if name in stops else "conditional" if name in conditional else "",
                check=checks.get(name),
            )
        )
    return tuple(rows)


class OperationModel(QAbstractListModel):
    """The operations in their order, with a heading above the forward and the backward pass."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows = operation_rows(NOTEBOOK, None, frozenset(), frozenset())

    def show_rows(self, rows: tuple[OperationRow, ...]) -> None:
        """Show the operations as they are now."""
        if rows != self._rows:
            self._rows = rows
            self.dataChanged.emit(self.index(0), self.index(self.rowCount() - 1))

    def index_of(self, position: int) -> QModelIndex:
        """Return the index of the operation at a position of the iteration."""
        return self.index(position + 1 + (position >= len(FORWARD)))

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        """Return the number of operations and headings."""
        return 0 if parent.isValid() else len(self._rows) + len(_HEADINGS)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Let operations be chosen, but not headings."""
        if index.row() in _HEADINGS:
            return Qt.ItemFlag.ItemNeverHasChildren
        return super().flags(index)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        """Return a title, the whole row in words, or the `OperationRow`."""
        if not index.isValid():
            return None
        if index.row() in _HEADINGS:
            return _HEADINGS[index.row()] if role == Qt.ItemDataRole.DisplayRole else None
        row = self._rows[index.row() - 1 - (index.row() > len(FORWARD))]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return row.operation.title
            case Qt.ItemDataRole.ToolTipRole | Qt.ItemDataRole.AccessibleTextRole:
                return row.words
            case _:
                return row if role == ROW else None
