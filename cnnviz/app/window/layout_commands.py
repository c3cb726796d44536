"""Commands that change the layout: workspaces, presentation size, the maximised debugger."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Slot

from cnnviz.app.window.debugger_commands import DebuggerCommands
from cnnviz.app.window.panel_focus import keeping_keyboard
from cnnviz.app.window.parts import Parts
from cnnviz.app.window.presentation_size import PresentationSize
from cnnviz.app.window.workspace_commands import WorkspaceCommands


class LayoutCommands(QObject):
    """Changes the layout, and keeps larger type only while it fits.

    `set_scale` scales everything in the window; 1 is the normal size.
    """

    def __init__(
        self,
        parts: Parts,
        debugger: DebuggerCommands,
        workspaces: WorkspaceCommands,
        set_scale: Callable[[float], None],
    ) -> None:
        super().__init__(parts.window)
        self._window = window = parts.window
        docks, actions, toolbar = parts.docks, parts.actions, parts.run_toolbar
        self._docks, self._debugger, self._workspaces = docks, debugger, workspaces
        self._presentation = actions.presentation
        self._was_shown = False
        self.size = PresentationSize(
            window, set_scale, lambda: toolbar.least_width, docks.require_space
        )
        """Changes the size of type."""
        actions.presentation.toggled.connect(self._toggle_presentation)
        actions.reset_layout.triggered.connect(self._reset)
        debugger.maximise.toggled.connect(self._maximise_debugger)
        docks.arranged.connect(debugger.follow_dock)
        docks.arranged.connect(self.size.panels_changed)
        for dock in docks.all():
            dock.toggleViewAction().toggled.connect(self.size.panels_changed)
        workspaces.chosen.connect(self.choose_workspace)

    @Slot(str)
    def choose_workspace(self, name: str) -> None:
        """Change to a workspace by its name."""
        self.size.finish()
        with keeping_keyboard(self._window):
            self._debugger.maximise.setChecked(False)
            self._debugger.keep_position()
            self._docks.choose(name)
            self._workspaces.show_chosen(name)
            if name == "debug":
                self._debugger.show_alone_if_small()
        if self._presentation.isChecked():
            self.size.start()  # for the panels of this workspace

    def set_presentation(self, on: bool) -> None:
        """Use larger type and strokes, or normal ones, at once."""
        self._presentation.setChecked(on)
        self.size.finish()

    def window_shown(self) -> None:
        """Use larger type if it is on; the first time, the debugger alone in a small window."""
        first, self._was_shown = not self._was_shown, True
        if first and self._docks.workspace == "debug":
            self._debugger.show_alone_if_small()
        self.size.window_shown()

    @Slot(bool)
    def _toggle_presentation(self, on: bool) -> None:
        if on:
            with keeping_keyboard(self._window):
                self._docks.arrange_for_presentation()
            self.size.start()
        else:
            self.size.end(self._end_presentation)

    def _end_presentation(self) -> None:
        with keeping_keyboard(self._window):
            self._docks.end_presentation()

    @Slot(bool)
    def _maximise_debugger(self, on: bool) -> None:
        self.size.finish()
        with keeping_keyboard(self._window):
            self._docks.show_debugger_alone(on)
        if not on and self._presentation.isChecked():
            self.size.start()  # type that fitted beside the debugger alone

    @Slot()
    def _reset(self) -> None:
        self.size.finish()
        self._debugger.maximise.setChecked(False)
        with keeping_keyboard(self._window):
            self._docks.reset()
