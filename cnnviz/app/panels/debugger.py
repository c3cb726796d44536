"""The Debugger panel: one iteration, operation by operation, from the batch down to one number."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, Protocol

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QColor, QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QApplication,
    QFileDialog,
    QLabel,
    QScrollArea,
    QSplitter,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from cnnviz.app.selection import Selection
from cnnviz.app.theme import GRID, Theme, body_font
from cnnviz.app.widgets.breadcrumb import Breadcrumb
from cnnviz.app.widgets.cell_editing import CellEditing
from cnnviz.app.widgets.cell_moves import index_beside
from cnnviz.app.widgets.cell_story import CellStory
from cnnviz.app.widgets.flow_row import FlowRow
from cnnviz.app.widgets.head_and_body import HeadAndBody
from cnnviz.app.widgets.lead import LeadRow, lead_of
from cnnviz.app.widgets.numbers_view import NumbersView
from cnnviz.app.widgets.operation_head import OperationHead
from cnnviz.app.widgets.operation_list import OperationList
from cnnviz.app.widgets.point_words import missing_words, point_words
from cnnviz.app.widgets.segments import Choice, Segments
from cnnviz.app.widgets.share_strip import ShareStrip
from cnnviz.app.widgets.story_area import StoryArea
from cnnviz.app.widgets.tensor_board import TensorBoard
from cnnviz.app.widgets.tensor_sheet import Level, image_of, is_mean
from cnnviz.app.widgets.view_body import ViewBody
from cnnviz.app.widgets.whereabouts import note_words, stopped_at, where_words
from cnnviz.app.widgets.why_view import WhyView
from cnnviz.numerics.operations import OPERATIONS
from cnnviz.training.debug_view import DebugView, Point
from cnnviz.training.explaining import result_of
from cnnviz.training.frame import Frame

TENSORS, CELL, WHY, NUMBERS = range(4)
"""The views of the right side, in their order."""
_VIEWS: Final = (
    Choice("Tensors", "what goes into the operation and what comes out, as pictures"),
    Choice("This cell", "how the number that is pointed at came about"),
    Choice("Why?", "which factors made the number that is pointed at"),
    Choice("Numbers", "one tensor as a table"),
)
_TABLE: Final = 24 * GRID
"""Pixels that the numbers are high at least, for some rows of them."""
_BATCH, _IMAGE, _CELL = range(3)
"""The levels, from the outside."""


class _Styled(Protocol):
    """A part with colours and type."""

    def set_theme(self, theme: Theme, /) -> None: ...

    def set_scale(self, scale: float, /) -> None: ...


class DebuggerPanel(QWidget):
    """Steps through one iteration.

    Parameters
    ----------
    selection : Selection
        The image is chosen here, too.
    theme : Theme
    """

    explain_asked = Signal(object)
    """A cell is pointed at; carries a `Point`."""
    lead_followed = Signal(object)
    """What a number leads to is to be explained; carries a `Lead`."""
    run_to_asked = Signal(str)
    """The iteration is to be run to an operation; carries its name."""
    breakpoint_toggled = Signal(str)
    """The margin beside an operation was clicked; carries its name."""
    save_asked = Signal(str, object)
    """A tensor is to be saved; carries its name and a `Path`."""
    back_asked = Signal()
    """The last operation is to be undone."""

    def __init__(self, selection: Selection, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._selection = selection
        self._theme = theme
        self._frame: Frame | None = None
        self._seen = False
        self._place: tuple[object, ...] | None = None
        self._shown = 0
        self._expected: tuple[str, int] | None = None  # a tensor, and the place to look at it
        self._level = _BATCH
        self._outside = _BATCH  # the level that one came from to a cell
        self._scale = 1.0
        self._pinned = False
        self._tools: list[QToolButton] = []
        self.setAutoFillBackground(True)
        self._make_parts(theme)
        self._lay_out()
        self._connect()
        self.set_theme(theme)
        self.set_scale(1.0)

    @property
    def view(self) -> DebugView | None:
        """The iteration that is shown; None while none is stepped through."""
        return self._frame.debug if self._frame else None

    @property
    def level(self) -> int:
        """How far in one is: 0 the batch, 1 the selected image, 2 one cell."""
        return self._level

    @property
    def shown(self) -> str:
        """Name of the operation that is looked at."""
        return OPERATIONS[self._shown].name

    @Slot(object)
    def show_frame(self, frame: Frame) -> None:
        """Show a frame; where the panel is not seen, once it is."""
        self._frame = frame
        if self._seen:
            self._draw()

    @Slot(bool)
    def set_seen(self, seen: bool) -> None:
        """Say whether the panel can be seen: behind another tab it draws nothing."""
        self._seen = seen
        if seen:
            self._draw()

    def set_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""
        self._theme = theme
        palette = self.palette()
        palette.setColor(palette.ColorRole.Window, QColor(theme.panel))
        self.setPalette(palette)
        for part in self._parts():
            part.set_theme(theme)
        for words in (self.where, self.note):
            words.setStyleSheet(f"color: {theme.muted};")
        self.editing.editor.set_look(theme, self._scale)

    def set_scale(self, scale: float) -> None:
        """Take type and strokes of another size; 1 is the normal one."""
        self._scale = scale
        for part in self._parts():
            part.set_scale(scale)
        for words in (self.where, self.note):
            words.setFont(body_font(0.9 * scale))
        self.editing.editor.set_look(self._theme, scale)
        # Always two lines: else the list would jump where the words grow.
        self.where.setMinimumHeight(2 * self.where.fontMetrics().lineSpacing())
        self.numbers.setMinimumHeight(round(_TABLE * scale))
        self._right.set_scale(scale)
        for tool in self._tools:
            tool.setFont(body_font(0.9 * scale))
        self._rows.setMinimumWidth(self.operations.sizeHint().width() + 2 * GRID)
        self.updateGeometry()

    def show_breakpoints(
        self, names: frozenset[str], conditional: frozenset[str] = frozenset()
    ) -> None:
        """Put dots beside operations, and rings where a breakpoint asks for more."""
        self.operations.show_breakpoints(names, conditional)

    def add_tools(self, actions: Sequence[QAction]) -> None:
        """Give the commands buttons above the operations."""
        for action in actions:
            tool = QToolButton()
            tool.setDefaultAction(action)
            tool.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextOnly)
            tool.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            tool.setStyleSheet(f"padding: 2px {GRID // 2}px;")
            self._bar.addWidget(tool)
            self._tools.append(tool)

    def minimumSizeHint(self) -> QSize:
        """Return the size below which parts would be cut off."""
        return QSize(self._rows.minimumWidth() + 26 * GRID, 30 * GRID)

    def step_into(self) -> None:
        """Go from the batch to the selected image, or from there to one cell."""
        self._go_to_level(min(_CELL, self._level + 1))

    def show_number(self, point: Point, operation: str) -> None:
        """Look at how a number came about that is about to be explained, at an operation."""
        self._pinned = False
        self._enter(_BATCH if point.mean else _IMAGE)
        if operation:
            self._shown = [o.name for o in OPERATIONS].index(operation)
            self._expected = point.tensor, self._shown
        self.show_view(CELL)

    def show_view(self, view: int) -> None:
        """Show the operation's TENSORS, or the CELL that is pointed at, its WHY, or NUMBERS."""
        self.views.choose(view)
        self._show_view(view)

    def step_out(self) -> None:
        """Go from a cell to its image, or from there, or from a mean, to the batch."""
        skipped = self._level == _CELL and self._is_mean
        self._go_to_level(_BATCH if skipped else max(_BATCH, self._level - 1))

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what came while nobody looked."""
        super().showEvent(event)
        self.set_seen(True)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Let go of a pinned cell on Esc."""
        if event.key() == Qt.Key.Key_Escape and self._pinned:
            self._pinned = False
            self._draw()
            return
        super().keyPressEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """Draw no more."""
        super().hideEvent(event)
        self._seen = False

    def _make_parts(self, theme: Theme) -> None:
        self.operations = OperationList(theme)
        self.head = OperationHead(theme)
        self.breadcrumb = Breadcrumb(theme)
        self.board = TensorBoard(theme)
        self.story = CellStory(theme)
        self.why = WhyView(theme)
        self.numbers = NumbersView(theme)
        self.lead = LeadRow(theme)
        self.shares = ShareStrip(theme)
        self.editing = CellEditing(theme, self)
        self.views = Segments("The debugger shows", _VIEWS, theme)
        self.where = QLabel()
        self.where.setTextFormat(Qt.TextFormat.PlainText)
        self.where.setWordWrap(True)
        self.where.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.where.setAccessibleName("Where the iteration is")
        self.note = QLabel()
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.note.setWordWrap(True)
        self.note.setAccessibleName("What is to be known of the iteration")
        self.note.hide()

    def _parts(self) -> tuple[_Styled, ...]:
        around = self.operations, self.head, self.breadcrumb, self.views, self.lead, self.shares
        return (*around, self.board, self.story, self.why, self.numbers)

    def _lay_out(self) -> None:
        bar, left = QWidget(), QWidget()
        self._bar = FlowRow(bar, GRID // 2)
        self._rows = _scrolled(self.operations)
        rows = QVBoxLayout(left)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(GRID // 2)
        rows.addWidget(self.where)
        rows.addWidget(self._rows, 1)
        self._stack = QStackedWidget()
        self._stories = {CELL: StoryArea(self.story), WHY: StoryArea(self.why)}
        for part in (_scrolled(self.board), *self._stories.values(), self.numbers):
            self._stack.addWidget(part)
        body = ViewBody(self.lead, self._stack, self.shares)
        self._right = HeadAndBody(self.breadcrumb, self.head, self.views, body, self._stack)
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(left)
        self._split.addWidget(self._right)
        self._split.setStretchFactor(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID, GRID // 2, GRID, GRID // 2)
        layout.setSpacing(GRID // 2)
        layout.addWidget(bar)
        layout.addWidget(self.note)
        layout.addWidget(self._split, 1)

    def _connect(self) -> None:
        self.operations.chosen.connect(self._look_at)
        self.operations.run_to.connect(self._run_to)
        self.operations.breakpoint_toggled.connect(self.breakpoint_toggled)
        self.board.pointed_at.connect(self._point)
        self.board.chosen.connect(self._pin)
        self.board.edit_asked.connect(self._edit)
        self.editing.began.connect(self._begin_edit)
        for area in self._stories.values():
            area.moved.connect(self._move)
        self.numbers.chosen.connect(self._pin)
        self.numbers.save_asked.connect(self._ask_where_to_save)
        self.lead.followed.connect(self.lead_followed)
        self.story.image_chosen.connect(self._selection.select_image)
        self.shares.image_chosen.connect(self._selection.select_image)
        self.views.chosen.connect(self._show_view)
        self.breadcrumb.chosen.connect(self._go_to_level)

    @Slot(int)
    def _look_at(self, place: int) -> None:
        """Look at an operation, and at a number that it made."""
        self._shown, self._expected = place, None
        operation, view = OPERATIONS[place], self.view
        if view and not (view.point and view.point.tensor in operation.writes):
            self._pinned = False
            self.explain_asked.emit(Point(result_of(operation), ()))
        self._draw()

    @Slot(int)
    def _run_to(self, place: int) -> None:
        self._shown = place
        self.run_to_asked.emit(OPERATIONS[place].name)

    @Slot(str, object)
    def _point(self, tensor: str, index: tuple[int, ...]) -> None:
        if not self._pinned and self.view is not None:
            self.explain_asked.emit(self._point_at(self.view, tensor, index))

    @Slot(str, object)
    def _pin(self, tensor: str, index: tuple[int, ...]) -> None:
        view = self.view
        if view is None:
            return
        point = self._point_at(view, tensor, index)
        self._pinned = not (point == view.point and self._pinned)
        self.explain_asked.emit(point)
        if (image := image_of(tensor, index)) is not None:
            self._selection.select_image(image)
        self._draw()

    def _point_at(self, view: DebugView, tensor: str, index: tuple[int, ...]) -> Point:
        """Return what a cell of a picture or table is: in the batch, the mean over the images."""
        shown = view.tensors.get(tensor)
        return Point(tensor, index, shown is not None and is_mean(shown, self._shown_level))

    @property
    def _shown_level(self) -> Level:
        """Whose numbers pictures and tables show."""
        of_batch = self._is_mean if self._level == _CELL else self._level == _BATCH
        return "batch" if of_batch else "image"

    @property
    def _is_mean(self) -> bool:
        """Whether a mean over the images is pointed at."""
        point = self.view.point if self.view else None
        return point is not None and point.mean

    @Slot(str, object)
    def _edit(self, tensor: str, index: tuple[int, ...]) -> None:
        if self._frame is not None:
            beside = self.board.mapTo(self, self.board.corner_of(tensor, index))
            self.editing.open_for(self._frame, tensor, index, self.board.card(tensor), beside)

    @Slot()
    def _begin_edit(self) -> None:
        """Go back into an iteration that is over: its f and wo are no longer the trainer's."""
        view = self.view
        if view is not None and view.position == len(OPERATIONS):
            self._place = view.iteration, view.position - 1, None, None  # what is looked at stays
            self.back_asked.emit()

    @Slot(object)
    def _move(self, move: tuple[int, int]) -> None:
        """Go from the cell that is explained to the one beside it."""
        view = self.view
        index = index_beside(view, move) if view else None
        if view is not None and view.point is not None and index is not None:
            self.explain_asked.emit(replace(view.point, index=index))

    @Slot(int)
    def _show_view(self, view: int) -> None:
        if view in {CELL, WHY}:
            self._enter(_CELL)
        elif view == TENSORS and self._level == _CELL:
            self._enter(self._outside)
        self._turn_to(view)
        self._draw()

    def _enter(self, level: int) -> None:
        """Go to a level; in an image, a number is that image's own."""
        self._level = level
        if level != _CELL:
            self._outside = level
        point = self.view.point if self.view else None
        if level == _IMAGE and point and self._is_mean:
            self.explain_asked.emit(replace(point, mean=False))

    def _turn_to(self, view: int) -> None:
        """Show a view. That of a cell takes the arrow keys, but not from the tabs."""
        self.editing.close()
        focused = QApplication.focusWidget()
        if focused is not None and self._stack.isAncestorOf(focused):
            focused.clearFocus()  # else the next part that takes the keys would have it
        self._stack.setCurrentIndex(view)
        by_keys = focused is not None and self.views.isAncestorOf(focused)
        if view in self._stories and not by_keys and self.isVisible():
            self._stories[view].setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(int)
    def _go_to_level(self, level: int) -> None:
        self._enter(level)
        if level == _CELL and self.views.index not in {CELL, WHY}:
            self.views.choose(CELL)
        elif level < _CELL and self.views.index in {CELL, WHY}:
            self.views.choose(TENSORS)
        self._turn_to(self.views.index)
        self._draw()

    @Slot(str)
    def _ask_where_to_save(self, tensor: str) -> None:
        path, _ = QFileDialog.getSaveFileName(
            self, f"Save {tensor}", f"{tensor}.npy", "Arrays (*.npy);;Tables (*.csv)"
        )
        if path:
            self.save_asked.emit(tensor, Path(path).with_suffix(Path(path).suffix or ".npy"))

    def _draw(self) -> None:
        frame, view = self._frame, self.view
        if frame is None:
            return
        self._split.setEnabled(view is not None)
        if view is None:
            self._place = None
            words = "Running: pause to step." if frame.running else "F10 steps."
            self.where.setText(words)
            self.note.hide()
            return
        # Where operations are done again, one stays at what is looked at.
        goes_on = view.aim is not None
        stop = stopped_at(view, frame.stopped)
        aim = view.aim if view.aim is not None else view.position
        place = view.iteration, aim, None if goes_on else view.computing, stop
        if place != self._place:
            self._place = place
            self._pinned = False
            ahead = stop is not None or (view.computing is not None and not goes_on)
            current = aim if ahead else max(0, aim - 1)
            if self._expected is not None:  # a number was asked for, wherever one stands
                current = self._expected[1]
            self._shown = min(current, len(OPERATIONS) - 1)
            row = self.operations.row_rect(self._shown).center().toPoint()
            self._rows.ensureVisible(0, row.y(), 0, 2 * row.y() // (self._shown + 1))
        if self._expected and view.point and view.point.tensor == self._expected[0]:
            self._expected = None
        self.where.setText(where_words(view))
        note = note_words(view)
        if note != self.note.text():
            self.note.setText(note)
            self.note.setVisible(bool(note))
        self.operations.show_status(
            view.status, view.position - 1, view.computing or "", self._shown
        )
        operation = OPERATIONS[self._shown]
        if view.point and view.point.tensor not in (*operation.reads, *operation.writes):
            view = replace(view, point=None, explanation=None, why=None, ranked=None)
        self.head.show_operation(operation, view, steady=self.views.index == TENSORS)
        point, level = view.point, self._shown_level
        self.breadcrumb.show_path(
            operation.title,
            None if self._level == _CELL and self._is_mean else view.image,
            point_words(point) if point and point.index else "a cell",
            self._level,
            pinned=self._pinned,
        )
        of_a_number = self.views.index in {CELL, WHY}
        self.lead.show_lead(lead_of(view, frame.curve.edits) if of_a_number else None)
        of_story = view.explanation if self.views.index == CELL else None
        self.shares.show_shares(of_story, frame.dataset, view.image)
        match self.views.index:
            case 0:
                self.board.show_tensors(operation, view, level)
            case 1:
                self.story.show_cell(
                    view.explanation, view.ranked, frame.dataset, view.image, missing_words(view)
                )
            case 2:
                self.why.show_why(view.why, missing_words(view))
            case _:
                self.numbers.show_tensors(operation, view, level)


def _scrolled(part: QWidget) -> QScrollArea:
    area = QScrollArea()
    area.setWidget(part)
    area.setWidgetResizable(True)
    area.setFrameShape(QScrollArea.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return area
