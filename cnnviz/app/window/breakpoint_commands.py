"""The commands on breakpoints: set them, save them between starts, go back to before a stop."""

from typing import TYPE_CHECKING

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

if TYPE_CHECKING:
    from cnnviz.app.breakpoints.panel import BreakpointsPanel


class BreakpointCommands(QObject):
    """Connects the Breakpoints panel with the loop, the debugger and the saved settings."""

    kept = Signal(object)
    """Other breakpoints have been saved; carries a tuple of `Breakpoint`."""

    def __init__(self, parts: Parts, debugger_commands: DebuggerCommands) -> None:
        super().__init__(parts.window)
        self._docks, self._loop = parts.docks, parts.loop
        self._lazy_panel, self._debugger = parts.panels.breakpoints, parts.panels.debugger
        self._track = parts.busy_notice.track
        self._debugger_commands = debugger_commands
        self._store = parts.store
        self._stop: Stop | None = None
        self._sent = 0
        self._kept: tuple[Breakpoint, ...] = ()
        self._lazy_panel.made.connect(self._connect_panel)
        debugger_commands.breakpoint_toggled.connect(self._toggle)
        self._to_cause = parts.actions.to_cause
        self._to_cause.triggered.connect(self._go_back)
        parts.actions.breakpoints.triggered.connect(self._show)

    @property
    def saved(self) -> tuple[Breakpoint, ...]:
        """The breakpoints that are saved, without their hits."""
        return self._kept

    def restore(self) -> str:
        """Restore the saved breakpoints; return a sentence if some cannot be read, or ""."""
        saved, problem = read_breakpoints(self._store)
        if saved:
            self.replace(saved)
        return problem

    def replace(self, breakpoints: tuple[Breakpoint, ...]) -> None:
        """Replace all breakpoints."""
        if self._lazy_panel.is_made:
            self._panel.replace(breakpoints)
        else:
            self._restore(None, breakpoints)

    @property
    def _panel(self) -> "BreakpointsPanel":
        """The panel, which is created when it is first used."""
        panel: BreakpointsPanel = self._lazy_panel.panel
        return panel

    @Slot(object)
    def _connect_panel(self, panel: "BreakpointsPanel") -> None:
        loop, track = self._loop, self._track
        panel.begin(self._kept, self._sent)
        panel.breakpoints_chosen.connect(self._set)
        panel.breakpoints_restored.connect(self._restore)
        panel.cause_requested.connect(lambda i: track(loop.back_to_cause(i)))

    @Slot(str)
    def _toggle(self, operation: str) -> None:
        self._panel.model.toggle_operation(operation)

    @Slot()
    def _go_back(self) -> None:
        self._panel.go_back()

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
        if self._lazy_panel.is_made:
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
