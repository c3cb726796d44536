"""The Debugger panel: one iteration, operation by operation, from the batch down to one number."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QColor, QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QSplitter,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from cnnviz.app.selection import Selection
from cnnviz.app.theme import GRID, Theme, body_font
from cnnviz.app.widgets.breadcrumb import Breadcrumb
from cnnviz.app.widgets.cell_story import CellStory
from cnnviz.app.widgets.numbers_view import NumbersView
from cnnviz.app.widgets.operation_head import OperationHead
from cnnviz.app.widgets.operation_list import OperationList
from cnnviz.app.widgets.segments import Choice, Segments
from cnnviz.app.widgets.tensor_board import TensorBoard
from cnnviz.app.widgets.tensor_sheet import Level, image_of, index_words
from cnnviz.app.widgets.whereabouts import note_words, stopped_at, unexplained, where_words
from cnnviz.app.widgets.why_view import WhyView
from cnnviz.numerics.operations import OPERATIONS
from cnnviz.training.debug_view import DebugView
from cnnviz.training.frame import Frame

TENSORS, CELL, WHY, NUMBERS = range(4)
"""The views of the right side, in their order."""
_VIEWS: Final = (
    Choice("Tensors", "what goes into the operation and what comes out, as pictures"),
    Choice("This cell", "how the number that is pointed at came about"),
    Choice("Why?", "which factors made the number that is pointed at"),
    Choice("Numbers", "one tensor as a table"),
)
_BATCH, _IMAGE, _CELL = range(3)
"""The levels, from the outside."""


class DebuggerPanel(QWidget):
    """Steps through one iteration.

    Parameters
    ----------
    selection : Selection
        The image is chosen here, too.
    theme : Theme
    """

    explain_asked = Signal(str, object)
    """A cell is pointed at; carries the tensor's name and the cell's index."""
    run_to_asked = Signal(str)
    """The iteration is to be run to an operation; carries its name."""
    breakpoint_toggled = Signal(str)
    """The margin beside an operation was clicked; carries its name."""
    save_asked = Signal(str, object)
    """A tensor is to be saved; carries its name and a `Path`."""

    def __init__(self, selection: Selection, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._selection = selection
        self._theme = theme
        self._frame: Frame | None = None
        self._seen = False
        self._place: tuple[object, ...] | None = None
        self._shown = 0
        self._level = _BATCH
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

    def set_scale(self, scale: float) -> None:
        """Take type and strokes of another size; 1 is the normal one."""
        for part in self._parts():
            part.set_scale(scale)
        for words in (self.where, self.note):
            words.setFont(body_font(0.9 * scale))
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
            self._bar.insertWidget(self._bar.count() - 1, tool)
            self._tools.append(tool)

    def minimumSizeHint(self) -> QSize:
        """Return the size below which parts would be cut off."""
        return QSize(self._rows.minimumWidth() + 26 * GRID, 30 * GRID)

    def step_into(self) -> None:
        """Go from the batch to the selected image, or from there to one cell."""
        self._go_to_level(min(_CELL, self._level + 1))

    def show_view(self, view: int) -> None:
        """Show the operation's TENSORS, or the CELL that is pointed at, its WHY, or NUMBERS."""
        self.views.choose(view)
        self._show_view(view)

    def step_out(self) -> None:
        """Go from a cell to its image, or from there to the batch."""
        self._go_to_level(max(_BATCH, self._level - 1))

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
        self.views = Segments("The debugger shows", _VIEWS, theme)
        self.where = QLabel()
        self.where.setTextFormat(Qt.TextFormat.PlainText)
        self.where.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.where.setAccessibleName("Where the iteration is")
        self.note = QLabel()
        self.note.setTextFormat(Qt.TextFormat.PlainText)
        self.note.setWordWrap(True)
        self.note.setAccessibleName("What is to be known of the iteration")
        self.note.hide()

    def _parts(
        self,
    ) -> tuple[
        OperationList,
        OperationHead,
        Breadcrumb,
        TensorBoard,
        CellStory,
        WhyView,
        NumbersView,
        Segments,
    ]:
        return (
            self.operations,
            self.head,
            self.breadcrumb,
            self.board,
            self.story,
            self.why,
            self.numbers,
            self.views,
        )

    def _lay_out(self) -> None:
        self._bar = QHBoxLayout()
        self._bar.setSpacing(GRID // 2)
        self._bar.addWidget(self.where, 1)
        self._rows = _scrolled(self.operations)
        self._stack = QStackedWidget()
        for part in (self.board, self.story, self.why):
            area = _scrolled(part)
            if part is not self.board:  # nothing in it takes the keys
                area.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
                area.setAccessibleName(part.accessibleName())
            self._stack.addWidget(area)
        self._stack.addWidget(self.numbers)
        right = QWidget()
        column = QVBoxLayout(right)
        column.setContentsMargins(GRID, 0, 0, 0)
        column.setSpacing(GRID // 2)
        column.addWidget(self.breadcrumb)
        column.addWidget(self.head)
        column.addWidget(self.views)
        column.addWidget(self._stack, 1)
        self._split = QSplitter(Qt.Orientation.Horizontal)
        self._split.setChildrenCollapsible(False)
        self._split.addWidget(self._rows)
        self._split.addWidget(right)
        self._split.setStretchFactor(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID, GRID // 2, GRID, GRID // 2)
        layout.setSpacing(GRID // 2)
        layout.addLayout(self._bar)
        layout.addWidget(self.note)
        layout.addWidget(self._split, 1)

    def _connect(self) -> None:
        self.operations.chosen.connect(self._look_at)
        self.operations.run_to.connect(self._run_to)
        self.operations.breakpoint_toggled.connect(self.breakpoint_toggled)
        self.board.pointed_at.connect(self._point)
        self.board.chosen.connect(self._pin)
        self.numbers.chosen.connect(self._pin)
        self.numbers.save_asked.connect(self._ask_where_to_save)
        self.story.image_chosen.connect(self._selection.select_image)
        self.views.chosen.connect(self._show_view)
        self.breadcrumb.chosen.connect(self._go_to_level)

    @Slot(int)
    def _look_at(self, place: int) -> None:
        self._shown = place
        self._draw()

    @Slot(int)
    def _run_to(self, place: int) -> None:
        self._shown = place
        self.run_to_asked.emit(OPERATIONS[place].name)

    @Slot(str, object)
    def _point(self, tensor: str, index: tuple[int, ...]) -> None:
        if not self._pinned:
            self.explain_asked.emit(tensor, index)

    @Slot(str, object)
    def _pin(self, tensor: str, index: tuple[int, ...]) -> None:
        view = self.view
        if view is None:
            return
        point = view.point
        same = point is not None and (point.tensor, point.index) == (tensor, index)
        self._pinned = not (same and self._pinned)
        self.explain_asked.emit(tensor, index)
        if (image := image_of(tensor, index)) is not None:
            self._selection.select_image(image)
        self._draw()

    @Slot(int)
    def _show_view(self, view: int) -> None:
        if view in {CELL, WHY}:
            self._level = _CELL
        elif view == TENSORS and self._level == _CELL:
            self._level = _IMAGE
        self._stack.setCurrentIndex(view)
        self._draw()

    @Slot(int)
    def _go_to_level(self, level: int) -> None:
        self._level = level
        if level == _CELL and self.views.index not in {CELL, WHY}:
            self.views.choose(CELL)
        elif level < _CELL and self.views.index in {CELL, WHY}:
            self.views.choose(TENSORS)
        self._stack.setCurrentIndex(self.views.index)
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
            self._shown = min(aim if ahead else max(0, aim - 1), len(OPERATIONS) - 1)
            row = self.operations.row_rect(self._shown).center().toPoint()
            self._rows.ensureVisible(0, row.y(), 0, 2 * row.y() // (self._shown + 1))
        self.where.setText(where_words(view))
        note = note_words(view)
        if note != self.note.text():
            self.note.setText(note)
            self.note.setVisible(bool(note))
        self.operations.show_status(
            view.status, view.position - 1, view.computing or "", self._shown
        )
        operation = OPERATIONS[self._shown]
        self.head.show_operation(operation, view)
        point = view.point
        self.breadcrumb.show_path(
            operation.title,
            view.image,
            index_words(point.tensor, point.index) if point and point.index else "a cell",
            self._level,
            pinned=self._pinned,
        )
        level: Level = "batch" if self._level == _BATCH else "image"
        match self.views.index:
            case 0:
                self.board.show_tensors(operation, view, level)
            case 1:
                self.story.show_cell(
                    view.explanation, view.ranked, frame.dataset, view.image, unexplained(view)
                )
            case 2:
                self.why.show_why(view.why, unexplained(view))
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
