"""The commands on breakpoints: set them, save them between starts, go back to before a stop."""

from PySide6.QtCore import QObject, Signal, Slot

from cnnviz.app.breakpoints.store import read_breakpoints, write_breakpoints
from cnnviz.app.window.debugger_commands import DebuggerCommands
from cnnviz.app.window.parts import Parts
from cnnviz.training.breakpoints.breakpoint import (
    Breakpoint,
    Stop,
    operations_at,
    operations_in,
    without_hits,
)
from cnnviz.training.loop.frame import Frame


class BreakpointCommands(QObject):
    """Connects the Breakpoints panel with the loop, the debugger and the saved settings."""

    kept = Signal(object)
    """Other breakpoints have been saved; carries a tuple of `Breakpoint`."""

    def __init__(self, parts: Parts, debugger_commands: DebuggerCommands) -> None:
        super().__init__(parts.window)
        self._docks, self._loop = parts.docks, parts.loop
        self._panel, self._debugger = parts.panels.breakpoints, parts.panels.debugger
        self._debugger_commands = debugger_commands
        self._store = parts.store
        self._stop: Stop | None = None
        self._sent = 0
        self._kept: tuple[Breakpoint, ...] = ()
        self._panel.breakpoints_chosen.connect(self._set)
        self._panel.breakpoints_restored.connect(self._restore)
        loop, track = parts.loop, parts.busy_notice.track
        self._panel.cause_requested.connect(lambda i: track(loop.back_to_cause(i)))
        debugger_commands.breakpoint_toggled.connect(self._panel.model.toggle_operation)
        self._to_cause = parts.actions.to_cause
        self._to_cause.triggered.connect(self._panel.go_back)
        parts.actions.breakpoints.triggered.connect(self._show)

    def restore(self) -> str:
        """Restore the saved breakpoints; return a sentence if some cannot be read, or ""."""
        saved, problem = read_breakpoints(self._store)
        self._panel.restore(saved)
        return problem

    @Slot(object)
    def show_frame(self, frame: Frame) -> None:
        """Open the debugger if the run has stopped at an operation; follow what is undone."""
        stop = frame.stopped
        if stop is not None and stop.operation is not None and stop != self._stop:
            self._debugger_commands.open()
        self._stop = stop
        self._to_cause.setEnabled(stop is not None and stop.may_have_cause)
        if frame.done >= self._sent and without_hits(frame.breakpoints) != self._kept:
            self._keep(frame.breakpoints)

    @Slot(object, object)
    def _set(self, seen: tuple[Breakpoint, ...], breakpoints: tuple[Breakpoint, ...]) -> None:
        self._expect(self._loop.set_breakpoints(breakpoints, seen))
        self._keep(breakpoints)

    @Slot(object, object)
    def _restore(
        self, seen: tuple[Breakpoint, ...] | None, breakpoints: tuple[Breakpoint, ...]
    ) -> None:
        self._expect(self._loop.restore_breakpoints(breakpoints, seen))
        self._keep(breakpoints)

    def _expect(self, command: int) -> None:
        self._sent = command
        self._panel.expect(command)

    def _keep(self, breakpoints: tuple[Breakpoint, ...]) -> None:
        """Save breakpoints, and show them in the debugger."""
        self._kept = without_hits(breakpoints)
        self._debugger.mark(
            stops=operations_at(breakpoints), conditional=operations_in(breakpoints)
        )
        write_breakpoints(self._store, breakpoints)
        self.kept.emit(breakpoints)

    @Slot()
    def _show(self) -> None:
        self._docks.bring_up("breakpoints")
        self._panel.take_focus()
