"""The breakpoints as a table: on or off, where to stop, from which hit on, hits so far."""

from dataclasses import replace
from enum import IntEnum
from typing import Final

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QBrush, QColor, QFont

from cnnviz.app.look.style import Style
from cnnviz.training.breakpoints.breakpoint import Breakpoint
from cnnviz.training.breakpoints.conditions import At

MOST_HITS: Final = 1_000_000_000
"""The last hit that can be waited for."""
STOPPED_SIGN: Final = "▶"
"""Stands before the number of the breakpoint that stopped the run."""
PROBLEM_SIGN: Final = "⚠"
"""Stands before a condition that does not parse."""

_Role = Qt.ItemDataRole
_Flag = Qt.ItemFlag
_Index = QModelIndex | QPersistentModelIndex
_NO_INDEX: Final = QModelIndex()


class Column(IntEnum):
    """What the columns hold."""

    ENABLED = 0
    CONDITION = 1
    HIT = 2
    HITS = 3


_TITLES: Final = {
    Column.ENABLED: ("On", "Whether it stops a run"),
    Column.CONDITION: ("Stop where", "The condition; F2 or a double click edits it"),
    Column.HIT: ("From hit", "The first of its hits that stops a run; those after it do too"),
    Column.HITS: ("Hits", "How often the condition has been hit in this run"),
}
_LEFT: Final = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_RIGHT: Final = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_ALIGNED: Final = {
    Column.ENABLED: _LEFT,
    Column.CONDITION: _LEFT,
    Column.HIT: _RIGHT,
    Column.HITS: _RIGHT,
}


