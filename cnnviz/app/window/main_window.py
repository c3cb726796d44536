"""The main window: panels in docks, fed by the training thread."""

from dataclasses import replace
from functools import cached_property, partial
from typing import Final, Protocol

from PySide6.QtCore import QEvent, QSettings, Qt, Signal, Slot
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QApplication, QDialog, QMainWindow, QWidget

from cnnviz.app.look.icons import window_icon
from cnnviz.app.look.style import Style
from cnnviz.app.look.style_sheet import apply_theme
from cnnviz.app.look.theme import THEMES, Theme, body_font
from cnnviz.app.runtime.background import BackgroundTasks
from cnnviz.app.runtime.settings_file import settings_problem
from cnnviz.app.runtime.training_thread import FramePump, TrainingThread
from cnnviz.app.runtime.unhandled_errors import for_each
from cnnviz.app.selection import Selection
from cnnviz.app.widgets.speed_control import DEFAULT_SPEED
from cnnviz.app.widgets.throttle import Throttle
from cnnviz.app.window import dialogs
from cnnviz.app.window.breakpoint_commands import BreakpointCommands
from cnnviz.app.window.busy_notice import BusyNotice
from cnnviz.app.window.check_commands import CheckCommands
from cnnviz.app.window.closing import Closing
from cnnviz.app.window.debugger_commands import DebuggerCommands
from cnnviz.app.window.docks import Docks
from cnnviz.app.window.panels import Panels
from cnnviz.app.window.download_dialog import Download
from cnnviz.app.window.export_commands import ExportCommands
from cnnviz.app.window.file_commands import FileCommands
from cnnviz.app.window.guide_commands import GuideCommands
from cnnviz.app.window.held_key import HeldKey
from cnnviz.app.window.help_in_place import HelpInPlace
from cnnviz.app.window.iteration_banner import IterationBanner
from cnnviz.app.window.layout_keeper import LayoutKeeper
from cnnviz.app.window.lesson_commands import LessonCommands
from cnnviz.app.window.menus import make_menus
from cnnviz.app.window.moving_commands import MovingCommands
from cnnviz.app.window.notebook_commands import NotebookCommands
from cnnviz.app.window.own_code_commands import OwnCodeCommands
from cnnviz.app.window.palette_commands import PaletteCommands
from cnnviz.app.window.panel_focus import PanelFocus
from cnnviz.app.window.panel_pictures import PanelPictures
from cnnviz.app.window.presentation_size import PresentationSize
from cnnviz.app.window.presenting import Presenting
from cnnviz.app.window.run_commands import RunCommands
from cnnviz.app.window.run_toolbar import RunToolbar
from cnnviz.app.window.session_commands import SessionCommands, SessionsFolder
from cnnviz.app.window.session_notes import SessionNotes
from cnnviz.app.window.status_bar import StatusBar
from cnnviz.app.window.time_commands import TimeCommands
from cnnviz.app.window.workspace_commands import WorkspaceCommands
from cnnviz.data.mnist import download_mnist
from cnnviz.training.loop.frame import Frame
from cnnviz.training.loop.mailbox import Mailbox, Message
from cnnviz.training.loop.training_loop import TrainingLoop
from cnnviz.training.run.trainer import Trainer

_TITLE_INTERVAL: Final = 500
"""Milliseconds between titles while training runs."""


class _ShowsFrames(Protocol):
    def show_frame(self, frame: Frame, /) -> None: ...


class _View(_ShowsFrames, Protocol):
    """A widget that shows frames in a style."""

    def set_style(self, style: Style, /) -> None: ...


