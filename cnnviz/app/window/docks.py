"""The panels' docks, and their layout."""

from dataclasses import fields
from typing import Final

from PySide6.QtCore import QByteArray, QObject, QSettings, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QPalette
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QWidget

from cnnviz.app.look.style import Style
from cnnviz.app.look.style_sheet import use_normal_weight
from cnnviz.app.look.theme import GRID
from cnnviz.app.runtime.background import BackgroundTasks
from cnnviz.app.selection import Selection
from cnnviz.app.widgets.lazy_panel import LazyPanel
from cnnviz.app.widgets.panel_area import PanelArea
from cnnviz.app.window.panels import Panels
from cnnviz.app.window.presentation_size import keeping_size
from cnnviz.app.window.workspaces import WORKSPACES, Workspace

LAYOUT_VERSION: Final = 4
"""The version of the saved layout; one of another version is not restored."""

_BESIDE: Final = (
    *("loss", "predictions", "controls", "branches", "breakpoints"),
    *("landscape", "pull", "filter", "drawing"),
)
"""Panels beside the network at presentation size; the first that is shown is in front."""
_ROOM: Final = QSize(65 * GRID, 43 * GRID)
"""The least size in pixels of a main panel at presentation size, with type of the normal size."""
_WIDE: Final = 1600
"""The width in pixels of a window from which on all panels are shown at presentation size."""
_LESSON_SHARE: Final = 0.36
"""The Lesson panel's share of the window's width beside the main panel at presentation size."""
_NETWORK_SHARE: Final = 0.6
"""The Network panel's share of the window's width at presentation size."""
_Area = Qt.DockWidgetArea


