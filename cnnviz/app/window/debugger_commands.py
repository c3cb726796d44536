"""The debugger's part of the window: its menu, its keys, and its way to the training loop."""

from pathlib import Path
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QDockWidget, QMainWindow, QMenu

from cnnviz.app.debugger.explanation.origin_link import OriginLink
from cnnviz.app.debugger.lazy_panel import LazyDebuggerPanel
from cnnviz.app.look.icons import icon
from cnnviz.app.look.style import Style
from cnnviz.app.window.busy_notice import BusyNotice
from cnnviz.app.window.run_toolbar import RunToolbar
from cnnviz.numerics.operations import OPERATIONS
from cnnviz.numerics.tensors import TENSORS
from cnnviz.training.debugger.view import Point, Status
from cnnviz.training.loop.frame import Frame
from cnnviz.training.loop.training_loop import TrainingLoop

if TYPE_CHECKING:
    from cnnviz.app.debugger.panel import DebuggerPanel

_COMMANDS: Final = (
    ("step", "Next operation", "Next", "F10", "Do the iteration's next operation"),
    (
        "back",
        "Previous operation",
        "Previous",
        "Shift+F10",
        "Undo the operation that was done last",
    ),
    ("into", "Step into", "Into", "F11", "From the batch to the image, from there to one cell"),
    ("out", "Step out", "Out", "Shift+F11", "From the cell to its image, from there to the batch"),
    (
        "here",
        "Run to here",
        "To here",
        "Ctrl+F10",
        "Run until the operation looked at is done",
    ),
    (
        "mark",
        "Breakpoint",
        "Mark",
        "F9",
        "Stop before the operation that is looked at, or no more",
    ),
    (
        "finish",
        "Finish iteration",
        "Finish",
        "F5",
        "Do the operations that are left",
    ),
    (
        "restart",
        "Back to the start",
        "Start",
        "Shift+F5",
        "Undo the iteration's operations",
    ),
)
_READERS: Final = {
    name: operation.name for operation in reversed(OPERATIONS) for name in operation.reads
}
"""The first operation that reads a tensor."""
_BUTTONS: Final = ("restart", "back", "step", "into", "out", "here", "finish")