class BreakpointsModel(QAbstractTableModel):
    """Breakpoints that can be edited; says so when a person has."""

    edited = Signal(object)
    """Carries all breakpoints, a tuple of `Breakpoint`, after an edit."""

    def __init__(self, style: Style, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = style.theme
        self._all: tuple[Breakpoint, ...] = ()
        self._stopped: int | None = None
        self._next = 1

    @property
    def breakpoints(self) -> tuple[Breakpoint, ...]:
        """All of them, in the order of the rows."""
        return self._all

    def show(self, breakpoints: tuple[Breakpoint, ...], stopped: int | None) -> None:
        """Show breakpoints.

        Parameters
        ----------
        breakpoints : tuple of Breakpoint
        stopped : int or None
            The number of the one for which the run stands.
        """
        if breakpoints != self._all:
            before, self._all = self._all, breakpoints
            if [b.number for b in before] != [b.number for b in breakpoints]:
                self.beginResetModel()
                self._next = max([self._next, *(b.number + 1 for b in breakpoints)])
                self.endResetModel()
            elif breakpoints:
                self.dataChanged.emit(self.index(0, 0), self.index(len(breakpoints) - 1, 3))
        if stopped != self._stopped:
            self._stopped = stopped
            self._draw_all()

    def set_style(self, style: Style) -> None:
        """Use a style's colours."""
        self._theme = style.theme
        self._draw_all()

    def add(self, text: str) -> int:
        """Add an enabled breakpoint at the end, and return its row."""
        row = len(self._all)
        self.beginInsertRows(QModelIndex(), row, row)
        self._all = (*self._all, Breakpoint(self._next, text))
        self._next += 1
        self.endInsertRows()
        self.edited.emit(self._all)
        return row

    def remove(self, row: int) -> None:
        """Remove a breakpoint."""
        self.beginRemoveRows(QModelIndex(), row, row)
        self._all = (*self._all[:row], *self._all[row + 1 :])
        self.endRemoveRows()
        self.edited.emit(self._all)

    def enable_all(self, enabled: bool) -> None:
        """Enable, or disable, every breakpoint."""
        self._all = tuple(replace(b, enabled=enabled) for b in self._all)
        self._draw_all()
        self.edited.emit(self._all)

    def toggle_operation(self, name: str) -> None:
        """Remove the breakpoints that are at this operation and nothing else, or add one."""
        rest = tuple(b for b in self._all if b.condition != At(name))
        if len(rest) == len(self._all):
            self.add(f"at {name}")
            return
        self.beginResetModel()
        self._all = rest
        self.endResetModel()
        self.edited.emit(self._all)

    def rowCount(self, parent: _Index = _NO_INDEX) -> int:
        """One row a breakpoint."""
        return 0 if parent.isValid() else len(self._all)

    def columnCount(self, parent: _Index = _NO_INDEX) -> int:
        """One column a `Column`."""
        return 0 if parent.isValid() else len(Column)

    def data(self, index: _Index, role: int = _Role.DisplayRole) -> object:
        """Return what a cell shows."""
        if not index.isValid():
            return None
        row, column = self._all[index.row()], Column(index.column())
        match role:
            case _Role.DisplayRole | _Role.EditRole | _Role.AccessibleTextRole:
                return self._text(row, column, editing=role == _Role.EditRole)
            case _Role.CheckStateRole if column is Column.ENABLED:
                on = row.enabled and row.problem is None
                return Qt.CheckState.Checked if on else Qt.CheckState.Unchecked
            case _Role.ToolTipRole:
                return str(row.problem) if row.problem else _TITLES[column][1]
            case _Role.TextAlignmentRole:
                return _ALIGNED[column]
            case _Role.ForegroundRole:
                return self._ink(row)
            case _Role.BackgroundRole if row.number == self._stopped:
                tint = QColor(self._theme.accent)
                tint.setAlphaF(0.18)
                return QBrush(tint)
            case _Role.FontRole if row.number == self._stopped:
                font = QFont()
                font.setBold(True)
                return font
        return None

    def setData(self, index: _Index, value: object, role: int = _Role.EditRole) -> bool:
        """Take what a person has edited."""
        row, column = self._all[index.row()], Column(index.column())
        if role == _Role.CheckStateRole and column is Column.ENABLED:
            changed = replace(row, enabled=not row.enabled)
        elif role == _Role.EditRole and column is Column.CONDITION:
            text = " ".join(str(value).split())
            changed = replace(row, text=text, hits=row.hits if text == row.text else 0)
        elif role == _Role.EditRole and column is Column.HIT and isinstance(value, int):
            changed = replace(row, hit=min(max(1, value), MOST_HITS))
        else:
            return False
        if changed != row:
            i = index.row()
            self._all = (*self._all[:i], changed, *self._all[i + 1 :])
            self.dataChanged.emit(self.index(i, 0), self.index(i, len(Column) - 1))
            self.edited.emit(self._all)
        return True

    def flags(self, index: _Index) -> Qt.ItemFlag:
        """Return what can be done with a cell."""
        flags = _Flag.ItemIsEnabled | _Flag.ItemIsSelectable
        if not index.isValid():
            return flags
        if index.column() in (Column.CONDITION, Column.HIT):
            flags |= _Flag.ItemIsEditable
        if index.column() == Column.ENABLED and self._all[index.row()].problem is None:
            flags |= _Flag.ItemIsUserCheckable
        return flags

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = _Role.DisplayRole
    ) -> object:
        """Return the columns' titles, and the breakpoints' numbers."""
        if orientation == Qt.Orientation.Horizontal:
            title, tip = _TITLES[Column(section)]
            if role == _Role.TextAlignmentRole:
                return _ALIGNED[Column(section)]
            return {_Role.DisplayRole: title, _Role.ToolTipRole: tip}.get(_Role(role))
        if role == _Role.DisplayRole and section < len(self._all):
            number = self._all[section].number
            return f"{STOPPED_SIGN} {number}" if number == self._stopped else str(number)
        return None

    def _text(self, row: Breakpoint, column: Column, *, editing: bool) -> object:
        if column is Column.CONDITION:
            return row.text if editing or not row.problem else f"{PROBLEM_SIGN} {row.text}"
        if column is Column.HIT:
            return row.hit if editing else f"{row.hit:,}"
        return f"{row.hits:,}" if column is Column.HITS else None

    def _ink(self, row: Breakpoint) -> QBrush | None:
        if row.problem:
            return QBrush(QColor(self._theme.wrong))
        return None if row.enabled else QBrush(QColor(self._theme.muted))

    def _draw_all(self) -> None:
        if self._all:
            last = len(self._all) - 1
            self.dataChanged.emit(self.index(0, 0), self.index(last, len(Column) - 1))
            self.headerDataChanged.emit(Qt.Orientation.Vertical, 0, last)