class Docks(QObject):
    """Lays out the panels in a window, its parent, and saves the layout."""

    arranged = Signal()
    """Panels have been shown and hidden without signals of their own."""

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._docks = {field.name: self._dock(field.name) for field in fields(Panels)}
        self.network_area = PanelArea(self._docks["network"])
        self._default = QByteArray()
        self._workspace = WORKSPACES[0]
        self._states: dict[str, QByteArray] = {}  # of the workspaces that are not in use
        self._whole: QByteArray | None = None  # the layout without presentation size or maximising
        self._presenting = self._alone = False
        self._presented: dict[str, list[str]] = {}  # panels shown to a class, by workspace
        window.setDockOptions(
            QMainWindow.DockOption.AllowNestedDocks | QMainWindow.DockOption.AllowTabbedDocks
        )
        for corner, area in (
            (Qt.Corner.TopLeftCorner, _Area.LeftDockWidgetArea),
            (Qt.Corner.BottomLeftCorner, _Area.LeftDockWidgetArea),
            (Qt.Corner.TopRightCorner, _Area.RightDockWidgetArea),
            (Qt.Corner.BottomRightCorner, _Area.RightDockWidgetArea),
        ):
            window.setCorner(corner, area)

    def make_panels(self, selection: Selection, style: Style, tasks: BackgroundTasks) -> Panels:
        """Make every panel in its dock."""
        parents = {**self._docks, "network": self.network_area.viewport()}
        panels = Panels.made(parents, selection, style, tasks)
        self._predictions = panels.predictions
        self.network_area.setWidget(panels.network)
        for name, panel in panels.by_name.items():
            self._fill(self._docks[name], panel)
        return panels

    def __getitem__(self, name: str) -> QDockWidget:
        return self._docks[name]

    def all(self) -> list[QDockWidget]:
        """Return the docks in the order of the menu."""
        return list(self._docks.values())

    def bring_up(self, name: str) -> None:
        """Show a panel, in front of those in tabs with it."""
        dock = self._docks[name]
        dock.show()
        dock.raise_()
        if isinstance(panel := dock.widget(), LazyPanel):
            panel.panel.show()

    def require_space(self, scale: float) -> None:
        """Require space for what matters in the main panel with type of a scale, or for less if 0.

        For the network that is everything.
        """
        self.network_area.require_whole(scale > 0)
        for name, dock in self._docks.items():
            is_main = name == self.main and name != "network"
            dock.setMinimumSize(_ROOM * scale if is_main else QSize(0, 0))

    def share_width(self, left: str, right: str, share: float) -> None:
        """Give one of two panels beside each other a share, 0 to 1, of their width."""
        docks = [self._docks[name] for name in (left, right)]
        whole = sum(dock.width() for dock in docks)
        sizes = [round(share * whole), round((1 - share) * whole)]
        self._window.resizeDocks(docks, sizes, Qt.Orientation.Horizontal)

    @property
    def workspace(self) -> str:
        """The name of the workspace in use."""
        return self._workspace.name

    @property
    def main(self) -> str:
        """The panel that is largest in the workspace in use."""
        return self._workspace.main

    def lay_out(self) -> None:
        """Arrange the docks as at the first start, after the toolbars have been added."""
        self._workspace.arrange(self._window, self._docks)
        self._default = self._window.saveState(LAYOUT_VERSION)

    def reset(self) -> None:
        """Arrange the workspace in use as at the first start."""
        self._presented.pop(self.workspace, None)
        self._arrange(None)
        self._predictions.reset_split()
        self.arranged.emit()

    def choose(self, name: str) -> None:
        """Change to a workspace, in the arrangement in which it was left."""
        if name != self.workspace:
            self._note_presented()
            self._states[self.workspace] = self._whole_state()
            self._workspace = _named(name)
            self._arrange(self._states.pop(name, None))
            self.arranged.emit()

    def restore(self, store: QSettings) -> None:
        """Restore the saved layouts and the workspace that was in use, if there are any."""
        geometry = store.value("geometry")
        if isinstance(geometry, QByteArray):
            self._window.restoreGeometry(geometry)
        for workspace in WORKSPACES:
            if presented := str(store.value(f"presented-{workspace.name}", "")):
                self._presented[workspace.name] = presented.split()
            state = store.value(_key(workspace.name))
            if isinstance(state, QByteArray):
                self._states[workspace.name] = state
        self._workspace = _named(store.value("workspace"))
        state = self._states.pop(self.workspace, None)
        if state is not None or self._workspace is not WORKSPACES[0]:
            self._arrange(state)
            self.arranged.emit()
        split = store.value("predictions-split")
        if isinstance(split, QByteArray):
            self._predictions.restore_split(split)

    def layout(self) -> dict[str, object]:
        """Return what `restore` reads, without presentation size and the maximised debugger."""
        self._note_presented()
        states = {**self._states, self.workspace: self._whole_state()}
        return {
            "geometry": self._window.saveGeometry(),
            "workspace": self.workspace,
            "predictions-split": self._predictions.keep_split(),
            **{f"presented-{name}": " ".join(shown) for name, shown in self._presented.items()},
            **{_key(name): state for name, state in states.items()},
        }

    def arrange_for_presentation(self) -> None:
        """Arrange the panels for a class, before type grows: those that it was shown last."""
        if not self._presenting:
            self._presenting = True
            self._keep_whole()
            toggle = self._docks["debugger"].toggleViewAction()
            # In between, the docks need more space.
            with QSignalBlocker(toggle), keeping_size(self._window):
                self._arrange_for_class()
            self.arranged.emit()

    def end_presentation(self) -> None:
        """Restore the layout before presentation size."""
        if self._presenting:
            self._note_presented()
            self._presenting = False
            self._restore_whole()

    def show_debugger_alone(self, on: bool) -> None:
        """Hide the other panels, or show them again."""
        if on == self._alone:
            return
        self._note_presented()
        self._alone = on
        if on:
            self._keep_whole()
            self._hide_others()
        else:
            self._restore_whole()

    def _whole_state(self) -> QByteArray:
        """Return the layout without what presentation size and maximising change."""
        return self._whole or self._window.saveState(LAYOUT_VERSION)

    def _keep_whole(self) -> None:
        self._whole = self._whole_state()

    def _arrange(self, state: QByteArray | None) -> None:
        """Arrange the docks as in a saved state; without one that fits, as at the first start."""
        window, toggle = self._window, self._docks["debugger"].toggleViewAction()
        with QSignalBlocker(toggle), keeping_size(window):
            if state is None or not window.restoreState(state, LAYOUT_VERSION):
                window.restoreState(self._default, LAYOUT_VERSION)
                for dock in self.all():
                    dock.setFloating(False)
                self._workspace.arrange(window, self._docks)
            if self._whole is not None:
                self._whole = window.saveState(LAYOUT_VERSION)
            if self._presenting:
                self._arrange_for_class()

    def _restore_whole(self) -> None:
        """Restore the whole layout, but for what presentation or maximising still changes."""
        if self._whole is None:
            return
        debugger = self._docks["debugger"]
        was_open, was_seen = not debugger.isHidden(), not debugger.visibleRegion().isEmpty()
        # For Qt it is hidden for a moment, which would drop the iteration in the debugger.
        with QSignalBlocker(debugger.toggleViewAction()), keeping_size(self._window):
            self._window.restoreState(self._whole, LAYOUT_VERSION)
            debugger.setVisible(was_open)
            if self._presenting:
                self._arrange_for_class()
            if self._alone:
                self._hide_others()
        if not self._presenting and not self._alone:
            self._whole = None
        if was_open and was_seen:
            debugger.raise_()
        self.arranged.emit()

    def _hide_others(self) -> None:
        self.bring_up("debugger")
        for name, dock in self._docks.items():
            if name != "debugger" and not dock.isFloating():
                dock.hide()

    def _note_presented(self) -> None:
        """Note which panels a class is shown: the same are shown the next time."""
        if self._presenting and not self._alone:
            shown = [name for name, dock in self._docks.items() if not dock.isHidden()]
            self._presented[self.workspace] = shown

    def _arrange_for_class(self) -> None:
        """Put everything but the network in tabs at its right, so that both are large."""
        docks = self._docks
        if presented := self._presented.get(self.workspace):
            for name, dock in docks.items():
                dock.setVisible(name in presented)
        elif self._window.width() < _WIDE:
            for name in self._workspace.spared:
                docks[name].hide()
        beside = [docks[name] for name in _BESIDE if not docks[name].isFloating()]
        seen = [dock for dock in beside if not dock.isHidden()]
        if not seen:
            if not docks["lesson"].isHidden():
                self.share_width("lesson", self.main, _LESSON_SHARE)
            return
        first = seen[0]
        self._window.addDockWidget(_Area.RightDockWidgetArea, first)
        for dock in beside:
            if dock is not first:
                self._window.tabifyDockWidget(first, dock)
        first.raise_()
        width = self._window.width()
        self._window.resizeDocks(
            [docks[self._workspace.main], first],
            [round(_NETWORK_SHARE * width), round((1 - _NETWORK_SHARE) * width)],
            Qt.Orientation.Horizontal,
        )

    def _dock(self, name: str) -> QDockWidget:
        dock = _Dock(name.title(), self._window)
        dock.setObjectName(f"dock-{name}")
        return dock

    def _fill(self, dock: QDockWidget, panel: QWidget) -> None:
        panel.setBackgroundRole(QPalette.ColorRole.Base)
        panel.setAutoFillBackground(True)
        if isinstance(panel, LazyPanel):
            dock.visibilityChanged.connect(panel.set_in_front)
        use_normal_weight(panel)
        dock.setWidget(self.network_area if panel is self.network_area.widget() else panel)


class _Dock(QDockWidget):
    """Gives the keyboard to the window when it is closed.

    Qt would give it to a button of the toolbar, which Space then presses.
    """

    def closeEvent(self, event: QCloseEvent) -> None:
        """Give the keyboard away if it is inside."""
        focused, window = QApplication.focusWidget(), self.parentWidget()
        if focused is not None and window is not None and self.isAncestorOf(focused):
            window.setFocus()
        super().closeEvent(event)


def _named(name: object) -> Workspace:
    """Return a workspace by its name; the first one if none is called so."""
    return next((w for w in WORKSPACES if w.name == name), WORKSPACES[0])


def _key(workspace: str) -> str:
    """Return the name of the setting that keeps a workspace's layout."""
    return "state" if workspace == WORKSPACES[0].name else f"state-{workspace}"
