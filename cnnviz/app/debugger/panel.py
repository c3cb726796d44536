"""The Debugger panel: one iteration, operation by operation, from the batch down to one number."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QColor, QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from cnnviz.app.cells.names import missing_words, point_words
from cnnviz.app.debugger.explanation.origin_link import origin_of
from cnnviz.app.debugger.operation_model import operation_rows
from cnnviz.app.debugger.parts import CELL, TENSORS, WHY, DebuggerParts
from cnnviz.app.debugger.position_text import note_words, stopped_at, where_words
from cnnviz.app.debugger.tensors.cell_navigation import index_beside
from cnnviz.app.debugger.tensors.tensor_layout import Level, image_of, is_mean
from cnnviz.app.look.style import Style
from cnnviz.app.selection import Selection
from cnnviz.app.widgets.save_dialog import ARRAY, TABLE, SaveDialog
from cnnviz.numerics.operations import OPERATIONS
from cnnviz.training.debugger.explainer import result_of
from cnnviz.training.debugger.view import DebugView, Point
from cnnviz.training.loop.frame import Frame

_BATCH, _IMAGE, _CELL = range(3)
"""The levels, from the outside."""


class DebuggerPanel(QWidget):
    """Steps through one iteration.

    Parameters
    ----------
    selection : Selection
        The image is chosen here, too.
    style : Style
    """

    explain_requested = Signal(object)
    """A cell is pointed at; carries a `Point`."""
    origin_requested = Signal(object)
    """What made a number is to be explained; carries an `OriginLink`."""
    run_to_requested = Signal(str)
    """The iteration is to be run to an operation; carries its name."""
    breakpoint_toggled = Signal(str)
    """The margin beside an operation was clicked; carries its name."""
    save_requested = Signal(str, object)
    """A tensor is to be saved; carries its name and a `Path`."""
    back_requested = Signal()
    """The last operation is to be undone."""

    def __init__(self, selection: Selection, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._selection = selection
        self._frame: Frame | None = None
        self._seen = False
        self._holds = False  # tensors, which may be large
        self._place: tuple[object, ...] | None = None
        self._shown = 0
        self._stops = frozenset[str](), frozenset[str]()
        self._expected: tuple[str, int] | None = None  # a tensor, and the place to look at it
        self._level = _BATCH
        self._outside = _BATCH  # the level that one came from to a cell
        self._pinned = False
        self.setAutoFillBackground(True)
        self.parts = DebuggerParts(self, style)
        self._connect()
        self.set_style(style)

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
        elif frame.debug is None and self._holds:
            self._holds = False
            self.parts.release()

    @Slot(bool)
    def set_seen(self, seen: bool) -> None:
        """Say whether the panel can be seen: behind another tab it draws nothing."""
        self._seen = seen
        if seen:
            self._draw()

    def set_style(self, style: Style) -> None:
        """Take colours, type and strokes."""
        palette = self.palette()
        palette.setColor(palette.ColorRole.Window, QColor(style.theme.panel))
        self.setPalette(palette)
        self.parts.set_style(style)
        self.updateGeometry()

    def show_breakpoints(
        self, names: frozenset[str], conditional: frozenset[str] = frozenset()
    ) -> None:
        """Mark operations with dots, and those with a conditional breakpoint with rings."""
        self._stops = names, conditional
        self._draw()

    def add_tools(self, actions: Sequence[QAction]) -> None:
        """Give the commands buttons above the operations."""
        self.parts.add_tools(actions)

    def minimumSizeHint(self) -> QSize:
        """Return the size below which parts would be cut off."""
        return self.parts.least

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
        self.parts.views.choose(view)
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

    def _connect(self) -> None:
        parts = self.parts
        parts.operations.chosen.connect(self._look_at)
        parts.operations.run_to.connect(self._run_to)
        parts.operations.breakpoint_toggled.connect(self.breakpoint_toggled)
        parts.board.pointed_at.connect(self._point)
        parts.board.chosen.connect(self._pin)
        parts.board.edit_requested.connect(self._edit)
        parts.editing.began.connect(self._begin_edit)
        for text in (parts.explanation.text, parts.why):
            text.moved.connect(self._move)
            text.origin_requested.connect(self.origin_requested)
        parts.numbers.chosen.connect(self._pin)
        parts.numbers.save_requested.connect(self._ask_where_to_save)
        parts.explanation.text.image_chosen.connect(self._selection.select_image)
        parts.explanation.contributions.image_chosen.connect(self._selection.select_image)
        parts.views.chosen.connect(self._show_view)
        parts.breadcrumb.chosen.connect(self._go_to_level)

    @Slot(int)
    def _look_at(self, place: int) -> None:
        """Look at an operation, and at a number that it made."""
        self._shown, self._expected = place, None
        operation, view = OPERATIONS[place], self.view
        if view and not (view.point and view.point.tensor in operation.writes):
            self._pinned = False
            self.explain_requested.emit(Point(result_of(operation), ()))
        self._draw()

    @Slot(int)
    def _run_to(self, place: int) -> None:
        self._shown = place
        self.run_to_requested.emit(OPERATIONS[place].name)

    @Slot(str, object)
    def _point(self, tensor: str, index: tuple[int, ...]) -> None:
        if not self._pinned and self.view is not None:
            self.explain_requested.emit(self._point_at(self.view, tensor, index))

    @Slot(str, object)
    def _pin(self, tensor: str, index: tuple[int, ...]) -> None:
        view = self.view
        if view is None:
            return
        point = self._point_at(view, tensor, index)
        self._pinned = not (point == view.point and self._pinned)
        self.explain_requested.emit(point)
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
            beside = self.parts.board.mapTo(self, self.parts.board.corner_of(tensor, index))
            self.parts.editing.open_for(
                self._frame, tensor, index, self.parts.board.card(tensor), beside
            )

    @Slot()
    def _begin_edit(self) -> None:
        """Go back into an iteration that is over: its f and wo are no longer the trainer's."""
        view = self.view
        if view is not None and view.position == len(OPERATIONS):
            self._place = view.iteration, view.position - 1, None, None  # what is looked at stays
            self.back_requested.emit()

    @Slot(object)
    def _move(self, move: tuple[int, int]) -> None:
        """Go from the cell that is explained to the one beside it."""
        view = self.view
        index = index_beside(view, move) if view else None
        if view is not None and view.point is not None and index is not None:
            self.explain_requested.emit(replace(view.point, index=index))

    @Slot(int)
    def _show_view(self, view: int) -> None:
        if view in {CELL, WHY}:
            self._enter(_CELL)
        elif view == TENSORS and self._level == _CELL:
            self._enter(self._outside)
        self.parts.turn_to(view)
        self._draw()

    def _enter(self, level: int) -> None:
        """Go to a level; in an image, a number is that image's own."""
        self._level = level
        if level != _CELL:
            self._outside = level
        point = self.view.point if self.view else None
        if level == _IMAGE and point and self._is_mean:
            self.explain_requested.emit(replace(point, mean=False))

    @Slot(int)
    def _go_to_level(self, level: int) -> None:
        self._enter(level)
        if level == _CELL and self.parts.views.index not in {CELL, WHY}:
            self.parts.views.choose(CELL)
        elif level < _CELL and self.parts.views.index in {CELL, WHY}:
            self.parts.views.choose(TENSORS)
        self.parts.turn_to(self.parts.views.index)
        self._draw()

    @Slot(str)
    def _ask_where_to_save(self, tensor: str) -> None:
        dialog = SaveDialog(f"Save {tensor}", tensor, [ARRAY, TABLE], self)
        dialog.chosen.connect(lambda path: self.save_requested.emit(tensor, path))
        dialog.open()

    def _draw(self) -> None:
        frame, view, parts = self._frame, self.view, self.parts
        if frame is None:
            return
        parts.set_enabled(view is not None)
        if view is None:
            self._place = None
            rows = operation_rows(frame.settings.rule, None, *self._stops)
            parts.operations.show_rows(rows, self._shown)
            words = "Running: pause to step." if frame.running else "F10 steps."
            parts.where.setText(words)
            parts.say_note("")
            return
        self._holds = True
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
            parts.operations.bring_into_view(self._shown)
        if self._expected and view.point and view.point.tensor == self._expected[0]:
            self._expected = None
        parts.where.setText(where_words(view))
        parts.say_note(note_words(view))
        parts.operations.show_rows(operation_rows(view.rule, view, *self._stops), self._shown)
        operation = OPERATIONS[self._shown]
        if view.point and view.point.tensor not in (*operation.reads, *operation.writes):
            view = replace(view, point=None, explanation=None, why=None, ranked=None)
        parts.head.show_operation(operation, view, steady=parts.views.index == TENSORS)
        point, level = view.point, self._shown_level
        parts.breadcrumb.show_path(
            operation.title,
            None if self._level == _CELL and self._is_mean else view.image,
            point_words(point) if point and point.index else "a cell",
            self._level,
            pinned=self._pinned,
        )
        origin = origin_of(view, frame.curve.edits)
        match parts.views.index:
            case 0:
                parts.board.show_tensors(operation, view, level)
            case 1:
                parts.explanation.show_cell(
                    view.explanation,
                    view.ranked,
                    frame.dataset,
                    view.image,
                    origin,
                    missing_words(view),
                )
            case 2:
                parts.why.show_why(view.why, origin, missing_words(view))
            case _:
                parts.numbers.show_tensors(operation, view, level)
