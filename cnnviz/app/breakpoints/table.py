"""The table of breakpoints: edited in place, with the mouse or the keyboard."""

from PySide6.QtCore import (
    QMargins,
    QModelIndex,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    QTimer,
    Signal,
    Slot,
)
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QKeySequence, QPainter, QResizeEvent
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

from cnnviz.app.breakpoints.model import MOST_HITS, TITLES, BreakpointColumn, BreakpointsModel
from cnnviz.app.breakpoints.problem import ConditionProblem
from cnnviz.app.look.style import Style
from cnnviz.app.look.style_sheet import set_sheet
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.arrow_keys import ENTER, plain_key
from cnnviz.app.widgets.integer_box import IntegerBox
from cnnviz.app.widgets.table_setup import set_up_table
from cnnviz.training.breakpoints.parser import LONGEST
from cnnviz.training.errors import ConditionError

_Hint = QAbstractItemDelegate.EndEditHint
_Index = QModelIndex | QPersistentModelIndex


class BreakpointTable(QTableView):
    """Shows and edits breakpoints.

    Space enables or disables the selected one, F2 or Enter edits it, Delete deletes it, Ctrl+Z
    restores it. Enter and Escape end an edit and release the focus, so that Space and the arrows
    control the run again.
    """

    own_keys = frozenset({Qt.Key.Key_Space, Qt.Key.Key_Left, Qt.Key.Key_Right})
    condition_typed = Signal(str)
    """A condition is being edited; carries its text so far."""
    edit_ended = Signal(int)
    """An edit was finished or cancelled; carries the row."""
    delete_requested = Signal()
    undo_requested = Signal()

    def __init__(self, model: BreakpointsModel, style: Style) -> None:
        super().__init__()
        self._leaving = QTimer(self, singleShot=True, interval=0)
        self._leaving.timeout.connect(self._leave)
        self._delegate = _Delegate(self)
        self._conditions = model
        self.problem = ConditionProblem(self.viewport())
        self.setModel(model)
        self.setItemDelegate(self._delegate)
        set_up_table(self, "Breakpoints")
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        columns, rows = self.horizontalHeader(), self.verticalHeader()
        columns.setMinimumSectionSize(1)
        columns.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        columns.setSectionResizeMode(BreakpointColumn.CONDITION, QHeaderView.ResizeMode.Stretch)
        rows.show()
        rows.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)  # conditions wrap
        rows.setSectionsClickable(False)
        columns.sectionResized.connect(rows.resizeSections)
        rows.sectionResized.connect(self._place_problem)
        self._delegate.condition_typed.connect(self.condition_typed)
        self._delegate.closeEditor.connect(self._end_edit)
        self.set_style(style)

    @property
    def selected_row(self) -> int:
        """The row that is shown as selected; −1 if there is none."""
        rows = self.selectionModel().selectedRows()
        return rows[0].row() if rows else -1

    @property
    def is_editing(self) -> bool:
        """Whether a field is open."""
        return self.state() == QAbstractItemView.State.EditingState

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self.problem.set_style(style)
        metrics = self.fontMetrics()
        self.verticalHeader().setMinimumSectionSize(metrics.height() + 2 * GRID)
        self.verticalHeader().setFixedWidth(metrics.horizontalAdvance("▶ 00") + GRID)
        for column, widest in (
            (BreakpointColumn.ENABLED, "On"),
            (BreakpointColumn.HIT, max(TITLES[BreakpointColumn.HIT].split("\n"), key=len)),
            (BreakpointColumn.HITS, "00,000"),
        ):
            self.setColumnWidth(column, metrics.horizontalAdvance(widest) + 5 * GRID // 4)
        selection = QColor(style.theme.accent)
        selection.setAlphaF(0.18)
        set_sheet(
            self,
            "QTableView { border: 1px solid transparent;"
            f" selection-background-color: {selection.name(QColor.NameFormat.HexArgb)}; }}"
            f"QTableView:focus {{ border: 1px solid {style.theme.accent}; }}"
            f"QHeaderView::section {{ padding: {GRID // 2}px; }}"
            # A cell has the height of a line of text.
            "QTableView QLineEdit, QTableView QSpinBox { border-radius: 0; padding: 0 2px; }",
        )

    def show_problem(self, row: int, text: str, problem: ConditionError | None) -> None:
        """Show below a row where and why its condition does not parse; None shows nothing."""
        self.problem.show_problem(text, problem)
        # For screen readers, which find only cells in a table.
        field = self.viewport().findChild(
            QLineEdit, options=Qt.FindChildOption.FindDirectChildrenOnly
        )
        if field is not None:
            field.setAccessibleDescription("" if problem is None else str(problem))
        self._delegate.problem_row = row if problem is not None else -1
        self._fit_problem()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the problem to the new width."""
        super().resizeEvent(event)
        self._fit_problem()

    def scrollContentsBy(self, dx: int, dy: int) -> None:
        """Move the problem along with its row."""
        super().scrollContentsBy(dx, dy)
        self._place_problem()

    def _fit_problem(self) -> None:
        """Make the row as high as its condition and the problem below it."""
        layout, width = self.problem.layout(), self.viewport().width()
        row, height = self._delegate.problem_row, 0
        if row >= 0 and layout is not None:
            height = max(layout.heightForWidth(width), layout.minimumSize().height())
        if height != self._delegate.problem_height or row >= 0:
            self._delegate.problem_height = height
            self.verticalHeader().resizeSections(QHeaderView.ResizeMode.ResizeToContents)
        self._place_problem()

    @Slot()
    def _place_problem(self) -> None:
        row, height = self._delegate.problem_row, self._delegate.problem_height
        if row >= 0:
            end = self.rowViewportPosition(row) + self.rowHeight(row)
            self.problem.setGeometry(0, end - height, self.viewport().width(), height)

    def edit_condition(self, row: int) -> None:
        """Select a row and begin to edit its condition."""
        index = self.model().index(row, BreakpointColumn.CONDITION)
        self.setFocus()
        self.setCurrentIndex(index)
        self.edit(index)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Select the current row, so that keys act on the row that is highlighted."""
        super().focusInEvent(event)
        if self.selected_row < 0:
            self.selectRow(max(0, self.currentIndex().row()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Enable, edit, delete or restore a breakpoint."""
        row, key = self.selected_row, plain_key(event)
        if self.is_editing:
            return  # the key that ended an edit is not for the table
        if event.matches(QKeySequence.StandardKey.Undo):
            self.undo_requested.emit()
        elif row >= 0 and key == Qt.Key.Key_Space:
            box = self.model().index(row, BreakpointColumn.ENABLED)
            if box.flags() & Qt.ItemFlag.ItemIsUserCheckable:
                self.model().setData(box, None, Qt.ItemDataRole.CheckStateRole)
        elif row >= 0 and key in ENTER:
            is_hit = self.currentIndex().column() == BreakpointColumn.HIT
            column = BreakpointColumn.HIT if is_hit else BreakpointColumn.CONDITION
            self.edit(self.model().index(row, column))
        elif row >= 0 and key in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.delete_requested.emit()
        else:
            super().keyPressEvent(event)

    @Slot(QWidget, _Hint)
    def _end_edit(self, _editor: QWidget, hint: QAbstractItemDelegate.EndEditHint) -> None:
        self.edit_ended.emit(self.currentIndex().row())
        if hint not in (_Hint.EditNextItem, _Hint.EditPreviousItem):
            self._leaving.start()  # once the table has the focus again

    @Slot()
    def _leave(self) -> None:
        """Give the keyboard back to the run, unless the condition is still to be mended."""
        row, breakpoints = self.selected_row, self._conditions.breakpoints
        if row < 0 or not breakpoints[row].text or breakpoints[row].problem is None:
            self.clearFocus()


class _HitBox(IntegerBox):
    """A field for a hit, in which the delegate ends the edit with Enter and Escape."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Stay focused."""
        QSpinBox.keyPressEvent(self, event)


class _Delegate(QStyledItemDelegate):
    """Creates the fields in which cells are edited, and leaves space for a problem below a row."""

    condition_typed = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.problem_row = -1
        self.problem_height = 0

    def sizeHint(self, option: QStyleOptionViewItem, index: _Index) -> QSize:
        """Return the size of a cell, with the problem below it."""
        size = super().sizeHint(option, index)
        return size.grownBy(QMargins(0, 0, 0, self._below(index)))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        """Paint a cell above the problem."""
        self._shrink(option, index)
        super().paint(painter, option, index)

    def setEditorData(self, editor: QWidget, index: _Index) -> None:
        """Keep what is being typed if the row changes because the condition is hit."""
        field = editor.lineEdit() if isinstance(editor, QSpinBox) else editor
        if not (isinstance(field, QLineEdit) and field.isModified()):
            super().setEditorData(editor, index)

    def updateEditorGeometry(
        self, editor: QWidget, option: QStyleOptionViewItem, index: _Index
    ) -> None:
        """Put the field above the problem."""
        self._shrink(option, index)
        super().updateEditorGeometry(editor, option, index)

    def _below(self, index: _Index) -> int:
        return self.problem_height if index.row() == self.problem_row else 0

    def _shrink(self, option: QStyleOptionViewItem, index: _Index) -> None:
        rect: QRect = option.rect  # type: ignore[attr-defined]
        option.rect = rect.adjusted(0, 0, 0, -self._below(index))  # type: ignore[attr-defined]

    def createEditor(
        self,
        parent: QWidget,
        option: QStyleOptionViewItem,
        index: _Index,
    ) -> QWidget:
        """Create a line for a condition, a spin box for a hit."""
        field: QLineEdit | IntegerBox
        if index.column() == BreakpointColumn.CONDITION:
            field = QLineEdit(parent, maxLength=LONGEST)
            field.setAccessibleName("Condition")
            field.textEdited.connect(self.condition_typed)
        else:
            field = _HitBox("Stop from hit no.", "", (1, MOST_HITS), parent=parent)
            field.setButtonSymbols(IntegerBox.ButtonSymbols.NoButtons)
        field.setFont(option.font)  # type: ignore[attr-defined]
        return field
