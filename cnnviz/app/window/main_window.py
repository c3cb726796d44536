"""The main window: panels in docks, fed by the training thread."""

from dataclasses import replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QCoreApplication, QEvent, QSettings, Qt, Signal, Slot
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDropEvent,
    QKeyEvent,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QApplication, QDialog, QMainWindow

from cnnviz.app.look.icons import window_icon
from cnnviz.app.look.style import Style
from cnnviz.app.look.style_sheet import apply_theme
from cnnviz.app.look.theme import THEMES, Theme, body_font
from cnnviz.app.look.type_size import follow_type
from cnnviz.app.runtime.background import BackgroundTasks
from cnnviz.app.runtime.settings_file import copy_damaged, settings_problem
from cnnviz.app.runtime.training_thread import FramePump, TrainingThread
from cnnviz.app.runtime.unhandled_errors import for_each
from cnnviz.app.selection import Selection
from cnnviz.app.widgets.speed_control import DEFAULT_SPEED
from cnnviz.app.widgets.throttle import Throttle
from cnnviz.app.widgets.view import View
from cnnviz.app.window.busy_notice import BusyNotice
from cnnviz.app.window.commands import Commands
from cnnviz.app.window.docks import Docks
from cnnviz.app.window.iteration_banner import IterationBanner
from cnnviz.app.window.layout_keeper import LayoutKeeper
from cnnviz.app.window.menus import Actions
from cnnviz.app.window.panel_focus import is_seen
from cnnviz.app.window.parts import Parts
from cnnviz.app.window.run_toolbar import RunToolbar
from cnnviz.app.window.session_commands import SessionsFolder
from cnnviz.app.window.status_bar import StatusBar
from cnnviz.training.loop.frame import Frame
from cnnviz.training.loop.mailbox import Mailbox, Message
from cnnviz.training.loop.training_loop import TrainingLoop
from cnnviz.training.run.trainer import Trainer

if TYPE_CHECKING:
    from cnnviz.app.widgets.export import Export

_TITLE_INTERVAL: Final = 500
"""Milliseconds between titles while training runs."""


