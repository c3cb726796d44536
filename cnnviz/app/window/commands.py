"""Every command of a window, created and connected to its menus, bars and panels."""

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Slot

from cnnviz.app.look.style import Style
from cnnviz.app.widgets.view import HasStyle, ShowsFrames
from cnnviz.app.window.breakpoint_commands import BreakpointCommands
from cnnviz.app.window.check_commands import CheckCommands
from cnnviz.app.window.closing import Closing
from cnnviz.app.window.debugger_commands import DebuggerCommands
from cnnviz.app.window.export_commands import ExportCommands
from cnnviz.app.window.file_commands import FileCommands
from cnnviz.app.window.guide_commands import GuideCommands
from cnnviz.app.window.held_key import HeldKey
from cnnviz.app.window.help_in_place import HelpInPlace
from cnnviz.app.window.layout_commands import LayoutCommands
from cnnviz.app.window.lesson_commands import LessonCommands
from cnnviz.app.window.moving_commands import MovingCommands
from cnnviz.app.window.notebook_commands import NotebookCommands
from cnnviz.app.window.own_code_commands import OwnCodeCommands
from cnnviz.app.window.panel_focus import PanelFocus
from cnnviz.app.window.panel_pictures import PanelPictures
from cnnviz.app.window.panel_resizing import PanelResizing
from cnnviz.app.window.parts import Parts
from cnnviz.app.window.presenting import Presenting
from cnnviz.app.window.run_commands import RunCommands
from cnnviz.app.window.session_commands import SessionCommands, SessionsFolder
from cnnviz.app.window.session_notes import SessionNotes
from cnnviz.app.window.time_commands import TimeCommands
from cnnviz.app.window.undo_commands import UndoCommands
from cnnviz.app.window.workspace_commands import WorkspaceCommands

if TYPE_CHECKING:
    from cnnviz.app.window.palette_commands import PaletteCommands


