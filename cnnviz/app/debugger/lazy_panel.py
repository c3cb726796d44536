"""The Debugger panel, created when it is first shown."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from cnnviz.app.look.style import Style
from cnnviz.app.runtime.background import BackgroundTasks
from cnnviz.app.selection import Selection
from cnnviz.app.widgets.lazy_panel import LazyPanel
from cnnviz.training.debugger.view import Point

if TYPE_CHECKING:
    from cnnviz.app.debugger.panel import DebuggerPanel
    from cnnviz.numerics.checking.operation_check import OperationCheck


class LazyDebuggerPanel(LazyPanel):
    """Creates the panel when it is first shown; until then, keeps the breakpoints to mark."""

    def __init__(self, selection: Selection, style: Style, tasks: BackgroundTasks) -> None:
        super().__init__(self._create, style)
        self._selection, self._tasks = selection, tasks
        self._breakpoints = frozenset[str](), frozenset[str]()
        self._checks: Mapping[str, OperationCheck] = {}
        self._code: Callable[[Point], str] | None = None

    @property
    def panel(self) -> "DebuggerPanel":
        """The panel; the first access creates it."""
        panel: DebuggerPanel = super().panel
        return panel

    def show_breakpoints(self, names: frozenset[str], conditional: frozenset[str]) -> None:
        """Mark operations with dots, and those with a conditional breakpoint with rings."""
        self._breakpoints = names, conditional
        if self._made is not None:
            self.panel.show_breakpoints(names, conditional)

    def show_checks(self, checks: "Mapping[str, OperationCheck]") -> None:
        """Mark the operations that a check of this state found wrong, by their names."""
        self._checks = checks
        if self._made is not None:
            self.panel.show_checks(checks)

    def show_code(self, note: "Callable[[Point], str] | None") -> None:
        """Show the value in a person's script beside each number that is pointed at."""
        self._code = note
        if self._made is not None:
            self.panel.show_code(note)

    def _create(self, style: Style) -> "DebuggerPanel":
        from cnnviz.app.debugger.panel import DebuggerPanel  # noqa: PLC0415  (slow)

        panel = DebuggerPanel(self._selection, style, self._tasks)
        panel.show_breakpoints(*self._breakpoints)
        panel.show_checks(self._checks)
        panel.show_code(self._code)
        return panel