class MainWindow(QMainWindow):
    """The main window.

    `trainer` is used by the training thread alone from now on. `sessions` returns the folder of the
    sessions; without it, none is kept.
    """

    frame_shown = Signal(object)
    """Carries the `Frame` that every panel shows now."""

    def __init__(
        self,
        trainer: Trainer,
        theme: Theme,
        store: QSettings,
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
        # The thread has the trainer after this.
        notice, self._is_new = trainer.dataset.notice, trainer.iteration == 0
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
        self._make_bars(self._style)
        self._docks = Docks(self)
        self.panels = self._docks.make_panels(self.selection, self._style, self.tasks)
        self.actions_ = Actions(self, self.run_toolbar, self._docks.all())
        self._busy_notice = BusyNotice(self.loop, self.status, self)
        parts = Parts(
            self,
            self.loop,
            self.tasks,
            self.selection,
            store,
            self.panels,
            self._docks,
            self.actions_,
            self.run_toolbar,
            self.iteration_banner,
            self.status,
            self._busy_notice,
            lambda: self._style,
            lambda name: self.commands.layout.choose_workspace(name),  # noqa: PLW0108  (made later)
        )
        self.commands = Commands(parts, self._set_scale, sessions)
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
            lambda: self.commands.lessons.has_moved_panels,
        )
        self.commands.run.choose_speed(DEFAULT_SPEED)
        # Otherwise Qt would focus the first button, and Space would press it.
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setFocus()

    def bring_up(self, panel: str) -> None:
        """Show a panel by its name, in front of those that share its position."""
        self._docks.bring_up(panel)

    def complete(self, panel: str | None = None) -> None:
        """Create now what is otherwise created after the first picture: in one panel, or in all."""
        panels = self.panels
        for name, part in (
            ("network", panels.network),
            ("loss", panels.loss),
            ("predictions", panels.predictions.plot_area),
        ):
            if panel in (None, name):
                part.complete()

    def set_theme(self, theme: Theme) -> None:
        """Change the colours of everything."""
        self._set_style(replace(self._style, theme=theme))

    def set_presentation(self, on: bool) -> None:
        """Use larger type and strokes, or normal ones, at once."""
        self.commands.layout.set_presentation(on)

    @Slot(object)
    def show_frame(self, frame: Frame) -> None:
        """Show a frame in every panel."""
        is_first, self.frame = self.frame is None, frame
        self.commands.run.show_frame(frame)
        following = (*self._views, *self.commands.following)
        for_each(following, lambda one: one.show_frame(frame))
        self._title_throttle.follow(running=frame.running)
        if is_first:
            self._lay_out_now()
        self.frame_shown.emit(frame)

    def _lay_out_now(self) -> None:
        """Lay out the first frame before it is painted, not after."""
        for _ in range(3):  # one layout makes another one necessary
            QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest.value)

    @Slot()
    def _update_title(self) -> None:
        if (frame := self.frame) is not None:
            self.setWindowTitle(f"cnnviz – iteration {frame.iteration:,} – {frame.dataset.name}")

    def showEvent(self, event: QShowEvent) -> None:
        """Use larger type if it is on; the first time, the debugger alone in a small window."""
        super().showEvent(event)
        if not event.spontaneous():
            self.commands.layout.window_shown()

    def focusNextPrevChild(self, forwards: bool) -> bool:
        """Give the next control the keyboard, but none of a panel that is behind another tab."""
        found = super().focusNextPrevChild(forwards)
        start = focus = QApplication.focusWidget()
        while found and focus is not None and not is_seen(self, focus):
            found = super().focusNextPrevChild(forwards)
            focus = QApplication.focusWidget()
            if focus is start:
                break
        return found

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Use larger type if it fits."""
        super().resizeEvent(event)
        self.commands.layout.size.window_resized()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept a notebook or script."""
        if self.commands.notebook.dropped(event.mimeData()) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        """Show the notebook or script that is dropped; it is not run."""
        if (path := self.commands.notebook.dropped(event.mimeData())) is not None:
            event.acceptProposedAction()
            self.commands.notebook.open_path(path)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Keep the layout, and end the training thread before anything is destroyed."""
        event.ignore()  # also if the question cannot be asked
        if not self.commands.closing.may_close():
            return
        event.accept()
        try:
            self.commands.layout.size.finish()
            self.commands.own_code.keep()
            self._keep_settings()
            for dialog in self.findChildren(QDialog):
                dialog.close()
        finally:
            self.hide()  # the thread may need another second
            self.stop_training()
        super().closeEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Close a card on Esc, unless the focused widget uses that key."""
        if event.key() != Qt.Key.Key_Escape or not self.commands.guide.dismiss():
            super().keyPressEvent(event)

    def ask_where_to_export(self, export: "Export") -> None:
        """Ask where to write a picture or a plot of a panel, and as what."""
        self.commands.exports.export(export)

    def ask_before_closing(self) -> None:
        """Ask the person, from now on, before the window closes and something would be lost."""
        self.commands.closing.asks = True

    def offer_next_steps(self) -> None:
        """Show cards with a next step, from now on: when a run stops, and first if it is new."""
        self.commands.guide.begin(self._store, welcomes=self._is_new)

    def close_unasked(self) -> None:
        """Close without a question, even if something is lost."""
        self.commands.closing.asks = False
        self.close()

    def stop_training(self) -> None:
        """End the training thread, and everything that waits for it."""
        self._pump.stop()
        self.commands.closing.stop()
        self.commands.sessions.stop()
        self._busy_notice.stop()
        self.commands.layout.size.stop()  # the debugger may have begun to grow
        self.loop.stop()  # it ends while the others do
        self.tasks.stop()
        self._thread.stop()

    def _keep_settings(self) -> None:
        self.commands.debugger.maximise.setChecked(False)  # the saved layout has every panel
        self.commands.lessons.restore_panels()
        self.layout_keeper.stop()
        self.layout_keeper.keep()

    def _other_settings(self) -> dict[str, object]:
        return {
            "theme": self._style.theme.name,
            "presentation": self.actions_.presentation.isChecked(),
            **self.commands.guide.settings,
        }

    def _set_scale(self, scale: float) -> None:
        self._set_style(replace(self._style, scale=scale))

    def _set_style(self, style: Style) -> None:
        self._style = style
        self._apply_style()
        for_each(self._views, lambda view: view.set_style(style))

    def _apply_style(self) -> None:
        """Use the style for the application, and for everything outside the views."""
        application, theme = QApplication.instance(), self._style.theme
        if isinstance(application, QApplication):
            application.setFont(self._style.body_font)
            follow_type(application)
            # Now, so that the layouts need as much as the new type does.
            application.sendPostedEvents(None, QEvent.Type.ApplicationFontChange.value)
            apply_theme(application, theme)
        self.commands.set_style(self._style)
        self.actions_.themes[theme.name].setChecked(True)

    @cached_property
    def _views(self) -> tuple[View, ...]:
        bars = self.run_toolbar, self.iteration_banner, self.status
        return *self.panels.by_name.values(), *bars

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

    def _restore(self, notice: str) -> None:
        self._docks.restore(self._store)
        self.commands.workspaces.show_chosen(self._docks.workspace)
        # INI files give booleans back as text.
        if self._store.value("presentation", False, type=bool):
            self.set_presentation(True)
        damaged, problem = copy_damaged(self._store), settings_problem(self._store)
        problems = damaged, problem, self.commands.breakpoints.restore()
        self.commands.session_notes.begin()
        for text in (notice, *problems):
            if text:
                self.status.show_message(Message(text, lasting=True))

    def _connect(self) -> None:
        commands, pump = self.commands, self._pump
        pump.frame_taken.connect(self.show_frame)
        pump.progressed.connect(self.run_toolbar.show_progress)
        pump.message_taken.connect(self.status.show_message)
        pump.message_taken.connect(commands.closing.show_message)
        pump.notes_taken.connect(commands.session_notes.restore)
        pump.saving_progressed.connect(self.status.show_saving)
        pump.saving_progressed.connect(commands.closing.show_saving)
        self.panels.network.sketch.changed.connect(pump.hurry)
        for theme in THEMES.values():
            action = self.actions_.themes[theme.name]
            action.triggered.connect(lambda _on, theme=theme: self.set_theme(theme))
