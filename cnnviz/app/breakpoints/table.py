"""The table of breakpoints: edited in place, with the mouse or the keyboard."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractItemView,
    QHeaderView,
    QLineEdit,
    QSpinBox,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from cnnviz.app.breakpoints.model import MOST_HITS, BreakpointsModel, Column
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.arrow_keys import ENTER, plain_key
from cnnviz.training.breakpoints.parser import LONGEST

_Hint = QAbstractItemDelegate.EndEditHint


class BreakpointTable(QTableView):
    """Shows and edits breakpoints.

    Space turns one on or off, F2 or Enter edits it, Delete removes it. Enter and Escape end an edit
    and leave the table, so that Space and the arrows are the window's again.
    """

    own_keys = frozenset({Qt.Key.Key_Space, Qt.Key.Key_Left, Qt.Key.Key_Right})
    typing = Signal(str)
    """A condition is being typed; carries what there is of it."""
    typing_ended = Signal(int)
    """The edit of a condition has ended, one way or the other; carries the row."""
    removal_requested = Signal()
    """The person pressed Delete."""

    def __init__(
        self, model: BreakpointsModel, style: Style, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._leaving = QTimer(self, singleShot=True, interval=0)
        self._leaving.timeout.connect(self.clearFocus)
        self._delegate = _Delegate(self)
        self.setModel(model)
        self.setItemDelegate(self._delegate)
        self.setAccessibleName("Breakpoints")
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setShowGrid(False)
        self.setTabKeyNavigation(False)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        columns = self.horizontalHeader()
        columns.setHighlightSections(False)
        columns.setSectionsClickable(False)
        columns.setMinimumSectionSize(1)
        columns.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        columns.setSectionResizeMode(Column.CONDITION, QHeaderView.ResizeMode.Stretch)
        rows = QHeaderView.ResizeMode.ResizeToContents  # a long condition takes several lines
        self.verticalHeader().setSectionResizeMode(rows)
        self.verticalHeader().setSectionsClickable(False)
        columns.sectionResized.connect(self.verticalHeader().resizeSections)
        self._delegate.typing.connect(self.typing)
        self._delegate.closeEditor.connect(self._end_edit)
        self.set_style(style)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        for widget in (self, self.horizontalHeader(), self.verticalHeader()):
            widget.setFont(style.body_font)
        metrics = self.fontMetrics()
        self.verticalHeader().setMinimumSectionSize(metrics.height() + 2 * GRID)
        self.verticalHeader().setFixedWidth(metrics.horizontalAdvance("▶ 00") + GRID)
        for column, widest in (
            (Column.ENABLED, "On"),
            (Column.HIT, "From hit"),
            (Column.HITS, "00,000"),
        ):
            self.setColumnWidth(column, metrics.horizontalAdvance(widest) + 5 * GRID // 4)
        self.setStyleSheet(
            "QTableView { border: 1px solid transparent; }"
            f"QTableView:focus {{ border: 1px solid {style.theme.accent}; }}"
            f"QHeaderView::section {{ padding: {GRID // 2}px; }}"
            # Room for a line of type in a cell.
            "QTableView QLineEdit, QTableView QSpinBox { border-radius: 0; padding: 0 2px; }"
        )

    def edit_condition(self, row: int) -> None:
        """Begin to edit a condition."""
        index = self.model().index(row, Column.CONDITION)
        self.setFocus()
        self.setCurrentIndex(index)
        self.edit(index)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Turn on and off, edit, remove."""
        row, key = self.currentIndex().row(), plain_key(event)
        if self.state() == QAbstractItemView.State.EditingState:
            return  # the key that ended an edit is not for the table
        if row >= 0:
            if key == Qt.Key.Key_Space:
                box = self.model().index(row, Column.ENABLED)
                if box.flags() & Qt.ItemFlag.ItemIsUserCheckable:
                    self.model().setData(box, None, Qt.ItemDataRole.CheckStateRole)
                return
            if key in ENTER:
                index = self.currentIndex()
                self.edit(index if index.column() == Column.HIT else self.condition_at(row))
                return
            if key == Qt.Key.Key_Delete:
                self.removal_requested.emit()
                return
        super().keyPressEvent(event)

    def condition_at(self, row: int) -> QModelIndex:
        """Return the cell of a row's condition."""
        return self.model().index(row, Column.CONDITION)

    @Slot(QWidget, _Hint)
    def _end_edit(self, _editor: QWidget, hint: QAbstractItemDelegate.EndEditHint) -> None:
        self.typing_ended.emit(self.currentIndex().row())
        if hint not in (_Hint.EditNextItem, _Hint.EditPreviousItem):
            self._leaving.start()  # once the view has taken it back


class _Delegate(QStyledItemDelegate):
    """Makes the fields in which cells are edited."""

    typing = Signal(str)

    def createEditor(
        self,
        parent: QWidget,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> QWidget:
        if index.column() == Column.CONDITION:
            field = QLineEdit(parent)
            field.setMaxLength(LONGEST)
            field.setAccessibleName("Condition")
            field.setFont(option.font)  # type: ignore[attr-defined]
            field.textEdited.connect(self.typing)
            return field
        box = QSpinBox(parent)
        box.setRange(1, MOST_HITS)
        box.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        box.setAccessibleName("From hit")
        box.setFont(option.font)  # type: ignore[attr-defined]
        return box
