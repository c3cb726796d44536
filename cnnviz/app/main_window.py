"""The main window: panels in docks, fed by the training thread."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from PySide6.QtCore import QByteArray, QSaveFile, QSettings, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QCloseEvent, QPalette
from PySide6.QtWidgets import (
    QApplication,
    QDialog,
    QDockWidget,
    QFileDialog,
    QMainWindow,
    QWidget,
)

from cnnviz.app import dialogs
from cnnviz.app.actions import make_menus
from cnnviz.app.breakpoint_store import read_breakpoints, write_breakpoints
from cnnviz.app.debugging import Debugging
from cnnviz.app.download import Download, DownloadDialog
from cnnviz.app.icons import window_icon
from cnnviz.app.panels.branches import BranchesPanel
from cnnviz.app.panels.breakpoints import BreakpointsPanel
from cnnviz.app.panels.controls import ControlsPanel
from cnnviz.app.panels.debugger import DebuggerPanel
from cnnviz.app.panels.loss import LossPanel
from cnnviz.app.panels.network import NetworkPanel
from cnnviz.app.panels.predictions import PredictionsPanel
from cnnviz.app.selection import Selection
from cnnviz.app.status import StatusArea
from cnnviz.app.style import apply_theme
from cnnviz.app.theme import GRID, THEMES, Theme, body_font
from cnnviz.app.time_bar import TimeBar
from cnnviz.app.time_travel import TimeTravel
from cnnviz.app.transport import Transport
from cnnviz.app.widgets.speed import DEFAULT_SPEED
from cnnviz.app.worker import FramePump, TrainingThread
from cnnviz.data.mnist import download_mnist, is_cached
from cnnviz.training.breakpoints.breakpoints import Breakpoint, Stop, operations_at, operations_in
from cnnviz.training.frame import Frame
from cnnviz.training.loop import TrainingLoop
from cnnviz.training.mailbox import Mailbox, Message
from cnnviz.training.settings import Settings
from cnnviz.training.trainer import Trainer

LAYOUT_VERSION: Final = 2
"""Of the saved layout; another version's is not restored."""
PRESENTATION_SCALE: Final = 1.6
_PATIENCE: Final = 300
"""Milliseconds after which a command that is still under way is said to be."""

_HIDDEN: Final = frozenset({"debugger"})
"""Panels that are not there at first."""

_Area = Qt.DockWidgetArea


@dataclass(frozen=True, slots=True)
class _Panels:
    """The panels by what they show."""

    controls: ControlsPanel
    network: NetworkPanel
    predictions: PredictionsPanel
    loss: LossPanel
    breakpoints: BreakpointsPanel
    branches: BranchesPanel
    debugger: DebuggerPanel