class MainWindow(QMainWindow):
    """The main window.

    Parameters
    ----------
    trainer : Trainer
        Used by the training thread alone from now on.
    store : QSettings
        Keeps the layout and the theme.
    download : callable
        Downloads MNIST.
    sessions : callable, optional
        Returns the folder in which everything is kept while it happens; otherwise, it is not.
    """

    frame_shown = Signal(object)
    """Carries the `Frame` that every panel shows now."""

    def __init__(
        self,
        trainer: Trainer,
        theme: Theme,
        store: QSettings,
        download: Download = download_mnist,
        sessions: SessionsFolder | None = None,
    ) -> None:
        super().__init__()
        QApplication.setFont(body_font())  # an earlier window may have left larger type
        self.setObjectName("main-window")
        self.setWindowIcon(window_icon())
        self.setAcceptDrops(True)
        self._store = store
        self._style = Style(theme)
        self.frame: Frame | None = None
        self._title_throttle = Throttle(_TITLE_INTERVAL, self)
        self._title_throttle.due.connect(self._update_title)
        notice = trainer.dataset.notice  # the thread has the trainer after this
        mailbox = Mailbox()
        self.loop = TrainingLoop(trainer, mailbox, sessions)
        self._thread = TrainingThread(self.loop, self)
        thread = self._thread
        self.destroyed.connect(partial(TrainingThread.stop, thread))  # Qt aborts if it still runs
        self._thread.start()  # the first frame is made while the window is
        self._pump = FramePump(mailbox, self)
        self.tasks = BackgroundTasks(self)
        self.destroyed.connect(self.tasks.stop)
        self.selection = Selection(self)
        self._panels = Panels.made(self.selection, self._style, self.tasks)
        self._make_bars(self._style)
        self._docks = Docks(self, self._panels)
        self._presentation_size = PresentationSize(
            self,
            self._set_scale,
            lambda: self.run_toolbar.least_width,
            self._docks.network_area.require_whole,
        )
        self._create_commands(download, sessions)
        self._connect()
        self._apply_style()
        self.resize(1440, 900)
        self._docks.lay_out()
        self._restore(notice)
        self.layout_keeper = LayoutKeeper(
            self,
            self._docks,
            self._store,
            self._other_settings,
            lambda: self.lesson_commands.has_moved_panels,
        )
        self._run_commands.choose_speed(DEFAULT_SPEED)
        # Otherwise Qt would focus the first button, and Space would press it.
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setFocus()

    @property
    def panels(self) -> dict[str, QWidget]:
        """The panels by their name on the command line."""
        return {**self._panels.by_name}

    def bring_up(self, panel: str) -> None:
        """Show a panel by its name, in front of those that share its position."""
        self._docks.bring_up(panel)

    def complete(self) -> None:
        """Create now what is otherwise created after the first picture."""
        self._panels.network.complete()
        self._panels.loss.complete()
        self._panels.predictions.plot_area.complete()

    def set_theme(self, theme: Theme) -> None:
        """Change the colours of everything."""
        self._set_style(replace(self._style, theme=theme))

    def set_presentation(self, on: bool) -> None:
        """Use larger type and strokes, or normal ones, at once."""
        self.actions_.presentation.setChecked(on)
        self._presentation_size.finish()

    @Slot(object)
    def show_frame(self, frame: Frame) -> None:
        """Show a frame in every panel."""
        self.frame = frame
        self._run_commands.show_frame(frame)
        wirings: tuple[_ShowsFrames, ...] = (
            self._busy_notice,
            self._time_commands,
            self.debugger_commands,
            self._breakpoint_commands,
            self._closing,
            self._held_key,
            self._file_commands,
            self._export_commands,
            self.moving,
            self.lesson_commands,
            self.notebook_commands,
            self.guide,
            self.own_code_commands,
        )
        for_each((*self._views, *wirings), lambda view: view.show_frame(frame))
        self.actions_.newest.setEnabled(frame.iteration < frame.last)
        self.actions_.first.setEnabled(frame.iteration > 0)
        self._title_throttle.follow(running=frame.running)
        self.frame_shown.emit(frame)

    @Slot()
    def _update_title(self) -> None:
        if (frame := self.frame) is not None:
            self.setWindowTitle(f"cnnviz – iteration {frame.iteration:,} – {frame.dataset.name}")

    def showEvent(self, event: QShowEvent) -> None:
        """Use larger type if it was used last."""
        super().showEvent(event)
        if not event.spontaneous():
            self._presentation_size.window_shown()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Use larger type if there is room for it."""
        super().resizeEvent(event)
        self._presentation_size.window_resized()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept a notebook or script."""
        if self.notebook_commands.dropped(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Show the notebook or script that is dropped; it is not run."""
        if (path := self.notebook_commands.dropped(event.mimeData())) is not None:
            event.acceptProposedAction()
            self.notebook_commands.open_path(path)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Keep the layout, and end the training thread before anything is destroyed."""
        if not self._closing.may_close():
            event.ignore()
            return
        try:
            self._presentation_size.finish()
            self.own_code_commands.keep()
            self._keep_settings()
            for dialog in self.findChildren(QDialog):
                dialog.close()
        finally:
            self.hide()  # what the thread still has to do may take a second
            self.stop_training()
        super().closeEvent(event)

    def ask_before_closing(self) -> None:
        """Ask the person, from now on, before the window closes and something would be lost."""
        self._closing.asks = True

    def offer_next_steps(self) -> None:
        """Show cards that lead on, from now on: at the start, and when a run stops."""
        self.guide.begin(self._store)

    def close_unasked(self) -> None:
        """Close, whatever is lost by it: nobody is there to be asked."""
        self._closing.asks = False
        self.close()

    def stop_training(self) -> None:
        """End the training thread, and everything that waits for it."""
        self._pump.stop()
        self._closing.stop()
        self._busy_notice.stop()
        self.loop.stop()  # it ends while the others do
        self.tasks.stop()
        self._thread.stop()

    def _keep_settings(self) -> None:
        self.debugger_commands.maximise.setChecked(False)  # the saved layout has every panel
        self.lesson_commands.restore_panels()
        self.layout_keeper.stop()
        self.layout_keeper.keep()

    def _other_settings(self) -> dict[str, object]:
        return {
            "theme": self._style.theme.name,
            "presentation": self.actions_.presentation.isChecked(),
            **self.guide.settings,
        }

    def _set_scale(self, scale: float) -> None:
        self._set_style(replace(self._style, scale=scale))

    def _set_style(self, style: Style) -> None:
        self._style = style
        self._apply_style()
        for_each(self._views, lambda view: view.set_style(style))

    def _apply_style(self) -> None:
        """Use the style for the application, and for what is in no view."""
        application, theme = QApplication.instance(), self._style.theme
        if isinstance(application, QApplication):
            application.setFont(self._style.body_font)
            # Now, so that the layouts need as much as the new type does.
            application.sendPostedEvents(None, QEvent.Type.ApplicationFontChange.value)
            apply_theme(application, theme)
        self.debugger_commands.set_style(self._style)
        self.workspaces.set_style(self._style)
        self.lesson_commands.set_style(self._style)
        self.guide.set_style(self._style)
        self.session_commands.set_style(self._style)
        self.palette_commands.set_style(self._style)
        self.presenting.set_style(self._style)
        self.own_code_commands.set_style(self._style)
        self.actions_.themes[theme.name].setChecked(True)

    @cached_property
    def _views(self) -> tuple[_View, ...]:
        bars = self.run_toolbar, self.iteration_banner, self.status
        return *self._panels.by_name.values(), *bars

    def _make_bars(self, style: Style) -> None:
        self.run_toolbar = RunToolbar(style, self)
        self.iteration_banner = IterationBanner(style, self)
        self.status = StatusBar(style)
        self.addToolBar(self.run_toolbar)
        self.addToolBarBreak()
        self.addToolBar(self.iteration_banner)
        bar = self.statusBar()
        bar.setSizeGripEnabled(False)
        bar.setAccessibleName("Status")
        self.menuBar().setAccessibleName("Menus")
        bar.addPermanentWidget(self.status, 1)

    def _create_commands(self, download: Download, sessions: SessionsFolder | None) -> None:
        """Create the menus, and the objects that turn their actions into commands."""
        loop, docks, panels = self.loop, self._docks, self._panels
        self.actions_ = make_menus(self, self.run_toolbar, docks.all())
        self.workspaces = WorkspaceCommands(self, self.run_toolbar, self.actions_, self._style)
        self._busy_notice = BusyNotice(loop, self.status, self)
        self._closing = Closing(self, loop)
        self._held_key = HeldKey(self)
        self._run_commands = RunCommands(
            self,
            loop,
            panels,
            self.run_toolbar,
            self.status,
            self.selection,
            self._busy_notice,
            self._held_key,
        )
        self._file_commands = FileCommands(
            self, loop, self._busy_notice, self.status, download, self.tasks
        )
        self._export_commands = ExportCommands(
            self, loop, self._busy_notice, self.status, self.tasks
        )
        self._time_commands = TimeCommands(self, loop, self.iteration_banner, docks, panels)
        self.debugger_commands = DebuggerCommands(
            self,
            loop,
            panels.debugger,
            docks["debugger"],
            self.run_toolbar,
            self._busy_notice,
            self._held_key,
        )
        CheckCommands(
            self,
            panels,
            loop,
            self.debugger_commands,
            self._choose_workspace,
            self._file_commands.export,
        )
        self.own_code_commands = OwnCodeCommands(
            self,
            panels,
            loop,
            docks,
            self._choose_workspace,
            self._file_commands.export,
            self._store,
            self._style,
        )
        self.lesson_commands = LessonCommands(
            self,
            loop,
            panels.lesson,
            docks,
            self.debugger_commands,
            self.selection,
            self._busy_notice,
            self._file_commands.export,
        )
        self.notebook_commands = NotebookCommands(
            self,
            loop,
            panels,
            docks,
            self.debugger_commands,
            self.selection,
            self._busy_notice,
            self._choose_workspace,
            self._file_commands.export,
            self._store,
        )
        self.guide = GuideCommands(
            self,
            loop,
            docks,
            self.tasks,
            self.debugger_commands,
            self.lesson_commands,
            self._choose_workspace,
            self._style,
        )
        a = self.actions_
        self.panel_focus = PanelFocus(self, docks, self.panels, a.next_panel, a.previous_panel)
        self.presenting = Presenting(
            self,
            a,
            self.run_toolbar,
            docks,
            self.debugger_commands,
            self.lesson_commands,
            self._style,
        )
        self.help = HelpInPlace(self, docks, panels, self.panel_focus)
        self.moving = MovingCommands(self, loop, self.tasks)
        PanelPictures(self, docks, panels).export_requested.connect(self._file_commands.export)
        self.palette_commands = PaletteCommands(
            self,
            docks,
            panels,
            self.panel_focus,
            self.tasks,
            self.debugger_commands,
            self.lesson_commands,
            self.workspaces,
            self._choose_workspace,
            self._style,
        )
        self._breakpoint_commands = BreakpointCommands(
            docks, panels, loop, self._busy_notice, self.debugger_commands, self._store, self
        )
        self.session_commands = SessionCommands(
            self,
            loop,
            sessions,
            self.tasks,
            self._busy_notice,
            self.status,
            self.guide,
            self._style,
        )
        self._session_notes = SessionNotes(
            self,
            loop,
            docks,
            panels,
            self.selection,
            self.own_code_commands,
            self.lesson_commands,
            self._choose_workspace,
        )
        files = self._file_commands, self._export_commands, self.session_commands
        for wiring in (*files, self._time_commands, self._breakpoint_commands):
            wiring.connect_actions(self.actions_)
        self.menuBar().insertMenu(self.actions_.view.menuAction(), self.debugger_commands.menu)

    def _restore(self, notice: str) -> None:
        self._docks.restore(self._store)
        self.workspaces.show_chosen(self._docks.workspace)
        # INI files give booleans back as text.
        if self._store.value("presentation", False, type=bool):
            self.set_presentation(True)
        problems = settings_problem(self._store), self._breakpoint_commands.restore()
        self._session_notes.begin()
        for text in (notice, *problems):
            if text:
                self.status.show_message(Message(text, lasting=True))

    def _connect(self) -> None:
        self._pump.frame_taken.connect(self.show_frame)
        self._pump.progressed.connect(self.run_toolbar.show_progress)
        self._pump.message_taken.connect(self.status.show_message)
        self._pump.message_taken.connect(self._closing.show_message)
        self._pump.notes_taken.connect(self._session_notes.restore)
        self._pump.saving_progressed.connect(self.status.show_saving)
        self._pump.saving_progressed.connect(self._closing.show_saving)
        self.status.cancel_requested.connect(self.loop.cancel_saving)
        a, p = self.actions_, self._panels
        p.controls.operation_requested.connect(self.debugger_commands.explain_operation)
        p.controls.data_requested.connect(self._show_data_menu)
        p.network.explanation_requested.connect(self.debugger_commands.explain)
        p.network.profile_requested.connect(self._show_filter)
        for lazy in (p.landscape, p.pull, p.filter):
            lazy.made.connect(
                lambda panel: panel.export_requested.connect(self._file_commands.export)
            )
        a.data.addAction(p.loss.held_out)
        draw = a.data.addAction("Draw a digit…")
        draw.triggered.connect(lambda: self.bring_up("drawing"))
        a.data.addAction(p.network.drawing.action)
        p.network.sketch.changed.connect(self._pump.hurry)
        p.network.drawing.action.triggered.connect(lambda: self.bring_up("network"))
        p.network.drawing.keeping_requested.connect(lambda: self.bring_up("drawing"))
        export = self._file_commands.export
        for exporting in (p.loss, p.network, p.predictions):
            exporting.export_requested.connect(export)
        p.debugger.made.connect(lambda panel: panel.export_requested.connect(export))
        self._time_commands.seek.connect(self._run_commands.seek)
        self.status.details_requested.connect(lambda text: dialogs.details(text, self).open())
        a.open_lesson.triggered.connect(self.lesson_commands.open_file)
        a.open_notebook.triggered.connect(self.notebook_commands.open_file)
        a.welcome.triggered.connect(self.guide.show_welcome)
        a.lessons.triggered.connect(lambda: self._choose_workspace("teach"))
        a.export_moving.triggered.connect(lambda: self.moving.open(self._style.theme.name))
        a.quit.triggered.connect(self.close)
        a.presentation.toggled.connect(self._toggle_presentation)
        self.debugger_commands.maximise.toggled.connect(self._maximise_debugger)
        self._docks.arranged.connect(self.debugger_commands.follow_dock)
        self.workspaces.chosen.connect(self._choose_workspace)
        a.reset_layout.triggered.connect(self._reset_layout)
        a.find.triggered.connect(self.palette_commands.open)
        a.explain.triggered.connect(self.help.explain_next_click)
        a.help.triggered.connect(lambda: self.help.explain_focused() or self._show_shortcuts())
        a.shortcuts.triggered.connect(self._show_shortcuts)
        a.about.triggered.connect(lambda: dialogs.about(self).open())
        for theme in THEMES.values():
            a.themes[theme.name].triggered.connect(lambda _on, t=theme: self.set_theme(t))

    @Slot(bool)
    def _toggle_presentation(self, on: bool) -> None:
        if on:
            self._docks.arrange_for_presentation()
            self._presentation_size.start()
        else:
            self._presentation_size.end(self._docks.end_presentation)

    @Slot(bool)
    def _maximise_debugger(self, on: bool) -> None:
        self._presentation_size.finish()
        self._docks.show_debugger_alone(on)
        if not on and self.actions_.presentation.isChecked():
            self._presentation_size.start()  # type that had room beside the debugger alone

    @Slot(str)
    def _choose_workspace(self, name: str) -> None:
        self._presentation_size.finish()
        self.debugger_commands.maximise.setChecked(False)
        self.debugger_commands.keep_position()
        self._docks.choose(name)
        self.workspaces.show_chosen(name)
        if name == "debug":
            self.debugger_commands.show_alone_if_small()
        if self.actions_.presentation.isChecked():
            self._presentation_size.start()  # for the panels of this workspace

    @Slot(int)
    def _show_filter(self, i: int) -> None:
        """Show what a filter responds to."""
        self.bring_up("filter")
        self._panels.filter.panel.choose(i)

    @Slot()
    def _show_data_menu(self) -> None:
        button = self._panels.controls.choose_data
        self.actions_.data.popup(button.mapToGlobal(button.rect().bottomLeft()))

    @Slot()
    def _reset_layout(self) -> None:
        self._presentation_size.finish()
        self.debugger_commands.maximise.setChecked(False)
        self._docks.reset()

    @Slot()
    def _show_shortcuts(self) -> None:
        t = self.run_toolbar
        groups = {
            "Run": [t.run, t.step, t.back, t.reset],
            **self.actions_.with_keys(),
            "Workspaces": [*self.workspaces.actions.values()],
            "Debugger": [*self.debugger_commands.actions.values(), self.debugger_commands.maximise],
        }
        dialogs.shortcuts(list(groups.items()), self).open()
