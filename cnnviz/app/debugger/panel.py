"""The Debugger panel: one iteration, operation by operation, from the batch down to one number."""

from dataclasses import replace
from typing import Any, Unpack

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QColor, QHideEvent, QKeyEvent, QShowEvent
from PySide6.QtWidgets import QWidget

from cnnviz.app.debugger.contents import (
    BATCH,
    CELL,
    IMAGE,
    ONE_CELL,
    TENSORS,
    WHY,
    Marks,
    ViewState,
    follow,
    resolve,
    shown_level,
)
from cnnviz.app.debugger.following import following
from cnnviz.app.debugger.parts import DebuggerParts
from cnnviz.app.debugger.tensors.cell_navigation import index_beside
from cnnviz.app.debugger.tensors.tensor_layout import image_of, is_mean
from cnnviz.app.look.style import Style
from cnnviz.app.runtime.background import BackgroundTasks
from cnnviz.app.selection import Selection
from cnnviz.app.widgets.followed_run import FollowedRun
from cnnviz.numerics.operations import OPERATIONS
from cnnviz.training.debugger.operation_positions import POSITION_OF
from cnnviz.training.debugger.point import Point
from cnnviz.training.debugger.view import DebugView
from cnnviz.training.loop.frame import Frame


class DebuggerPanel(QWidget):
    """Shows one iteration that is stepped through; `contents` resolves what is shown."""

    explain_requested = Signal(object)
    """A cell is pointed at; carries a `Point`."""
    origin_requested = Signal(object)
    """What made a number is to be explained; carries an `OriginLink`."""
    run_to_requested = Signal(str)
    """The iteration is to be run to an operation; carries its name."""
    breakpoint_toggled = Signal(str)
    """The margin beside an operation was clicked; carries its name."""
    back_requested = Signal()
    """The last operation is to be undone."""
    operation_shown = Signal(str)
    """Another operation is shown, by stepping or by choice; carries its name."""

    def __init__(
        self,
        selection: Selection,
        style: Style,
        tasks: BackgroundTasks,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._selection = selection
        self._frame: Frame | None = None
        self._run = FollowedRun()
        self._state = ViewState()
        self._seen = False
        self._announced = ""
        self._holds_tensors = False  # which may be large
        self.setAutoFillBackground(True)
        self.parts = DebuggerParts(self, style, tasks)
        self._connect()
        self.set_style(style)

    @property
    def view(self) -> DebugView | None:
        """The iteration that is shown; None while none is stepped through."""
        return self._frame.debug if self._frame else None

    @property
    def level(self) -> int:
        """The level of the panel: 0 is the batch, 1 the selected image, 2 one cell."""
        return self._state.level

    @property
    def shown(self) -> str:
        """Name of the shown operation."""
        return OPERATIONS[self._state.shown].name

    @Slot(object)
    def show_frame(self, frame: Frame) -> None:
        """Show a frame; while the panel is hidden, once it is shown."""
        self._frame = frame
        if not self._run.goes_on(frame):
            self.parts.board.restart_ranges()
        if self._seen:
            self._draw()
        elif frame.debug is None and self._holds_tensors:
            self._holds_tensors = False
            self.parts.release()

    @Slot(bool)
    def set_seen(self, seen: bool) -> None:
        """Draw if the panel can be seen: behind another tab it draws nothing."""
        self._seen = seen
        if seen:
            self._draw()

    def set_style(self, style: Style) -> None:
        """Use a style's colours, type and strokes."""
        palette = self.palette()
        palette.setColor(palette.ColorRole.Window, QColor(style.theme.panel))
        self.setPalette(palette)
        self.parts.set_style(style)
        self.updateGeometry()

    def mark(self, **marks: Unpack[Marks]) -> None:
        """Show other marks; those that are not given stay."""
        self._change(**marks)

    def minimumSizeHint(self) -> QSize:
        """Return the size below which parts would be cut off."""
        return self.parts.least

    def step_into(self) -> None:
        """Go from the batch to the selected image, or from there to one cell."""
        self.show_level(min(ONE_CELL, self.level + 1))

    def step_out(self) -> None:
        """Go from a cell to its image, or from there, or from a mean, to the batch."""
        skipped = self.level == ONE_CELL and self._is_mean
        self.show_level(BATCH if skipped else max(BATCH, self.level - 1))

    def show_number(self, point: Point, operation: str) -> None:
        """Show This cell of a number that is about to be explained, at an operation."""
        self._state = replace(self._state, pinned=False)
        self._enter(BATCH if point.mean else IMAGE)
        if operation:
            shown = POSITION_OF[operation]
            self._state = replace(self._state, shown=shown, expected=(point.tensor, shown))
        self.show_view(CELL)

    def show_view(self, view: int) -> None:
        """Show TENSORS, CELL, WHY or NUMBERS of the operation."""
        self.parts.views.choose(view)
        self._show_view(view)

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what came while the panel was hidden."""
        super().showEvent(event)
        self.set_seen(True)

    def hideEvent(self, event: QHideEvent) -> None:
        """Stop drawing."""
        super().hideEvent(event)
        self._seen = False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Unpin the cell on Esc."""
        if event.key() == Qt.Key.Key_Escape and self._state.pinned:
            self._change(pinned=False)
            return
        super().keyPressEvent(event)

    def _connect(self) -> None:
        parts = self.parts
        parts.operations.chosen.connect(self._choose_operation)
        parts.operations.run_to.connect(self._run_to)
        parts.operations.breakpoint_toggled.connect(self.breakpoint_toggled)
        parts.board.pointed_at.connect(self._point)
        parts.board.chosen.connect(self._pin)
        parts.board.edit_requested.connect(self._edit)
        parts.editing.began.connect(self._begin_edit)
        for text in (parts.explanation.text, parts.why):
            text.moved.connect(self._move)
            text.origin_requested.connect(self.origin_requested)
            text.point_chosen.connect(self.explain_requested)
        parts.numbers.chosen.connect(self._pin)
        parts.explanation.text.image_chosen.connect(self._selection.select_image)
        parts.explanation.contributions.image_chosen.connect(self._selection.select_image)
        parts.views.chosen.connect(self._show_view)
        parts.breadcrumb.chosen.connect(self.show_level)

    @Slot(int)
    def _choose_operation(self, position: int) -> None:
        """Show an operation, and explain a number that it made."""
        self._state = replace(self._state, shown=position, expected=None)
        operation, view = OPERATIONS[position], self.view
        if view and not (view.point and view.point.tensor in operation.writes):
            self._state = replace(self._state, pinned=False)
            self.explain_requested.emit(following(view, operation))
        self._draw()

    @Slot(int)
    def _run_to(self, position: int) -> None:
        self._state = replace(self._state, shown=position)
        self.run_to_requested.emit(OPERATIONS[position].name)

    @Slot(str, object)
    def _point(self, tensor: str, index: tuple[int, ...]) -> None:
        if not self._state.pinned and self.view is not None:
            self.explain_requested.emit(self._point_at(self.view, tensor, index))

    @Slot(str, object)
    def _pin(self, tensor: str, index: tuple[int, ...]) -> None:
        view = self.view
        if view is None:
            return
        point = self._point_at(view, tensor, index)
        pinned = not (point == view.point and self._state.pinned)
        self.explain_requested.emit(point)
        if (image := image_of(tensor, index)) is not None:
            self._selection.select_image(image)
        self._change(pinned=pinned)

    def _point_at(self, view: DebugView, tensor: str, index: tuple[int, ...]) -> Point:
        """Return the name of a cell of a picture or table; in the batch, of a mean over images."""
        shown = view.tensors.get(tensor)
        level = shown_level(view, self._state)
        return Point(tensor, index, shown is not None and is_mean(shown, level))

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
        """Go back into a finished iteration: its f and wo are no longer the trainer's."""
        view = self.view
        if view is not None and view.position == len(OPERATIONS):
            at = view.iteration, view.position - 1, None, None
            self._state = replace(self._state, at=at)  # the shown operation stays
            self.back_requested.emit()

    @Slot(object)
    def _move(self, move: tuple[int, int]) -> None:
        """Go from the explained cell to a neighbour."""
        view = self.view
        index = index_beside(view, move) if view else None
        if view is not None and view.point is not None and index is not None:
            self.explain_requested.emit(replace(view.point, index=index))

    @Slot(int)
    def _show_view(self, view: int) -> None:
        if view in {CELL, WHY}:
            self._enter(ONE_CELL)
        elif view == TENSORS and self.level == ONE_CELL:
            self._enter(self._state.outer_level)
        self._turn_to(view)

    def _enter(self, level: int) -> None:
        """Go to a level; at the level of an image, numbers are of that image."""
        outer = self._state.outer_level if level == ONE_CELL else level
        self._state = replace(self._state, level=level, outer_level=outer)
        point = self.view.point if self.view else None
        if level == IMAGE and point and self._is_mean:
            self.explain_requested.emit(replace(point, mean=False))

    @Slot(int)
    def show_level(self, level: int) -> None:
        """Show the tensors of the BATCH, of the selected IMAGE, or ONE_CELL."""
        self._enter(level)
        view, of_a_cell = self._state.view, self._state.view in {CELL, WHY}
        if of_a_cell != (level == ONE_CELL):
            view = CELL if level == ONE_CELL else TENSORS if of_a_cell else view
            self.parts.views.choose(view)
        self._turn_to(view)

    def _turn_to(self, view: int) -> None:
        self.parts.turn_to(view)
        self._change(view=view)

    def _change(self, **changes: Any) -> None:  # noqa: ANN401
        """Change the state and draw."""
        self._state = replace(self._state, **changes)
        self._draw()

    def _draw(self) -> None:
        if self._frame is None:
            return
        before = self._state
        self._state = follow(self._frame, before)
        if self.shown != self._announced:
            self._announced = self.shown
            self.operation_shown.emit(self.shown)
        contents = resolve(self._frame, self._state)
        self._holds_tensors = self._holds_tensors or contents.operation is not None
        self.parts.show(contents, self._state, self._frame.dataset)
        if contents.operation is not None and self._state.at != before.at:
            self.parts.operations.bring_into_view(self._state.shown)