class MainWindow(QMainWindow):
    """The program's window.

    Parameters
    ----------
    trainer : Trainer
        What to train; it goes over to the training thread.
    theme : Theme
    store : QSettings
        Where the layout and the look are kept.
    download : callable
        How MNIST is fetched when it is asked for.
    """

    frame_shown = Signal(object)
    """A `Frame` has been handed to every panel."""

    def __init__(
        self,
        trainer: Trainer,
        theme: Theme,
        store: QSettings,
        download: Download = download_mnist,
    ) -> None:
        super().__init__()
        QApplication.setFont(body_font())  # a window before may have left larger type
        self.setObjectName("main-window")
        self.setWindowIcon(window_icon())
        self.setDockOptions(
            QMainWindow.DockOption.AllowNestedDocks | QMainWindow.DockOption.AllowTabbedDocks
        )
        self._store = store
        self._theme = theme
        self._download = download
        self.selection = Selection(self)
        self._panels = _Panels(
            ControlsPanel(theme),
            NetworkPanel(self.selection, theme),
            PredictionsPanel(self.selection, theme),
            LossPanel(self.selection, theme),
            BreakpointsPanel(self.selection, theme),
            BranchesPanel(self.selection, theme),
            DebuggerPanel(self.selection, theme),
        )
        self.transport = Transport(theme, self)
        self.time_bar = TimeBar(theme, self)
        self.status = StatusArea(theme)
        self.frame: Frame | None = None
        self._stop: Stop | None = None
        self._unscaled: QByteArray | None = None  # the layout without presentation size
        self._patience = QTimer(self)
        self._patience.setSingleShot(True)
        self._patience.setInterval(_PATIENCE)
        self._patience.timeout.connect(self._say_working)
        self._selected_by = 0  # the command whose frames show the image that was chosen last
        self._make_docks()
        self.actions_ = make_menus(self, self.transport, list(self._docks.values()))
        self.debugging = Debugging(
            self, self._panels.debugger, self._docks["debugger"], self.transport
        )
        self.menuBar().insertMenu(self.actions_.view.menuAction(), self.debugging.menu)
        self._mailbox = Mailbox()
        self.loop = TrainingLoop(trainer, self._mailbox)
        self._thread = TrainingThread(self.loop, self)
        self._pump = FramePump(self._mailbox, self)
        p = self._panels
        self._time = TimeTravel(self, self.loop, self.time_bar, p.network, p.loss, p.branches)
        self._connect()
        self.set_theme(theme)
        self.resize(1440, 900)
        self._default_layout()
        self._default_state = self.saveState(LAYOUT_VERSION)
        self._restore()
        self._restore_breakpoints()
        self._choose_speed(DEFAULT_SPEED)
        # Qt would hand the keyboard to the first button, and Space would press it.
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setFocus()
        self._thread.start()

    @property
    def panels(self) -> dict[str, QWidget]:
        """The panels by the name that the command line has for them."""
        p = self._panels
        return {
            "network": p.network,
            "loss": p.loss,
            "predictions": p.predictions,
            "controls": p.controls,
            "breakpoints": p.breakpoints,
            "branches": p.branches,
            "debugger": p.debugger,
        }

    def set_theme(self, theme: Theme) -> None:
        """Give everything another look."""
        self._theme = theme
        self._apply_theme()
        for part in self._parts():
            part.set_theme(theme)
        self.debugging.set_theme(theme)
        self.actions_.themes[theme.name].setChecked(True)

    @Slot(bool)
    def set_presentation(self, on: bool) -> None:
        """Make type and strokes larger, or normal again."""
        scale = PRESENTATION_SCALE if on else 1.0
        if on and self._unscaled is None:
            self._unscaled = self.saveState(LAYOUT_VERSION)
            self._docks["controls"].hide()  # a class looks at the network; View brings it back
        QApplication.setFont(body_font(scale))
        self._apply_theme()  # what a style sheet has touched takes no new font by itself
        for part in self._parts():
            part.set_scale(scale)
        self.actions_.presentation.setChecked(on)
        if not on and self._unscaled is not None:
            QTimer.singleShot(0, self, self._restore_unscaled)  # once the panels are small again

    @Slot()
    def _restore_unscaled(self) -> None:
        if self._unscaled is not None and not self.actions_.presentation.isChecked():
            self.restoreState(self._unscaled, LAYOUT_VERSION)
            self._unscaled = None

    @Slot(object)
    def show_frame(self, frame: Frame) -> None:
        """Hand a frame to every panel."""
        self.frame = frame
        if frame.done >= self._selected_by:
            self.selection.select_image(frame.image.index)  # the subset may have shrunk
        for part in self._parts():
            part.show_frame(frame)
        self._time.show_frame(frame)
        self.debugging.show_frame(frame)
        self.actions_.newest.setEnabled(frame.iteration < frame.last)
        stop = frame.stopped
        if stop is not None and stop.operation is not None and stop != self._stop:
            self.debugging.open()
        self._stop = stop
        self.actions_.to_cause.setEnabled(stop is not None and stop.back_from is None)
        self.actions_.first.setEnabled(frame.iteration > 0)
        self.setWindowTitle(f"cnnviz – iteration {frame.iteration:,} – {frame.dataset.name}")
        self.frame_shown.emit(frame)

    def closeEvent(self, event: QCloseEvent) -> None:
        """Keep the layout, and end the training thread before anything is destroyed."""
        self.debugging.room.setChecked(False)  # the layout that is kept has every panel
        self._store.setValue("geometry", self.saveGeometry())
        self._store.setValue("state", self._unscaled or self.saveState(LAYOUT_VERSION))
        self._store.setValue("theme", self._theme.name)
        self._store.setValue("presentation", self.actions_.presentation.isChecked())
        self._store.sync()
        for dialog in self.findChildren(QDialog):
            dialog.close()
        self._pump.stop()
        self._patience.stop()
        self._thread.stop()
        super().closeEvent(event)

    def _apply_theme(self) -> None:
        application = QApplication.instance()
        if isinstance(application, QApplication):
            apply_theme(application, self._theme)

    def _parts(
        self,
    ) -> tuple[
        ControlsPanel,
        NetworkPanel,
        PredictionsPanel,
        LossPanel,
        BreakpointsPanel,
        BranchesPanel,
        DebuggerPanel,
        Transport,
        TimeBar,
        StatusArea,
    ]:
        p, bars = self._panels, (self.transport, self.time_bar, self.status)
        panels = p.controls, p.network, p.predictions, p.loss, p.breakpoints
        return *panels, p.branches, p.debugger, *bars

    def _make_docks(self) -> None:
        self._docks: dict[str, QDockWidget] = {}
        for name, panel in self.panels.items():
            dock = QDockWidget(name.title(), self)
            dock.setObjectName(f"dock-{name}")
            panel.setBackgroundRole(QPalette.ColorRole.Base)
            panel.setAutoFillBackground(True)
            dock.setWidget(panel)
            self._docks[name] = dock
        self.addToolBar(self.transport)
        self.addToolBarBreak()
        self.addToolBar(self.time_bar)
        bar = self.statusBar()
        bar.setSizeGripEnabled(False)
        bar.addPermanentWidget(self.status, 1)
        for corner, area in (
            (Qt.Corner.TopLeftCorner, _Area.LeftDockWidgetArea),
            (Qt.Corner.BottomLeftCorner, _Area.LeftDockWidgetArea),
            (Qt.Corner.TopRightCorner, _Area.RightDockWidgetArea),
            (Qt.Corner.BottomRightCorner, _Area.RightDockWidgetArea),
        ):
            self.setCorner(corner, area)

    def _default_layout(self) -> None:
        docks = self._docks
        for name, dock in docks.items():
            dock.setFloating(False)
            dock.setVisible(name not in _HIDDEN)
        self.addDockWidget(_Area.LeftDockWidgetArea, docks["controls"])
        self.splitDockWidget(docks["controls"], docks["network"], Qt.Orientation.Horizontal)
        self.splitDockWidget(docks["network"], docks["predictions"], Qt.Orientation.Horizontal)
        self.splitDockWidget(docks["network"], docks["loss"], Qt.Orientation.Vertical)
        self.tabifyDockWidget(docks["predictions"], docks["branches"])
        docks["branches"].hide()  # until there is more than one, or it is asked for
        self.tabifyDockWidget(docks["network"], docks["debugger"])
        self.resizeDocks(
            [docks["controls"], docks["network"], docks["predictions"]],
            [34 * GRID, 98 * GRID, 45 * GRID],
            Qt.Orientation.Horizontal,
        )
        self.resizeDocks(
            [docks["network"], docks["loss"]], [66 * GRID, 30 * GRID], Qt.Orientation.Vertical
        )
        self.tabifyDockWidget(docks["predictions"], docks["breakpoints"])
        docks["breakpoints"].hide()  # the first launch is about what is learnt

    def _restore(self) -> None:
        geometry, state = self._store.value("geometry"), self._store.value("state")
        if isinstance(geometry, QByteArray):
            self.restoreGeometry(geometry)
        if isinstance(state, QByteArray):
            self.restoreState(state, LAYOUT_VERSION)
        # INI files give booleans back as text.
        self.set_presentation(bool(self._store.value("presentation", False, type=bool)))

    def _connect(self) -> None:
        self._pump.frame_taken.connect(self.show_frame)
        self._pump.progressed.connect(self.transport.show_progress)
        self._pump.message_taken.connect(self.status.show_message)
        self.selection.image_changed.connect(self._select)
        t, a, p = self.transport, self.actions_, self._panels
        t.reset.triggered.connect(self.loop.reset)
        t.back.triggered.connect(self.loop.back)
        t.step.triggered.connect(self.loop.step)
        t.run.triggered.connect(self._run_or_pause)
        for action in (t.run, t.step):
            action.triggered.connect(self.status.recall_notice)
        t.speed.speed_chosen.connect(self._choose_speed)
        p.controls.speed.speed_chosen.connect(self._choose_speed)
        p.controls.settings_chosen.connect(self._change)
        p.controls.data_asked_for.connect(self._show_data_menu)
        p.loss.seek.connect(self._seek)
        p.breakpoints.breakpoints_chosen.connect(self._set_breakpoints)
        p.debugger.breakpoint_toggled.connect(p.breakpoints.toggle_operation)
        p.breakpoints.cause_asked_for.connect(self._run_back_to_cause)
        a.breakpoints.triggered.connect(self._show_breakpoints)
        a.to_cause.triggered.connect(p.breakpoints.run_back)
        self._time.seek.connect(self._seek)
        self._time.connect_actions(a)
        self.debugging.connect_to(self.loop)
        self.status.details_asked_for.connect(self._show_details)
        a.open_run.triggered.connect(self._open_run)
        a.save_run.triggered.connect(self._save_run)
        a.save_picture.triggered.connect(self._save_picture)
        a.bundled.triggered.connect(self._load_bundled)
        a.mnist.triggered.connect(self._load_mnist)
        a.data_file.triggered.connect(self._load_file)
        a.data_folder.triggered.connect(self._load_folder)
        a.quit.triggered.connect(self.close)
        a.presentation.toggled.connect(self.set_presentation)
        a.reset_layout.triggered.connect(self._reset_layout)
        a.shortcuts.triggered.connect(self._show_shortcuts)
        a.about.triggered.connect(self._show_about)
        for theme in THEMES.values():
            a.themes[theme.name].triggered.connect(lambda _on, t=theme: self.set_theme(t))

    @Slot()
    def _run_or_pause(self) -> None:
        if self.transport.running:
            self.loop.pause()
        else:
            self.loop.start()

    @Slot(int)
    def _select(self, image: int) -> None:
        self._selected_by = self.loop.select(image)

    @Slot(int)
    def _seek(self, iteration: int) -> None:
        self._panels.loss.expect(self._long(self.loop.go_to(iteration)))

    def _long(self, command: int) -> int:
        """Say so where this command takes its time."""
        self._patience.start()
        return command

    @Slot()
    def _say_working(self) -> None:
        if self.frame is not None and self.frame.done < self.loop.sent:
            self.status.show_working()

    @Slot(object)
    def _change(self, settings: Settings) -> None:
        self._panels.controls.expect(self._long(self.loop.change(settings)))

    def _restore_breakpoints(self) -> None:
        kept, problem = read_breakpoints(self._store)
        self._panels.breakpoints.restore(kept)
        if problem:
            self.status.show_message(Message(problem))

    @Slot(object)
    def _set_breakpoints(self, breakpoints: tuple[Breakpoint, ...]) -> None:
        self._panels.breakpoints.expect(self.loop.set_breakpoints(breakpoints))
        marked, others = operations_at(breakpoints), operations_in(breakpoints)
        self._panels.debugger.show_breakpoints(marked, others)
        write_breakpoints(self._store, breakpoints)

    @Slot(int)
    def _run_back_to_cause(self, number: int) -> None:
        self._long(self.loop.back_to_cause(number))

    @Slot()
    def _show_breakpoints(self) -> None:
        dock = self._docks["breakpoints"]
        dock.show()
        dock.raise_()
        self._panels.breakpoints.edit_first()

    @Slot(object)
    def _choose_speed(self, speed: float | None) -> None:
        self.loop.pace(speed)
        self.transport.speed.show_speed(speed)
        self._panels.controls.speed.show_speed(speed)

    @Slot()
    def _show_data_menu(self) -> None:
        button = self._panels.controls.choose_data
        self.actions_.data.popup(button.mapToGlobal(button.rect().bottomLeft()))

    @Slot()
    def _load_bundled(self) -> None:
        self._long(self.loop.load("bundled"))

    @Slot()
    def _load_mnist(self) -> None:
        if is_cached():
            self._long(self.loop.load("mnist"))
            return
        dialog = DownloadDialog(self._download, self)
        dialog.accepted.connect(self._load_downloaded)
        dialog.open()

    @Slot()
    def _load_downloaded(self) -> None:
        self._long(self.loop.load("mnist"))

    @Slot()
    def _load_file(self) -> None:
        path, _ = QFileDialog.getOpenFileName(
            self, "Open digits: an IDX images file with its labels beside it, or mnist.npz"
        )
        if path:
            self._long(self.loop.load(path))

    @Slot()
    def _load_folder(self) -> None:
        if path := QFileDialog.getExistingDirectory(self, "Open a folder with MNIST's files"):
            self._long(self.loop.load(path))

    @Slot()
    def _open_run(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Open run", "", "Runs (*.npz)")
        if path:
            self._long(self.loop.open_run(Path(path)))

    @Slot()
    def _save_run(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self, "Save run", "run.npz", "Runs (*.npz)")
        if path:
            self._long(self.loop.save_run(Path(path).with_suffix(Path(path).suffix or ".npz")))

    @Slot()
    def _save_picture(self) -> None:
        picture = self.grab()
        path, _ = QFileDialog.getSaveFileName(self, "Save picture", "cnnviz.png", "PNG (*.png)")
        if path:
            path = str(Path(path).with_suffix(Path(path).suffix or ".png"))
            file = QSaveFile(path)  # an older picture stays whole until the new one is there
            opened = file.open(QSaveFile.OpenModeFlag.WriteOnly)
            saved = opened and picture.save(file, "PNG") and file.commit()
            self.status.show_message(
                Message(f"Saved {path}." if saved else f"{path} cannot be written: try elsewhere.")
            )

    @Slot()
    def _reset_layout(self) -> None:
        self.debugging.room.setChecked(False)
        self.restoreState(self._default_state, LAYOUT_VERSION)
        self._default_layout()

    @Slot(str)
    def _show_details(self, text: str) -> None:
        self._show(dialogs.details(text, self))

    @Slot()
    def _show_shortcuts(self) -> None:
        t = self.transport
        debugging = [*self.debugging.actions.values(), self.debugging.room]
        keys = [t.run, t.step, t.back, t.reset, *self.actions_.with_keys(), *debugging]
        self._show(dialogs.shortcuts(keys, self))

    @Slot()
    def _show_about(self) -> None:
        self._show(dialogs.about(self))

    def _show(self, dialog: QDialog) -> None:
        dialog.open()
