"""What a person does with breakpoints: set them, keep them, and run back to the cause."""

from PySide6.QtCore import QObject, QSettings, Slot

from cnnviz.app.breakpoints.store import read_breakpoints, write_breakpoints
from cnnviz.app.window.busy_notice import BusyNotice
from cnnviz.app.window.debugger_commands import DebuggerCommands
from cnnviz.app.window.docks import Docks, Panels
from cnnviz.app.window.menus import Actions
from cnnviz.training.breakpoints.breakpoint import Breakpoint, Stop, operations_at, operations_in
from cnnviz.training.loop.frame import Frame
from cnnviz.training.loop.training_loop import TrainingLoop


class BreakpointCommands(QObject):
    """Wires the breakpoints of the panels to the training loop, and to where they are kept.

    Parameters
    ----------
    docks : Docks
    panels : Panels
    loop : TrainingLoop
    busy_notice : BusyNotice
        Says where the way back to the cause takes its time.
    debugger_commands : DebuggerCommands
        Opened where the run stops at an operation.
    store : QSettings
        Where the breakpoints are kept.
    parent : QObject
    """

    def __init__(
        self,
        docks: Docks,
        panels: Panels,
        loop: TrainingLoop,
        busy_notice: BusyNotice,
        debugger_commands: DebuggerCommands,
        store: QSettings,
        parent: QObject,
    ) -> None:
        super().__init__(parent)
        self._docks = docks
        self._panel, self._debugger = panels.breakpoints, panels.debugger
        self._loop = loop
        self._busy_notice = busy_notice
        self._debugger_commands = debugger_commands
        self._store = store
        self._stop: Stop | None = None
        self._panel.breakpoints_chosen.connect(self._set)
        self._panel.cause_requested.connect(self._run_back)
        debugger_commands.breakpoint_toggled.connect(self._panel.toggle_operation)

    def connect_actions(self, actions: Actions) -> None:
        """Make the menus' actions do what they say."""
        self._to_cause = actions.to_cause
        actions.breakpoints.triggered.connect(self._show)
        actions.to_cause.triggered.connect(self._panel.run_back)

    def restore(self) -> str:
        """Take up the breakpoints that were kept; return one sentence where some were lost."""
        kept, problem = read_breakpoints(self._store)
        self._panel.restore(kept)
        return problem

    @Slot(object)
    def show_frame(self, frame: Frame) -> None:
        """Open the debugger where the run has stopped at an operation."""
        stop = frame.stopped
        if stop is not None and stop.operation is not None and stop != self._stop:
            self._debugger_commands.open()
        self._stop = stop
        self._to_cause.setEnabled(stop is not None and stop.may_have_cause)

    @Slot(object)
    def _set(self, breakpoints: tuple[Breakpoint, ...]) -> None:
        self._panel.expect(self._loop.set_breakpoints(breakpoints))
        marked, others = operations_at(breakpoints), operations_in(breakpoints)
        self._debugger.show_breakpoints(marked, others)
        write_breakpoints(self._store, breakpoints)

    @Slot(int)
    def _run_back(self, number: int) -> None:
        self._busy_notice.track(self._loop.back_to_cause(number))

    @Slot()
    def _show(self) -> None:
        self._docks.bring_up("breakpoints")
        self._panel.edit_first()
