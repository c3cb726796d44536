"""The Breakpoints panel: conditions that stop a run, the one that did, and the way back."""

from functools import partial
from typing import Final

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QToolButton, QVBoxLayout

from cnnviz.app.breakpoints.model import BreakpointsModel
from cnnviz.app.breakpoints.table import BreakpointTable
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.selection import Selection
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.buttons import tab_button, tool_button
from cnnviz.app.widgets.frame_panel import FramePanel
from cnnviz.app.widgets.labels import selectable_label, text_label
from cnnviz.numerics.fast import SAMPLED
from cnnviz.numerics.operations import OPERATIONS
from cnnviz.training.breakpoints.breakpoint import Breakpoint, Stop
from cnnviz.training.loop.frame import Frame

EXAMPLES: Final = (
    ("iteration = 50", "at one iteration; also >, >=, <, <="),
    ("loss rises", "it is larger than before"),
    ("loss rises by 5 %", "or by 0.01"),
    ("accuracy > 95 %", "share of correct predictions"),
    ("not finite", "NaN, infinity, or undefined"),
    ("saturated > 90 %", f"of the units that see ink with σ′ below 10⁻⁶, {SAMPLED}"),
    ("step > 0.1", "|η · gradient| over |weights|, filters and dense"),
    ("filter 2 step > 0.1", "of one filter; also filter step, dense step"),
    ("any filter changes", "a cell changes its sign; also filter 2 changes"),
    ("filter 2 changes by 10 %", "its norm changes"),
    ("image {image} flips", "its prediction changes"),
    ("any image flips", "any prediction changes"),
    ("loss rises and iteration > 10", "several conditions: and, or"),
)
"""A condition of every kind, with its meaning; {image} is the selected image."""
_HINT: Final = (
    "A breakpoint stops a run when its condition becomes true, for example “loss rises” or "
    "“at delta”. Add has examples."
)
_INTERVAL: Final = 250
"""Milliseconds between drawings while training runs."""


