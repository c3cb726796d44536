"""The debugger's menu and keys, and its commands to the training loop."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QObject, QSize, Qt, Signal, Slot
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMainWindow, QMenu

from cnnviz.app.look.icons import icon
from cnnviz.app.look.key_names import named_keys
from cnnviz.app.look.style import Style
from cnnviz.app.window.held_key import HeldKey
from cnnviz.app.window.parts import Parts
from cnnviz.numerics.operations import OPERATION_NAMED, OPERATIONS
from cnnviz.numerics.tensors import TENSORS
from cnnviz.training.debugger.point import Point
from cnnviz.training.loop.frame import Frame

if TYPE_CHECKING:
    from cnnviz.app.debugger.explanation.origin_link import OriginLink
    from cnnviz.app.debugger.panel import DebuggerPanel
    from cnnviz.training.debugger.view import Status

_COMMANDS: Final = (
    ("step", "Next operation", "Next", "F10", "Do the iteration's next operation"),
    ("back", "Previous operation", "Previous", "Shift+F10", "Undo the last operation"),
    ("into", "Step into", "Into", "F11", "From the batch to the image, from there to one cell"),
    ("out", "Step out", "Out", "Shift+F11", "From the cell to its image, from there to the batch"),
    ("here", "Run to here", "To here", "Ctrl+F10", "Run until this operation is done"),
    ("mark", "Breakpoint", "Mark", "F9", "Toggle breakpoint on this operation"),
    ("finish", "Finish iteration", "Finish", "F5", "Do the remaining operations"),
    ("restart", "Back to the start", "Start", "Shift+F5", "Undo the iteration's operations"),
)
"""Name, text, text on a button, key and tooltip of each command."""
_READERS: Final = {
    name: operation.name for operation in reversed(OPERATIONS) for name in operation.reads
}
"""The first operation that reads a tensor."""
_ROOMY: Final = QSize(1_100, 700)
"""In a smaller window, no panels fit beside the debugger."""
_BUTTONS: Final = ("restart", "back", "step", "into", "out", "here", "finish")


class DebuggerCommands(QObject):
    """Connects the debugger panel with the window and the training loop.

    The toolbar of the run gets a button that opens the debugger.
    """

    breakpoint_toggled = Signal(str)
    """Carries the operation whose breakpoint is set or removed."""

    def __init__(self, parts: Parts, held_key: HeldKey) -> None:
        window, loop, dock = parts.window, parts.loop, parts.docks["debugger"]
        super().__init__(window)
        self._loop, self._lazy_panel, self._dock = loop, parts.panels.debugger, dock
        self._track = track = parts.busy_notice.track
        self._open = False
        self._kept: tuple[int, int, Point | None] | None = None
        self._frame: Frame | None = None
        self.actions = {name: _action(window, *rest) for name, *rest in _COMMANDS}
        self._tool = QAction("Debugger", window)
        self._tool.setObjectName("debugger")
        self._tool.setCheckable(True)
        self._tool.setToolTip("Step through an iteration, operation by operation (F10)")
        parts.run_toolbar.add_tool(self._tool)
        self.menu = QMenu("De&bug", window)
        self.maximise = QAction("Maximise debugger", window)
        self.maximise.setCheckable(True)
        self.maximise.setShortcut(QKeySequence("Ctrl+Shift+D"))
        self.maximise.setToolTip("Maximise the debugger / Restore")
        self.menu.addActions([dock.toggleViewAction(), self.maximise])
        self.menu.addSeparator()
        self.menu.addActions(list(self.actions.values()))
        self._lazy_panel.made.connect(self._connect_panel)
        dock.toggleViewAction().toggled.connect(self._set_open)
        # Queued: other panels are shown after Qt has hidden this one.
        dock.toggleViewAction().toggled.connect(self._end_alone, Qt.ConnectionType.QueuedConnection)
        self._tool.triggered.connect(lambda on: self.open() if on else dock.hide())
        acts: dict[str, Callable[[DebuggerPanel], object]] = {
            "step": lambda _: held_key.send(lambda: track(loop.debug_step())),
            "back": lambda _: held_key.send(lambda: track(loop.debug_back())),
            "into": lambda panel: panel.step_into(),
            "out": lambda panel: panel.step_out(),
            "here": lambda panel: self._run_to(panel.shown),
            "mark": lambda panel: self.breakpoint_toggled.emit(panel.shown),
            "finish": lambda _: track(loop.finish_iteration()),
            "restart": lambda _: track(loop.restart_iteration()),
        }
        for name, act in acts.items():
            self.actions[name].triggered.connect(lambda _checked, act=act: self._act(act))

    @property
    def panel(self) -> "DebuggerPanel":
        """The panel, which is created when it is first used."""
        return self._lazy_panel.panel

    def set_style(self, style: Style) -> None:
        """Draw the icon in a style's colours."""
        self._tool.setIcon(icon("debug", style.theme))

    @Slot(object)
    def show_frame(self, frame: Frame) -> None:
        """Enable the commands that are possible in this frame."""
        self._frame = frame
        view = frame.debug
        at_start = view is None or (view.position == 0 and view.iteration == 0)
        self.actions["back"].setEnabled(not at_start)
        self.actions["restart"].setEnabled(view is not None and view.position > 0)

    def open(self) -> bool:
        """Bring the panel to the front; return whether it was open already."""
        was = self._open
        self._dock.show()
        self._dock.raise_()
        if not was:
            self.show_alone_if_small()
        return was

    def show_alone_if_small(self) -> None:
        """Leave the other panels out if they do not fit beside the debugger."""
        window = self._dock.window()
        if window.width() < _ROOMY.width() or window.height() < _ROOMY.height():
            self.maximise.setChecked(True)

    def keep_position(self) -> None:
        """Come back to this operation and cell if the debugger is opened again in this state."""
        if self._frame is not None and (view := self._frame.debug) is not None:
            self._kept = view.iteration, view.position, view.point

    @Slot(object)
    def explain(self, point: Point) -> None:
        """Explain a number of the current state in the debugger."""
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
        is_computed = not writer or status.get(writer) == "done"
        if not is_computed:
            self._run_to(writer)
        self.panel.show_number(point, (writer or _READERS[point.tensor]) if is_computed else "")
        self._loop.explain(point)

    @Slot(str)
    def explain_operation(self, operation: str) -> None:
        """Explain the largest number that an operation writes, in the debugger."""
        self.explain(Point(OPERATION_NAMED[operation].result, ()))

    @Slot(object)
    def _connect_panel(self, panel: "DebuggerPanel") -> None:
        """Connect the panel once it has been created."""
        panel.parts.add_tools([self.actions[name] for name in _BUTTONS])
        panel.explain_requested.connect(self._loop.explain)
        panel.parts.why.leave_out_requested.connect(self._loop.leave_out)
        panel.origin_requested.connect(self._follow)
        panel.run_to_requested.connect(self._run_to)
        panel.breakpoint_toggled.connect(self.breakpoint_toggled)
        loop, track = self._loop, self._track
        panel.back_requested.connect(lambda: track(loop.debug_back()))
        panel.parts.editing.edit_requested.connect(lambda edit: track(loop.edit(edit)))
        panel.parts.editing.pixel_requested.connect(lambda stroke: track(loop.draw(stroke)))
        self._dock.visibilityChanged.connect(panel.set_seen)

    @Slot(object)
    def _follow(self, link: "OriginLink") -> None:
        """Go to the origin of a number, in its iteration."""
        view, point = self._frame.debug if self._frame else None, link.point
        if view is None or point is None:
            return
        if link.iteration != view.iteration:
            self._loop.go_to(link.iteration)
            self._run_to(TENSORS[point.tensor].written_by)
        self._loop.explain(point)

    @Slot()
    def _end_alone(self) -> None:
        """Bring the other panels back if the debugger, which was alone, has been hidden."""
        if self._dock.isHidden():
            self.maximise.setChecked(False)

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
                self._come_back()

    def _come_back(self) -> None:
        """Do the operations again that were done when the position was kept."""
        frame, kept, self._kept = self._frame, self._kept, None
        if frame is None or kept is None or frame.running:
            return
        iteration, position, point = kept
        if frame.iteration == iteration and position > 0:
            self._run_to(OPERATIONS[position - 1].name)
        if point is not None:
            self._loop.explain(point)

    def _act(self, act: Callable[["DebuggerPanel"], object]) -> None:
        """Open the debugger, or do something in the open one."""
        if self.open():
            act(self.panel)

    @Slot(str)
    def _run_to(self, operation: str) -> None:
        self._track(self._loop.run_to_operation(operation))


def _action(window: QMainWindow, text: str, short: str, keys: str, tip: str) -> QAction:
    action = QAction(text, window)
    action.setIconText(short)
    action.setShortcut(QKeySequence(keys))
    action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
    action.setToolTip(f"{tip} ({named_keys(keys)})")
    return action
