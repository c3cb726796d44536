"""The parts of the Debugger panel: the operations on the left, one of them on the right."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QApplication,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from cnnviz.app.debugger.breadcrumb import Breadcrumb
from cnnviz.app.debugger.contents import (
    CELL,
    NUMBERS,
    TENSORS,
    WHY,
    Contents,
    OperationContents,
    ViewState,
)
from cnnviz.app.debugger.explanation.explanation_text import ExplainedCell
from cnnviz.app.debugger.explanation.explanation_view import ExplanationView
from cnnviz.app.debugger.explanation.why_view import WhyView
from cnnviz.app.debugger.head_and_body import HeadAndBody
from cnnviz.app.debugger.operation_header import OperationHeader
from cnnviz.app.debugger.operation_list import OperationList
from cnnviz.app.debugger.tensors.cell_editing import CellEditing
from cnnviz.app.debugger.tensors.table_view import NumbersView
from cnnviz.app.debugger.tensors.tensor_board import TensorBoard
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.runtime.background import BackgroundTasks
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.flow_layout import FlowLayout
from cnnviz.app.widgets.labels import text_label
from cnnviz.app.widgets.scrolled import scrolled
from cnnviz.app.widgets.segmented_control import Segment, SegmentedControl
from cnnviz.app.widgets.splitter import made_splitter
from cnnviz.data.dataset import Dataset

_VIEWS: Final = (
    Segment("Tensors", "what goes into the operation and what comes out, as pictures"),
    Segment("This cell", "how the number that is pointed at came about"),
    Segment("Why?", "which factors made the number that is pointed at"),
    Segment("Numbers", "one tensor as a table"),
)
_TABLE: Final = 27 * GRID
"""Pixels that the numbers are high at least, for some rows of them."""


class DebuggerParts:
    """The parts of the panel, laid out in it."""

    def __init__(self, panel: QWidget, style: Style, tasks: BackgroundTasks) -> None:
        self._tools: list[QToolButton] = []
        self.operations = OperationList(style)
        self.head = OperationHeader(style)
        self.breadcrumb = Breadcrumb(style)
        self.board = TensorBoard(tasks, style)
        self.explanation = ExplanationView(style)
        self.why = WhyView(style)
        self.numbers = NumbersView(style)
        self.editing = CellEditing(style, panel)
        self.views = SegmentedControl("The debugger shows", _VIEWS, style)
        self.where = text_label(name="Where the iteration is", look="muted")
        self.where.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.note = text_label(name="Note on the iteration", look="muted")
        self.note.hide()
        self._lay_out(panel)

    def set_style(self, style: Style) -> None:
        """Use a style's colours, type and strokes."""
        small = style.scaled(0.9).body_font
        for part in (self.operations, self.head, self.breadcrumb):
            part.set_style(style)
        for view in (
            self.explanation,
            self.why,
            self.views,
            self.board,
            self.numbers,
            self._right,
        ):
            view.set_style(style)
        self.editing.editor.set_style(style)
        for words in (self.where, self.note):
            words.setFont(small)
        for tool in self._tools:
            tool.setFont(small)
        # Always two lines: else the list would move whenever the text wraps.
        self.where.setMinimumHeight(2 * self.where.fontMetrics().lineSpacing())
        self.numbers.setMinimumHeight(round(_TABLE * style.scale))
        self.views.setFixedHeight(round(2.5 * GRID * style.scale))

    def add_tools(self, actions: Sequence[QAction]) -> None:
        """Add buttons for commands above the operations."""
        for action in actions:
            tool = QToolButton()
            tool.setDefaultAction(action)
            tool.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
            tool.setStyleSheet(f"padding: 2px {GRID // 2}px;")
            tool.setFont(self.where.font())
            self._bar.addWidget(tool)
            self._tools.append(tool)

    @property
    def least(self) -> QSize:
        """The size below which parts would be cut off."""
        return QSize(self.operations.minimumWidth() + 26 * GRID, 23 * GRID)

    def show(self, contents: Contents, state: ViewState, dataset: Dataset) -> None:
        """Show resolved contents; without an iteration, the last operation stays, disabled."""
        self.where.setText(contents.position)
        if contents.note != self.note.text():
            self.note.setText(contents.note)
            self.note.setVisible(bool(contents.note))
        self.operations.show_rows(contents.rows, state.shown)
        self._split.setEnabled(contents.operation is not None)
        if contents.operation is not None:
            self._show_operation(contents.operation, state, dataset)

    def _show_operation(self, shown: OperationContents, state: ViewState, dataset: Dataset) -> None:
        operation, view = shown.operation, shown.view
        self.head.show_operation(operation, view, steady=state.view == TENSORS)
        self.breadcrumb.show_path(
            operation.title,
            shown.path_image,
            (shown.path_cell, shown.path_index),
            state.level,
            pinned=state.pinned,
        )
        if state.view == TENSORS:
            self.board.show_tensors(operation, view, shown.level)
        elif state.view == NUMBERS:
            self.numbers.show_tensors(operation, view, shown.level)
        elif state.view == WHY:
            doubt = "\n".join(text for text in (shown.doubt, shown.in_code) if text)
            self.why.show_why(view.why, shown.origin, shown.placeholder, doubt)
        else:
            explained = view.explanation, view.ranked, dataset, view.image
            words = shown.placeholder, shown.in_code
            self.explanation.show_cell(ExplainedCell(*explained, shown.origin, *words))

    def release(self) -> None:
        """Drop every tensor: together they may be large."""
        self.board.release()
        self.numbers.release()

    def turn_to(self, view: int) -> None:
        """Show a view; a cell's view takes the focus unless the tabs have it."""
        self.editing.close()
        focused = QApplication.focusWidget()
        if focused is not None and self._stack.isAncestorOf(focused):
            focused.clearFocus()  # or the next focusable part would get the keyboard
        self._stack.setCurrentIndex(view)
        by_keys = focused is not None and self.views.isAncestorOf(focused)
        if view in {CELL, WHY} and not by_keys and self._stack.isVisible():
            self._stack.currentWidget().setFocus(Qt.FocusReason.OtherFocusReason)

    def _lay_out(self, panel: QWidget) -> None:
        # From the outside in: whatever gets a parent is styled again with all that is in it.
        bar, left = QWidget(panel), QWidget(panel)
        names = "the operations and what is shown of them"
        self._split = made_splitter(Qt.Orientation.Horizontal, names)
        fill_box(
            QVBoxLayout(panel),
            *(bar, self.note, self._split),
            stretched=self._split,
            spacing=GRID // 2,
            margins=(GRID, GRID // 2, GRID, GRID // 2),
        )
        self._bar = FlowLayout(bar, GRID // 2)
        self._split.addWidget(left)
        self._stack = QStackedWidget()
        self._right = HeadAndBody(self._split, self.breadcrumb, self.head, self.views, self._stack)
        self._split.setStretchFactor(1, 1)
        parts = self.where, self.operations
        fill_box(QVBoxLayout(left), *parts, stretched=self.operations, spacing=GRID // 2)
        for part in (scrolled(self.board), self.explanation, self.why, self.numbers):
            self._stack.addWidget(part)
        self._right.view_height_changed.connect(self.board.set_viewport_height)