class DebuggerCommands(QObject):
    """Wires the debugger panel to the window and to the loop.

    Parameters
    ----------
    window : QMainWindow
    loop : TrainingLoop
    place : LazyDebuggerPanel
        Where the panel is.
    dock : QDockWidget
        Where the place is.
    run_toolbar : RunToolbar
        Gets a button that opens it.
    busy_notice : BusyNotice
        Says where operations take their time.
    """

    breakpoint_toggled = Signal(str)
    """An operation is to be stopped at, or no more; carries its name."""

    def __init__(
        self,
        window: QMainWindow,
        loop: TrainingLoop,
        place: LazyDebuggerPanel,
        dock: QDockWidget,
        run_toolbar: RunToolbar,
        busy_notice: BusyNotice,
    ) -> None:
        super().__init__(window)
        self._loop, self._place, self._dock = loop, place, dock
        self._busy_notice = busy_notice
        self._open = False
        self._frame: Frame | None = None
        self.actions = {name: _action(window, *rest) for name, *rest in _COMMANDS}
        self._tool = QAction("Debugger", window)
        self._tool.setObjectName("debugger")
        self._tool.setCheckable(True)
        self._tool.setToolTip("Step through an iteration, operation by operation (F10)")
        run_toolbar.add_tool(self._tool)
        self.menu = QMenu("De&bug", window)
        self.room = QAction("Debugger alone", window)
        self.room.setCheckable(True)
        self.room.setShortcut(QKeySequence("Ctrl+Shift+D"))
        self.room.setToolTip("Give the debugger the other panels' room, or give it back")
        self.menu.addActions([dock.toggleViewAction(), self.room])
        self.menu.addSeparator()
        self.menu.addActions(list(self.actions.values()))
        a = self.actions
        place.made.connect(self._meet)
        dock.toggleViewAction().toggled.connect(self._set_open)
        # Queued: other panels are shown after Qt has hidden this one.
        dock.toggleViewAction().toggled.connect(self._end_alone, Qt.ConnectionType.QueuedConnection)
        self._tool.triggered.connect(self._show_or_hide)
        a["step"].triggered.connect(self._step)
        a["back"].triggered.connect(self._back)
        a["into"].triggered.connect(self._into)
        a["out"].triggered.connect(self._out)
        a["here"].triggered.connect(self._here)
        a["mark"].triggered.connect(self._mark)
        a["finish"].triggered.connect(self._finish)
        a["restart"].triggered.connect(self._restart)

    @property
    def panel(self) -> "DebuggerPanel":
        """The panel, which is made when it is first asked for."""
        return self._place.panel

    def set_style(self, style: Style) -> None:
        """Draw the icon in a style's colours."""
        self._tool.setIcon(icon("debug", style.theme))

    @Slot(object)
    def show_frame(self, frame: Frame) -> None:
        """Offer what can be done now."""
        self._frame = frame
        view = frame.debug
        at_start = view is None or (view.position == 0 and view.iteration == 0)
        self.actions["back"].setEnabled(not at_start)
        self.actions["restart"].setEnabled(view is not None and view.position > 0)

    def open(self) -> bool:
        """Bring the panel to the front; says whether it was open already."""
        was = self._open
        self._dock.show()
        self._dock.raise_()
        return was

    @Slot(object)
    def explain(self, point: Point) -> None:
        """Explain a number of the state that is looked at, in the debugger."""
        frame = self._frame
        if frame is None:
            return
        self.open()
        view, writer = frame.debug, TENSORS[point.tensor].written_by
        status: dict[str, Status] = {}
        if view is not None and view.iteration == frame.iteration:
            status = {o.name: s for o, s in zip(OPERATIONS, view.status, strict=True)}
        elif view is not None:  # at its end: the state is the next iteration's
            self._loop.debug_step()
        elif frame.running:
            self._loop.pause()
        there = not writer or status.get(writer) == "done"
        if not there:
            self._run_to(writer)
        self.panel.show_number(point, (writer or _READERS[point.tensor]) if there else "")
        self._explain(point)

    @Slot(object)
    def _meet(self, panel: "DebuggerPanel") -> None:
        """Do what is asked for in the panel, now that it is there."""
        panel.add_tools([self.actions[name] for name in _BUTTONS])
        panel.explain_requested.connect(self._explain)
        panel.origin_requested.connect(self._follow)
        panel.run_to_requested.connect(self._run_to)
        panel.breakpoint_toggled.connect(self.breakpoint_toggled)
        panel.save_requested.connect(self._save)
        panel.back_requested.connect(self._loop.debug_back)
        panel.parts.editing.edit_requested.connect(self._loop.edit)
        panel.parts.editing.pixel_requested.connect(self._loop.draw)
        self._dock.visibilityChanged.connect(panel.set_seen)

    @Slot(object)
    def _follow(self, lead: OriginLink) -> None:
        """Go to the number that another one leads to, in the iteration in which it is."""
        view, point = self._frame.debug if self._frame else None, lead.point
        if view is None or point is None:
            return
        if lead.iteration != view.iteration:
            self._loop.go_to(lead.iteration)
            self._run_to(TENSORS[point.tensor].written_by)
        self._explain(point)

    @Slot(bool)
    def _show_or_hide(self, on: bool) -> None:
        self._dock.setVisible(on)

    @Slot()
    def _end_alone(self) -> None:
        """Bring the other panels back if the debugger, which was alone, has been hidden."""
        if self._dock.isHidden():
            self.room.setChecked(False)

    @Slot()
    def follow_dock(self) -> None:
        """Start or end debugging if the dock has been shown or hidden without a signal."""
        self._set_open(not self._dock.isHidden())

    @Slot(bool)
    def _set_open(self, on: bool) -> None:
        if on != self._open:
            self._open = on
            self._tool.setChecked(on)
            self._loop.debug(on)
            if on:
                self._dock.raise_()

    @Slot()
    def _step(self) -> None:
        if self.open():
            self._busy_notice.track(self._loop.debug_step())

    @Slot()
    def _back(self) -> None:
        if self.open():
            self._busy_notice.track(self._loop.debug_back())

    @Slot()
    def _finish(self) -> None:
        if self.open():
            self._busy_notice.track(self._loop.finish_iteration())

    @Slot()
    def _restart(self) -> None:
        if self.open():
            self._busy_notice.track(self._loop.restart_iteration())

    @Slot()
    def _here(self) -> None:
        if self.open():
            self._run_to(self.panel.shown)

    @Slot()
    def _mark(self) -> None:
        if self.open():
            self.breakpoint_toggled.emit(self.panel.shown)

    @Slot()
    def _into(self) -> None:
        if self.open():
            self.panel.step_into()

    @Slot()
    def _out(self) -> None:
        if self.open():
            self.panel.step_out()

    @Slot(str)
    def _run_to(self, operation: str) -> None:
        self._busy_notice.track(self._loop.run_to_operation(operation))

    @Slot(object)
    def _explain(self, point: Point) -> None:
        self._loop.explain(point)

    @Slot(str, object)
    def _save(self, tensor: str, path: Path) -> None:
        self._loop.save_tensor(tensor, path)


def _action(window: QMainWindow, text: str, short: str, keys: str, tip: str) -> QAction:
    made = QAction(text, window)
    made.setIconText(short)
    made.setShortcut(QKeySequence(keys))
    made.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
    made.setToolTip(f"{tip} ({made.shortcut().toString()})")
    return made
