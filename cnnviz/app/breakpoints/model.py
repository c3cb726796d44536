"""The breakpoints as a table: enabled or not, condition, first hit that stops, hits so far."""

from dataclasses import replace
from enum import IntEnum
from typing import Final

from PySide6.QtCore import QModelIndex, QObject, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QFont

from cnnviz.app.look.style import Style
from cnnviz.app.widgets.plain_text import tooltip_text
from cnnviz.app.widgets.titled_table_model import Index, TitledTableModel
from cnnviz.training.breakpoints.breakpoint import Breakpoint
from cnnviz.training.breakpoints.conditions import At

MOST_HITS: Final = 1_000_000_000
"""The largest hit that can be chosen to stop a run."""

_Role = Qt.ItemDataRole
_Flag = Qt.ItemFlag


class BreakpointColumn(IntEnum):
    """The columns of the table, from the left."""

    ENABLED = 0
    CONDITION = 1
    HIT = 2
    HITS = 3


TITLES: Final = ("On", "Stop if", "Stop from\nhit no.", "Hits")
_EXPLANATIONS: Final = (
    "Whether it stops a run",
    "The condition; F2 or a double click edits it",
    "The first of its hits that stops a run; later hits stop it, too",
    "How often the condition has been hit in this run",
)


class BreakpointsModel(TitledTableModel[Breakpoint]):
    """An editable table with one row per breakpoint."""

    edited = Signal(object, object)
    """The person has edited something; carries all breakpoints, before and after."""

    def __init__(self, style: Style, parent: QObject | None = None) -> None:
        numbers = {BreakpointColumn.HIT, BreakpointColumn.HITS}
        super().__init__(TITLES, _EXPLANATIONS, numbers, style, parent)
        self._stopped: int | None = None
        self._next_number = 1

    @property
    def breakpoints(self) -> tuple[Breakpoint, ...]:
        """All of them, in the order of the rows."""
        return tuple(self._rows)

    def show(self, breakpoints: tuple[Breakpoint, ...], stopped: int | None) -> None:
        """Show breakpoints, and mark the one with the number `stopped`, if any."""
        if [b.number for b in self._rows] != [b.number for b in breakpoints]:
            self.beginResetModel()
            self._rows = breakpoints
            self._next_number = max([self._next_number, *(b.number + 1 for b in breakpoints)])
            self.endResetModel()
        elif breakpoints != self.breakpoints:
            self._rows = breakpoints
            self._redraw()
        if stopped != self._stopped:
            self._stopped = stopped
            self._redraw()

    def add(self, text: str) -> int:
        """Add an enabled breakpoint at the end, and return its row."""
        row = len(self._rows)
        self.insert(row, Breakpoint(self._next_number, text))
        self._next_number += 1
        return row

    def insert(self, row: int, breakpoint_: Breakpoint) -> None:
        """Insert a breakpoint before a row."""
        before = self.breakpoints
        self.beginInsertRows(QModelIndex(), row, row)
        self._rows = (*before[:row], breakpoint_, *before[row:])
        self.endInsertRows()
        self.edited.emit(before, self.breakpoints)

    def remove(self, row: int) -> None:
        """Remove the breakpoint in a row."""
        before = self.breakpoints
        self.beginRemoveRows(QModelIndex(), row, row)
        self._rows = (*before[:row], *before[row + 1 :])
        self.endRemoveRows()
        self.edited.emit(before, self.breakpoints)

    def enable_all(self, enabled: bool) -> None:
        """Enable, or disable, every breakpoint."""
        before = self.breakpoints
        self._rows = tuple(replace(b, enabled=enabled) for b in before)
        self._redraw()
        self.edited.emit(before, self.breakpoints)

    def toggle_operation(self, name: str) -> None:
        """Remove the breakpoints on an operation alone, or add one."""
        rows = [row for row, b in enumerate(self._rows) if b.condition == At(name)]
        for row in reversed(rows):
            self.remove(row)
        if not rows:
            self.add(f"at {name}")

    def data(self, index: Index, role: int = _Role.DisplayRole) -> object:
        """Return the content of a cell."""
        if not index.isValid():
            return None
        row, column = self._rows[index.row()], BreakpointColumn(index.column())
        match role:
            case _Role.DisplayRole | _Role.EditRole | _Role.AccessibleTextRole:
                return self._text(row, column, editing=role == _Role.EditRole)
            case _Role.CheckStateRole if column is BreakpointColumn.ENABLED:
                on = row.enabled and row.problem is None
                return Qt.CheckState.Checked if on else Qt.CheckState.Unchecked
            case _Role.ToolTipRole:
                return tooltip_text(str(row.problem)) if row.problem else _EXPLANATIONS[column]
            case _Role.AccessibleDescriptionRole if row.problem:
                return str(row.problem)
            case _Role.TextAlignmentRole:
                return self._alignment(column)
            case _Role.ForegroundRole if row.problem:
                return QBrush(QColor(self._style.theme.wrong))
            case _Role.ForegroundRole if not row.enabled:
                return QBrush(QColor(self._style.theme.muted))
            case _Role.FontRole if row.number == self._stopped:
                font = QFont()
                font.setBold(True)
                return font
        return None

    def setData(self, index: Index, value: object, role: int = _Role.EditRole) -> bool:
        """Change a breakpoint as a person has edited it."""
        row, column = self._rows[index.row()], BreakpointColumn(index.column())
        if role == _Role.CheckStateRole and column is BreakpointColumn.ENABLED:
            changed = replace(row, enabled=not row.enabled)
        elif role == _Role.EditRole and column is BreakpointColumn.CONDITION:
            text = " ".join(str(value).split())
            changed = replace(row, text=text, hits=row.hits if text == row.text else 0)
        elif role == _Role.EditRole and column is BreakpointColumn.HIT and isinstance(value, int):
            changed = replace(row, hit=min(max(1, value), MOST_HITS))
        else:
            return False
        if changed != row:
            i, before = index.row(), self.breakpoints
            self._rows = (*before[:i], changed, *before[i + 1 :])
            self.dataChanged.emit(self.index(i, 0), self.index(i, len(BreakpointColumn) - 1))
            self.edited.emit(before, self.breakpoints)
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Return the flags of a cell."""
        if not index.isValid():
            return _Flag.NoItemFlags
        flags = _Flag.ItemIsEnabled | _Flag.ItemIsSelectable
        if index.column() in (BreakpointColumn.CONDITION, BreakpointColumn.HIT):
            flags |= _Flag.ItemIsEditable
        if index.column() == BreakpointColumn.ENABLED and self._rows[index.row()].problem is None:
            flags |= _Flag.ItemIsUserCheckable
        return flags

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole
    ) -> object:
        """Return the columns' titles, and the breakpoints' numbers."""
        if orientation == Qt.Orientation.Horizontal:
            return super().headerData(section, orientation, role)
        if section >= len(self._rows):
            return None
        number = self._rows[section].number
        stopped = number == self._stopped
        match role:
            case _Role.DisplayRole:
                return f"▶ {number}" if stopped else str(number)
            case _Role.ToolTipRole if stopped:
                return "This breakpoint has stopped the run"
        return None

    def _text(self, row: Breakpoint, column: BreakpointColumn, *, editing: bool) -> object:
        match column:
            case BreakpointColumn.CONDITION:
                return row.text if editing or not row.problem else f"⚠ {row.text}"
            case BreakpointColumn.HIT:
                return row.hit if editing else f"{row.hit:,}"
            case BreakpointColumn.HITS:
                return f"{row.hits:,}"
        return None

    def _redraw(self) -> None:
        super()._redraw()
        if self._rows:
            self.headerDataChanged.emit(Qt.Orientation.Vertical, 0, len(self._rows) - 1)