class Commands(QObject):
    """The objects that turn a person's actions in a window into commands.

    `set_scale` scales everything in the window; 1 is the normal size. `sessions` returns the folder
    of the sessions, and is None if none is kept.
    """

    def __init__(
        self,
        parts: Parts,
        set_scale: Callable[[float], None],
        sessions: SessionsFolder | None,
    ) -> None:
        super().__init__(parts.window)
        self._window, self._parts = parts.window, parts
        self._create_run_commands()
        self.workspaces = WorkspaceCommands(parts)
        self.layout = LayoutCommands(parts, self.debugger, self.workspaces, set_scale)
        self._create_view_commands(sessions)
        self._connect_menus()
        self._connect_panels()

    @property
    def following(self) -> tuple[ShowsFrames, ...]:
        """The commands that follow the frames, in this order."""
        return (
            self._parts.busy_notice,
            self.undo,
            self.time,
            self.debugger,
            self.breakpoints,
            self.closing,
            self.held_key,
            self.files,
            self.exports,
            self.moving,
            self.lessons,
            self.notebook,
            self.guide,
            self.own_code,
        )

    @cached_property
    def palette(self) -> "PaletteCommands":
        """The commands of the palette, created when it is first opened."""
        from cnnviz.app.window.palette_commands import PaletteCommands  # noqa: PLC0415  (slow)

        return PaletteCommands(
            self._parts,
            self.panel_focus,
            self.breakpoints,
            self.debugger,
            self.lessons,
            self.workspaces,
        )

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        styled: tuple[HasStyle, ...] = (
            self.debugger,
            self.workspaces,
            self.lessons,
            self.guide,
            self.own_code,
        )
        for commands in styled:
            commands.set_style(style)

    def _create_run_commands(self) -> None:
        """Create the commands of the run, of its files and of the debugger."""
        parts = self._parts
        self.exports = ExportCommands(parts)
        self.closing = Closing(self._window, parts.loop, self.exports)
        self.held_key = HeldKey(self._window)
        self.run = RunCommands(parts, self.held_key)
        self.files = FileCommands(parts)
        self.undo = UndoCommands(parts)
        self.time = TimeCommands(parts)
        self.debugger = DebuggerCommands(parts, self.held_key)
        self.breakpoints = BreakpointCommands(parts, self.debugger)

    def _create_view_commands(self, sessions: SessionsFolder | None) -> None:
        """Create the commands of the other panels, of cards and of dialogs."""
        parts, debugger = self._parts, self.debugger
        CheckCommands(parts, debugger)
        self.own_code = OwnCodeCommands(parts)
        self.lessons = LessonCommands(parts, debugger)
        self.notebook = NotebookCommands(parts, debugger)
        self.guide = GuideCommands(parts, debugger, self.lessons)
        self.panel_focus = PanelFocus(parts)
        Presenting(parts, debugger, self.lessons)
        self.help = HelpInPlace(parts, self.panel_focus)
        self.moving = MovingCommands(parts)
        self.resizing = PanelResizing(parts, self.panel_focus)
        pictures = PanelPictures(parts, self.panel_focus)
        pictures.resizing_requested.connect(self.resizing.begin)
        self.sessions = SessionCommands(parts, sessions, self.guide)
        self.session_notes = SessionNotes(parts, self.breakpoints, self.own_code, self.lessons)

    def _connect_menus(self) -> None:
        window, a = self._window, self._parts.actions
        window.menuBar().insertMenu(a.view.menuAction(), self.debugger.menu)
        a.open_lesson.triggered.connect(self.lessons.open_file)
        a.open_notebook.triggered.connect(self.notebook.open_file)
        a.welcome.triggered.connect(self.guide.show_welcome)
        a.lessons.triggered.connect(lambda: self.layout.choose_workspace("teach"))
        a.find.triggered.connect(lambda: self.palette.open())  # noqa: PLW0108  (made then)
        a.explain.triggered.connect(self.help.explain_next_click)
        a.help.triggered.connect(lambda: self.help.explain_focused() or self._show_shortcuts())
        a.shortcuts.triggered.connect(self._show_shortcuts)
        a.messages.triggered.connect(self._show_messages)
        a.about.triggered.connect(self._show_about)
        a.quit.triggered.connect(window.close)

    def _connect_panels(self) -> None:
        panels, docks, data = self._parts.panels, self._parts.docks, self._parts.actions.data
        status = self._parts.status
        controls, network = panels.controls, panels.network
        status.cancel_requested.connect(self._parts.loop.files.cancel)
        status.details_requested.connect(self._show_details)
        controls.operation_requested.connect(self.debugger.explain_operation)
        controls.data_requested.connect(self._show_data_menu)
        network.explanation_requested.connect(self.debugger.explain)
        network.profile_requested.connect(self._show_filter)
        data.addAction(panels.loss.held_out)
        data.addAction("Draw a digit…").triggered.connect(lambda: docks.bring_up("drawing"))
        data.addAction(network.drawing.action)
        network.drawing.action.triggered.connect(lambda: docks.bring_up("network"))
        network.drawing.keeping_requested.connect(lambda: docks.bring_up("drawing"))
        self.time.seek.connect(self.run.seek)

    @Slot(int)
    def _show_filter(self, i: int) -> None:
        """Show what a filter responds to."""
        self._parts.docks.bring_up("filter")
        self._parts.panels.filter.panel.choose(i)

    @Slot()
    def _show_data_menu(self) -> None:
        button = self._parts.panels.controls.choose_data
        self._parts.actions.data.popup(button.mapToGlobal(button.rect().bottomLeft()))

    # Dialogs are imported when the first one is opened.

    @Slot()
    def _show_about(self) -> None:
        from cnnviz.app.window import dialogs  # noqa: PLC0415

        dialogs.about(self._window).open()

    @Slot(str)
    def _show_details(self, text: str) -> None:
        from cnnviz.app.window import dialogs  # noqa: PLC0415

        dialogs.details(text, self._window).open()

    @Slot()
    def _show_messages(self) -> None:
        from cnnviz.app.window import dialogs  # noqa: PLC0415

        text = self._parts.status.earlier or "There has been none yet."
        dialogs.details(text, self._window, "Messages").open()

    @Slot()
    def _show_shortcuts(self) -> None:
        from cnnviz.app.window import dialogs  # noqa: PLC0415

        t = self._parts.run_toolbar
        groups = {
            "Run": [t.run, t.step, t.back, t.reset],
            **self._parts.actions.with_keys(),
            "Workspaces": [*self.workspaces.actions.values()],
            "Debugger": [*self.debugger.actions.values(), self.debugger.maximise],
        }
        dialogs.shortcuts(list(groups.items()), self._window).open()
