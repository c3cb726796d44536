"""Connects the panels of the Check workspace to the rest of the window."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from cnnviz.app.widgets.export import Export
from cnnviz.app.widgets.lazy_panel import LazyPanel
from cnnviz.app.window.debugger_commands import DebuggerCommands
from cnnviz.training.debugger.view import Point

if TYPE_CHECKING:
    from cnnviz.app.check.panel import CheckPanel


class CheckCommands(QObject):
    """Shows in the debugger what a check has found.

    Parameters
    ----------
    choose_workspace : callable
        Changes to a workspace by its name.
    export : callable
        Asks for a file, and writes an export to it.
    """

    def __init__(
        self,
        parent: QObject,
        lazy_panel: LazyPanel,
        debugger: DebuggerCommands,
        choose_workspace: Callable[[str], None],
        export: Callable[[Export], None],
    ) -> None:
        super().__init__(parent)
        self._export = export
        self._debugger, self._choose_workspace = debugger, choose_workspace
        lazy_panel.made.connect(self._connect_panel)

    @Slot(object)
    def _connect_panel(self, panel: "CheckPanel") -> None:
        panel.cell_requested.connect(self._show_cell)
        panel.export_requested.connect(self._export)

    @Slot(object)
    def _show_cell(self, point: Point) -> None:
        self._choose_workspace("debug")
        self._debugger.explain(point)
