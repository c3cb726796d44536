"""A picture's numbers as a table that copies."""

from typing import Any

import numpy as np
from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)
from PySide6.QtGui import QColor, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QTableView

from cnnviz.app.debugger.tensors.tensor_layout import Sheet, column_text, row_text
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.titled_table_model import RIGHT
from cnnviz.numerics.number_format import compact
from cnnviz.numerics.tensors import TRANSPOSITION, located_text

Index = QModelIndex | QPersistentModelIndex
_MOST_COPIED = 1_000_000


class NumberModel(QAbstractTableModel):
    """One picture of a sheet; nothing is computed before it is seen."""

    def __init__(self, style: Style, parent: QObject) -> None:
        super().__init__(parent)
        self._style = style
        self._sheet: Sheet | None = None
        self._picture = 0
        self._stale = False
        self._font = self._bold = style.number_font

    @property
    def sheet(self) -> Sheet | None:
        """The sheet that is shown."""
        return self._sheet

    def show(self, sheet: Sheet | None, picture: int, *, stale: bool) -> None:
        """Show another picture; stale numbers are muted."""
        self.beginResetModel()
        self._sheet, self._picture, self._stale = sheet, picture, stale
        self.endResetModel()

    def set_style(self, style: Style) -> None:
        """Use a style's colours and font."""
        self.beginResetModel()
        self._style, self._font, self._bold = style, style.number_font, style.number_font
        self._bold.setBold(True)
        self.endResetModel()

    def rowCount(self, parent: Index | None = None) -> int:
        """Return the rows of the picture."""
        nested = parent is not None and parent.isValid()
        return 0 if nested or self._sheet is None else self._sheet.pictures.shape[1]

    def columnCount(self, parent: Index | None = None) -> int:
        """Return the columns of the picture."""
        nested = parent is not None and parent.isValid()
        return 0 if nested or self._sheet is None else self._sheet.pictures.shape[2]

    def value(self, row: int, column: int) -> float | None:
        """Return a number; None if the picture has no such cell."""
        cell = self._picture, row, column
        if self._sheet is None or self._sheet.index(cell) is None:
            return None
        return float(self._sheet.pictures[cell])

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:  # noqa: ANN401
        """Return text, style or tooltip of a cell."""
        cell = self._picture, index.row(), index.column()
        value = self.value(index.row(), index.column())
        if value is None or self._sheet is None:
            return None
        mask = self._sheet.changed
        changed = mask is not None and bool(mask[cell])
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return compact(value, 4)
            case Qt.ItemDataRole.TextAlignmentRole:
                return RIGHT
            case Qt.ItemDataRole.FontRole:
                return self._bold if changed else self._font
            case Qt.ItemDataRole.ForegroundRole:
                theme = self._style.theme
                unchanged = theme.muted if self._stale else theme.text
                return QColor(theme.accent if changed else unchanged)
            case Qt.ItemDataRole.ToolTipRole:
                sheet = self._sheet
                mean_over = sheet.axis if sheet.is_mean else None
                entry = sheet.index(cell)
                words = located_text(sheet.name, entry, mean_over) if entry else ""
                if changed:
                    whose = " for some image" if sheet.is_mean else ""
                    return f"{words} = {value!r}, changed by the last step{whose}"
                return f"{words} = {value!r}" + (", an old value" if self._stale else "")
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:  # noqa: ANN401
        """Return the number of a row or column, and the arrays' index along it."""
        if self._sheet is None:
            return None
        if role == Qt.ItemDataRole.ToolTipRole and not self._sheet.is_number_per_image:
            return TRANSPOSITION
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        across = orientation == Qt.Orientation.Horizontal
        return (column_text if across else row_text)(self._sheet, section)


class NumberTable(QTableView):
    """The numbers. Ctrl+C copies those that are selected, with tabs between them."""

    chosen = Signal(object)
    """A cell was chosen; carries its index in the notebook's layout."""

    def __init__(self, style: Style) -> None:
        super().__init__()
        self._model = NumberModel(style, self)
        self.setModel(self._model)
        self.setAccessibleName("Numbers")
        self.setWordWrap(False)
        self.setSelectionMode(QTableView.SelectionMode.ContiguousSelection)
        self._picture, self._stale = 0, False
        self.clicked.connect(self._choose)
        self.set_style(style)

    def show_sheet(self, sheet: Sheet | None, picture: int, *, stale: bool = False) -> None:
        """Show one picture of a sheet; a selected cell stays selected if it can."""
        if (sheet, picture, stale) == (self._model.sheet, self._picture, self._stale):
            return
        selected = [(i.row(), i.column()) for i in self.selectedIndexes()]
        self._picture, self._stale = picture, stale
        self._model.show(sheet, picture, stale=stale)
        if len(selected) == 1 and self._model.hasIndex(*selected[0]):
            self.setCurrentIndex(self._model.index(*selected[0]))

    def select(self, row: int, column: int) -> None:
        """Select a cell, unless it already is selected, and scroll to it."""
        index = self._model.index(row, column)
        if index != self.currentIndex() or not self.selectionModel().isSelected(index):
            self.setCurrentIndex(index)
        self.scrollTo(index)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        scale, style = style.scale, style.scaled(0.9)
        self._model.set_style(style)
        across, down = self.horizontalHeader(), self.verticalHeader()
        for header, size in ((across, 9.5 * GRID * scale), (down, 2.75 * GRID * scale)):
            header.setMinimumSectionSize(1)
            header.setDefaultSectionSize(round(size))
            header.setFont(style.number_font)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Copy on Ctrl+C."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
            return
        super().keyPressEvent(event)

    def copy(self) -> None:
        """Copy the selected numbers, or all if none is, with all digits."""
        model = self._model
        if model.sheet is None:
            return
        chosen = self.selectedIndexes()
        top, left, bottom, right = 0, 0, model.rowCount() - 1, model.columnCount() - 1
        if chosen:  # one block: selectionMode says so
            rows, columns = {i.row() for i in chosen}, {i.column() for i in chosen}
            top, left, bottom, right = min(rows), min(columns), max(rows), max(columns)
        block = model.sheet.pictures[self._picture, top : bottom + 1, left : right + 1]
        if block.size > _MOST_COPIED:
            return
        lines = ("\t".join("" if np.isnan(x) else repr(float(x)) for x in row) for row in block)
        QGuiApplication.clipboard().setText("\n".join(lines))

    def _choose(self, index: QModelIndex) -> None:
        sheet = self._model.sheet
        cell = sheet.index((self._picture, index.row(), index.column())) if sheet else None
        if cell is not None:
            self.chosen.emit(cell)