class BreakpointsPanel(FramePanel):
    """The table of breakpoints, and above it the stop that the run is at."""

    breakpoints_chosen = Signal(object, object)
    """The person has edited them; carries those before, and those now."""
    breakpoints_restored = Signal(object, object)
    """Some from before are back, which a person cannot undo.

    Carries those that the person saw, or None if all have been replaced, and those now.
    """
    cause_requested = Signal(int)
    """Requests a way back to before a condition held; carries the breakpoint's number."""

    def __init__(self, selection: Selection, style: Style) -> None:
        super().__init__(_INTERVAL)
        self._selection = selection
        self._awaited = 0
        self._deleted: list[tuple[int, Breakpoint]] = []
        self.model = BreakpointsModel(style, self)
        self.table = BreakpointTable(self.model, style)
        self.model.edited.connect(self._send)
        self.model.modelReset.connect(self._show_selected)
        self.table.condition_typed.connect(self._show_problem)
        # Queued: the model gets the text only after the signal.
        self.table.edit_ended.connect(self._settle, Qt.ConnectionType.QueuedConnection)
        self.table.delete_requested.connect(self._delete)
        self.table.undo_requested.connect(self._undo)
        self.table.selectionModel().selectionChanged.connect(self._show_selected)
        self._create_widgets()
        self._lay_out()
        self.set_style(style)
        self._show_problem(None)
        self._show_deleted(None)
        self._update_buttons()

    def expect(self, command: int) -> None:
        """Keep showing the person's choice until this command has been carried out."""
        self._awaited = command

    def begin(self, breakpoints: tuple[Breakpoint, ...], command: int) -> None:
        """Show the breakpoints that the run has, or has once a command has been carried out."""
        self.model.show(breakpoints, None)
        self._update_buttons()
        self.expect(command)

    def replace(
        self, breakpoints: tuple[Breakpoint, ...], seen: tuple[Breakpoint, ...] | None = None
    ) -> None:
        """Show other breakpoints, and send them; `seen` are those that a person has changed."""
        self.model.show(breakpoints, None)
        self._show_deleted(None)
        self._update_buttons()
        self.breakpoints_restored.emit(seen, breakpoints)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self.stop.setStyleSheet(
            f"#stop {{ border: 1px solid {style.theme.accent}; border-radius: 5px;"
            f" background: {style.theme.raised}; }}"
        )
        self.model.set_style(style)
        self.table.set_style(style)

    @Slot()
    def go_back(self) -> None:
        """Request the way back if a breakpoint has stopped the run."""
        stop = self._stop()
        if stop is not None and stop.may_have_cause:
            self.cause_requested.emit(stop.number)

    def take_focus(self) -> None:
        """Give the keyboard to the table; if that is empty, to the Add button."""
        (self.table if self.model.breakpoints else self.add).setFocus()

    def _create_widgets(self) -> None:
        self.stop = QFrame()
        self.stop.setObjectName("stop")
        self.stop.hide()
        self.stop_text = selectable_label("Why the run stopped")
        self.deleted = text_label()
        self.hint = text_label(_HINT, look="muted")
        self.add = tool_button("Add", "Add a breakpoint: write one, or begin with an example")
        self.add.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.examples = QMenu(self.add)
        self.examples.aboutToShow.connect(self._fill_examples)
        self.add.setMenu(self.examples)
        self.back = tab_button(
            "Back to just before",
            "Go back to the latest earlier iteration at which the condition did not hold",
            self.go_back,
        )
        tip = "Select the image whose prediction changed"
        self.show_image = tab_button("", tip, self._select_image)
        self.delete = tab_button("Delete", "Delete the selected breakpoint (Delete)", self._delete)
        self.undo = tab_button("Undo", "Restore the deleted breakpoint (Ctrl+Z)", self._undo)
        enable_all = self.model.enable_all
        self.all_on = tab_button("All on", "Enable every breakpoint", partial(enable_all, True))
        self.all_off = tab_button("All off", "Disable every breakpoint", partial(enable_all, False))

    def _lay_out(self) -> None:
        ways, edits, undo = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        fill_box(ways, self.back, self.show_image, None)
        fill_box(QVBoxLayout(self.stop), self.stop_text, ways, margins=(GRID, GRID, GRID, GRID))
        buttons = self.add, self.delete, self.all_on, self.all_off
        fill_box(edits, *buttons, None, spacing=GRID // 2)
        fill_box(undo, self.deleted, self.undo, stretched=self.deleted)
        parts = self.stop, edits, self.hint, self.table, undo
        margins = GRID, 0, GRID, GRID
        fill_box(QVBoxLayout(self), *parts, stretched=self.table, margins=margins)

    @Slot(object, object)
    def _send(self, before: tuple[Breakpoint, ...], breakpoints: tuple[Breakpoint, ...]) -> None:
        self._show_deleted(None)
        self._update_buttons()
        self.breakpoints_chosen.emit(before, breakpoints)

    def _stop(self) -> Stop | None:
        return self._frame.stopped if self._frame else None

    def _draw(self, frame: Frame) -> None:
        stop = frame.stopped
        breakpoints = frame.breakpoints if frame.done >= self._awaited else self.model.breakpoints
        texts = [b.text for b in self.model.breakpoints]
        self.model.show(breakpoints, stop.number if stop else None)
        if texts != [b.text for b in breakpoints] and not self.table.is_editing:
            self._show_selected()  # a condition was undone or redone elsewhere
        self._drop_restored(breakpoints)
        self.stop.setVisible(stop is not None)
        if stop is not None:
            self.stop_text.setText(stop.summary)
            self.back.setVisible(stop.may_have_cause)
            self.show_image.setVisible(stop.image is not None)
            self.show_image.setText(f"Show image {stop.image}")
        self._update_buttons()

    def _update_buttons(self) -> None:
        has_any = bool(self.model.breakpoints)
        self.hint.setVisible(not has_any)
        self.all_on.setEnabled(has_any)
        self.all_off.setEnabled(has_any)
        self.delete.setEnabled(self.table.selected_row >= 0)

    @Slot()
    def _show_selected(self) -> None:
        """Show the error in the selected condition, if there is one."""
        row = self.table.selected_row
        self._show_problem(self.model.breakpoints[row].text if row >= 0 else None)
        self._update_buttons()

    @Slot(str)
    def _show_problem(self, text: str | None) -> None:
        """Show below its row where and why a condition does not parse; None shows nothing."""
        problem = None if text is None else Breakpoint(0, text).problem
        self.table.show_problem(self.table.currentIndex().row(), text or "", problem)

    @Slot(int)
    def _settle(self, row: int) -> None:
        """Remove a new breakpoint without a condition; show the error of another."""
        breakpoints = self.model.breakpoints
        if 0 <= row < len(breakpoints) and not breakpoints[row].text:
            self.model.remove(row)
        self._show_selected()

    @Slot()
    def _delete(self) -> None:
        row = self.table.selected_row
        if row >= 0:
            breakpoint_ = self.model.breakpoints[row]
            self.model.remove(row)
            self._deleted.append((row, breakpoint_))
            self._show_deleted(breakpoint_)
            self._show_selected()

    @Slot()
    def _undo(self) -> None:
        """Restore the breakpoint that was deleted last."""
        if self._deleted:
            row, breakpoint_ = self._deleted.pop()
            left = self.model.breakpoints
            row = min(row, len(left))
            self.replace((*left[:row], breakpoint_, *left[row:]), left)
            self.table.selectRow(row)

    def _drop_restored(self, breakpoints: tuple[Breakpoint, ...]) -> None:
        """Forget that those were deleted which are here again, because it was undone elsewhere."""
        numbers = {b.number for b in breakpoints}
        left = [(row, b) for row, b in self._deleted if b.number not in numbers]
        if len(left) < len(self._deleted):
            self._deleted = left
            self._show_deleted(None)

    def _show_deleted(self, breakpoint_: Breakpoint | None) -> None:
        """Show which breakpoint was deleted, until the next edit."""
        self.deleted.setVisible(breakpoint_ is not None)
        self.undo.setVisible(breakpoint_ is not None)
        if breakpoint_ is not None:
            self.deleted.setText(f"Deleted {breakpoint_.title}.")

    @Slot()
    def _select_image(self) -> None:
        stop = self._stop()
        if stop is not None and stop.image is not None:
            self._selection.select_image(stop.image)

    @Slot()
    def _fill_examples(self) -> None:
        for operations in self.examples.findChildren(QMenu):
            operations.setParent(None)  # `clear` keeps it
            operations.deleteLater()
        self.examples.clear()
        self.examples.addAction("Write one…").triggered.connect(lambda: self._add(""))
        operations = self.examples.addMenu("At an operation")
        for operation in OPERATIONS:
            self._add_example(operations, f"at {operation.name}", operation.title)
        self.examples.addSeparator()
        for pattern, meaning in EXAMPLES:
            condition = pattern.replace("{image}", str(self._selection.image))
            self._add_example(self.examples, condition, f"{condition}\t{meaning}")

    def _add_example(self, menu: QMenu, condition: str, title: str) -> None:
        action = menu.addAction(title)
        action.setData(condition)
        action.triggered.connect(lambda: self._add(condition))

    def _add(self, text: str) -> None:
        self.table.edit_condition(self.model.add(text))
