"""The Branches panel: every branch of the run, to compare, switch to, rename and delete."""

from PySide6.QtCore import QPoint, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QMenu,
    QTableView,
    QVBoxLayout,
)

from cnnviz.app.branches.model import BranchColumn, BranchesModel
from cnnviz.app.branches.visibility import is_drawn
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.selection import Selection
from cnnviz.app.widgets.arrow_keys import ENTER
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.buttons import tab_button
from cnnviz.app.widgets.frame_panel import FramePanel
from cnnviz.app.widgets.labels import text_label
from cnnviz.app.widgets.table_setup import set_up_table
from cnnviz.training.loop.frame import Frame
from cnnviz.training.run.branch import BranchView

_INTERVAL = 250
"""Milliseconds between drawings while training runs."""
_NAME_WIDTH = 20
"""Characters of a name that are shown in each line, at least; the other columns scroll then."""
_HINT = (
    "Go back, change a setting, a weight or a pixel, and train: that makes a branch, and the old "
    "one stays."
)


class _Table(QTableView):
    """A table in which Enter switches, Space draws or hides, Delete deletes, Ctrl+Z restores."""

    own_keys = frozenset({Qt.Key.Key_Space})
    switch_requested = Signal()
    drawing_requested = Signal()
    delete_requested = Signal()
    undo_requested = Signal()

    @Slot()
    def fit_names(self) -> None:
        """Fit the names into the rest of the width, or into enough of it for two lines of words."""
        header = self.horizontalHeader()
        rest = header.length() - header.sectionSize(BranchColumn.NAME)
        least = _NAME_WIDTH * self.fontMetrics().averageCharWidth() + self.iconSize().width()
        header.resizeSection(BranchColumn.NAME, max(least, self.viewport().width() - rest))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Fit the names to the new width."""
        super().resizeEvent(event)
        self.fit_names()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Emit the signals of Enter, Space, Delete and Ctrl+Z."""
        if self.state() == QAbstractItemView.State.EditingState:
            return  # the key that ended an edit is not for the table
        if event.matches(QKeySequence.StandardKey.Undo):
            self.undo_requested.emit()
        elif event.key() == Qt.Key.Key_Space:
            self.drawing_requested.emit()
        elif event.key() in ENTER:
            self.switch_requested.emit()
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.delete_requested.emit()
        else:
            super().keyPressEvent(event)


class BranchesPanel(FramePanel):
    """A table of branches, and buttons for the selected one."""

    switch_requested = Signal(int)
    """Carries the number of the branch to show."""
    rename_requested = Signal(int, str)
    delete_requested = Signal(int)
    undo_requested = Signal()
    """The branch that was deleted last is to be restored."""

    def __init__(self, selection: Selection, style: Style) -> None:
        super().__init__(_INTERVAL)
        self._selection = selection
        self.model = BranchesModel(style, self)
        self.model.renamed.connect(self.rename_requested)
        self.model.drawn_changed.connect(lambda i, drawn: selection.draw_branch(i, drawn=drawn))
        self._create_table()
        self.hint = text_label(_HINT, look="muted")
        self.switch = tab_button("Show", "Show this branch in every panel (Enter)", self._switch)
        self.rename = tab_button("Rename", "Rename this branch (F2)", self._rename)
        self.delete = tab_button("Delete", "Delete this branch (Delete)", self._delete)
        self.deleted = text_label()
        self.undo = tab_button("Undo", "Restore the deleted branch (Ctrl+Z)", self._undo)
        for widget in (self.deleted, self.undo):
            widget.hide()
        buttons, undo, margins = QHBoxLayout(), QHBoxLayout(), (GRID, 0, GRID, GRID)
        fill_box(buttons, self.switch, self.rename, self.delete, None)
        fill_box(undo, self.deleted, self.undo, stretched=self.deleted)
        parts = self.table, undo, buttons, self.hint
        fill_box(QVBoxLayout(self), *parts, stretched=self.table, margins=margins)
        selection.branches_changed.connect(self._throttle.now)
        self.set_style(style)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        height = 2 * self.table.fontMetrics().height() + GRID  # a long name takes two lines
        self.table.verticalHeader().setDefaultSectionSize(height)
        self.table.setIconSize(QSize(round(3 * GRID * style.scale), round(GRID * style.scale)))
        self.model.set_style(style)

    def sizeHint(self) -> QSize:
        """Return a size that shows a few branches."""
        return QSize(45 * GRID, 30 * GRID)

    def select(self, number: int) -> None:
        """Select a branch's row."""
        self.table.setCurrentIndex(self.model.index(self.model.row_of(number), BranchColumn.NAME))

    def _create_table(self) -> None:
        self.table = _Table(self)
        self.table.setModel(self.model)
        set_up_table(self.table, "Branches")
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(BranchColumn.NAME, QHeaderView.ResizeMode.Fixed)
        header.sectionResized.connect(self.table.fit_names)
        self.table.doubleClicked.connect(self._switch)
        self.table.switch_requested.connect(self._switch)
        self.table.drawing_requested.connect(self._toggle_drawn)
        self.table.delete_requested.connect(self._delete)
        self.table.undo_requested.connect(self._undo)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._show_menu)
        self.table.selectionModel().currentChanged.connect(self._update_buttons)

    def _draw(self, frame: Frame) -> None:
        selected = self._selected()
        self.model.show_frame(frame, self._selection.drawn_branches)
        if selected is None or self.model.row_of(selected.number) < 0:
            self.select(frame.branch.number)
        elif self._selected() is None:
            self.select(selected.number)
        self.deleted.setText(f"Deleted “{frame.deleted_branch}”.")
        for widget in (self.deleted, self.undo):
            widget.setVisible(bool(frame.deleted_branch))
        self._update_buttons()

    def _selected(self) -> BranchView | None:
        return self.model.row(self.table.currentIndex().row())

    def _selected_other(self) -> BranchView | None:
        """Return the selected branch unless it is the current one."""
        selected = self._selected()
        return None if selected is None or self.model.is_current(selected) else selected

    @Slot()
    def _update_buttons(self) -> None:
        is_other = self._selected_other() is not None
        self.switch.setEnabled(is_other)
        self.delete.setEnabled(is_other)
        self.rename.setEnabled(self._selected() is not None)

    @Slot()
    def _switch(self) -> None:
        if (selected := self._selected()) is not None:
            self.switch_requested.emit(selected.number)

    @Slot()
    def _rename(self) -> None:
        row = self.table.currentIndex().row()
        self.table.setFocus()
        self.table.edit(self.model.index(row, BranchColumn.NAME))

    @Slot()
    def _delete(self) -> None:
        if (other := self._selected_other()) is not None:
            self.delete_requested.emit(other.number)

    @Slot()
    def _toggle_drawn(self) -> None:
        other, frame = self._selected_other(), self._frame
        if other is not None and frame is not None:
            drawn = is_drawn(other, frame, self._selection.drawn_branches)
            self._selection.draw_branch(other.number, drawn=not drawn)

    @Slot(QPoint)
    def _show_menu(self, position: QPoint) -> None:
        if self._selected() is None:
            return
        menu = QMenu(self.table)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for button in (self.switch, self.rename, self.delete):
            action = menu.addAction(button.text())
            action.setEnabled(button.isEnabled())
            action.triggered.connect(button.click)
        menu.popup(self.table.viewport().mapToGlobal(position))

    @Slot()
    def _undo(self) -> None:
        if self.undo.isVisible():
            self.undo_requested.emit()
