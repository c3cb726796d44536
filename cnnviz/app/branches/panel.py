"""The Branches panel: every line that the run has taken, to compare, name, switch and delete."""

from collections.abc import Callable

from PySide6.QtCore import QModelIndex, QPoint, QSize, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QMenu,
    QPushButton,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from cnnviz.app.branches.model import BranchesModel, Column
from cnnviz.app.branches.visibility import is_drawn
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.selection import Selection
from cnnviz.app.widgets.arrow_keys import ENTER
from cnnviz.app.widgets.frame_panel import FramePanel
from cnnviz.training.loop.frame import Frame
from cnnviz.training.run.branches import BranchView

_REDRAW = 250
"""Milliseconds between drawings while training runs."""
_HINT = (
    "Go back, change a setting, a weight or a pixel, and train: that makes a branch, and the line "
    "that was there stays."
)


class _Table(QTableView):
    """A table in which Enter switches, Space draws or hides, and Delete deletes."""

    own_keys = frozenset({Qt.Key.Key_Space})
    switch_requested = Signal()
    drawing_requested = Signal()
    delete_requested = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Answer to Enter, Space and Delete."""
        if event.key() == Qt.Key.Key_Space:
            self.drawing_requested.emit()
        elif event.key() in ENTER:
            self.switch_requested.emit()
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.delete_requested.emit()
        else:
            super().keyPressEvent(event)


class BranchesPanel(FramePanel):
    """A table of branches, and what can be done to the chosen one."""

    switch_requested = Signal(int)
    """Carries the number of the branch that the person wants to look at."""
    rename_requested = Signal(int, str)
    delete_requested = Signal(int)

    def __init__(self, selection: Selection, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(_REDRAW, parent)
        self._selection = selection
        self.model = BranchesModel(style, self)
        self.model.renamed.connect(self.rename_requested)
        self.model.drawn_changed.connect(self._choose_drawn)
        self._make_table()
        self.hint = QLabel(_HINT)
        self.hint.setWordWrap(True)
        self.hint.setProperty("muted", True)
        self.look = self._button("Look at", "Show this branch in every panel (Enter)", self._switch)
        self.rename = self._button("Rename", "Give this branch another name (F2)", self._rename)
        self.delete = self._button("Delete", "Forget this branch (Delete)", self._delete)
        buttons = QHBoxLayout()
        buttons.setSpacing(GRID)
        for button in (self.look, self.rename, self.delete):
            buttons.addWidget(button)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID, 0, GRID, GRID)
        column.setSpacing(GRID)
        column.addWidget(self.table, 1)
        column.addLayout(buttons)
        column.addWidget(self.hint)
        selection.branches_changed.connect(self._throttle.now)
        self.set_style(style)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        for widget in (self.hint, self.table, self.look, self.rename, self.delete):
            widget.setFont(style.body_font)
        self.table.horizontalHeader().setFont(style.body_font)
        height = 2 * self.table.fontMetrics().height() + GRID  # a long name takes two lines
        self.table.verticalHeader().setDefaultSectionSize(height)
        self.table.setIconSize(QSize(round(3 * GRID * style.scale), round(GRID * style.scale)))
        self.model.set_style(style)

    def sizeHint(self) -> QSize:
        """Return a size that shows a few branches."""
        return QSize(45 * GRID, 30 * GRID)

    def choose(self, number: int) -> None:
        """Choose a branch's row."""
        self.table.setCurrentIndex(self.model.index(self.model.row_of(number), Column.NAME))

    def _make_table(self) -> None:
        self.table = _Table(self)
        self.table.setAccessibleName("Branches")
        self.table.setModel(self.model)
        self.table.setShowGrid(False)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.table.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.table.setTabKeyNavigation(False)
        self.table.verticalHeader().hide()
        header = self.table.horizontalHeader()
        header.setSectionsClickable(False)
        header.setHighlightSections(False)
        header.setSectionResizeMode(Column.NAME, QHeaderView.ResizeMode.Stretch)
        for section in (Column.LAST, Column.LOSS, Column.ACCURACY):
            header.setSectionResizeMode(section, QHeaderView.ResizeMode.ResizeToContents)
        self.table.doubleClicked.connect(self._switch_to)
        self.table.switch_requested.connect(self._switch)
        self.table.drawing_requested.connect(self._toggle_drawn)
        self.table.delete_requested.connect(self._delete)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._show_menu)
        self.table.selectionModel().currentChanged.connect(self._allow)

    def _button(self, text: str, tip: str, act: Callable[[], None]) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # a click leaves the keyboard where it was
        button.clicked.connect(act)
        return button

    def _draw(self, frame: Frame) -> None:
        chosen = self._chosen()
        self.model.show_frame(frame, self._selection.drawn_branches)
        if chosen is None or self.model.row_of(chosen.number) < 0:
            self.choose(frame.branch.number)
        elif self._chosen() is None:
            self.choose(chosen.number)
        self._allow()

    def _chosen(self) -> BranchView | None:
        return self.model.branch(self.table.currentIndex().row())

    @Slot()
    def _allow(self) -> None:
        chosen = self._chosen()
        other = chosen is not None and not self.model.is_current(chosen)
        self.look.setEnabled(other)
        self.delete.setEnabled(other)
        self.rename.setEnabled(chosen is not None)

    @Slot()
    def _switch(self) -> None:
        if (chosen := self._chosen()) is not None:
            self.switch_requested.emit(chosen.number)

    @Slot(QModelIndex)
    def _switch_to(self, index: QModelIndex) -> None:
        if (branch := self.model.branch(index.row())) is not None:
            self.switch_requested.emit(branch.number)

    @Slot()
    def _rename(self) -> None:
        row = self.table.currentIndex().row()
        self.table.setFocus()
        self.table.edit(self.model.index(row, Column.NAME))

    @Slot()
    def _delete(self) -> None:
        chosen = self._chosen()
        if chosen is not None and not self.model.is_current(chosen):
            self.delete_requested.emit(chosen.number)

    @Slot(int, bool)
    def _choose_drawn(self, number: int, drawn: bool) -> None:
        self._selection.draw_branch(number, drawn=drawn)

    @Slot()
    def _toggle_drawn(self) -> None:
        chosen, frame = self._chosen(), self._frame
        if chosen is not None and frame is not None and not self.model.is_current(chosen):
            drawn = is_drawn(chosen, frame, self._selection.drawn_branches)
            self._selection.draw_branch(chosen.number, drawn=not drawn)

    @Slot(QPoint)
    def _show_menu(self, place: QPoint) -> None:
        if self._chosen() is None:
            return
        menu = QMenu(self.table)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for button in (self.look, self.rename, self.delete):
            action = menu.addAction(button.text())
            action.setEnabled(button.isEnabled())
            action.triggered.connect(button.click)
        menu.popup(self.table.viewport().mapToGlobal(place))
