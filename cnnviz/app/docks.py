"""The panels, the docks that they are in, and how these are laid out."""

from dataclasses import dataclass
from typing import Final, Self

from PySide6.QtCore import QByteArray, QObject, QSettings, Qt, QTimer, Slot
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

from cnnviz.app.panels.branches import BranchesPanel
from cnnviz.app.panels.breakpoints import BreakpointsPanel
from cnnviz.app.panels.controls import ControlsPanel
from cnnviz.app.panels.debugger import DebuggerPanel
from cnnviz.app.panels.loss import LossPanel
from cnnviz.app.panels.network import NetworkPanel
from cnnviz.app.panels.predictions import PredictionsPanel
from cnnviz.app.selection import Selection
from cnnviz.app.theme import GRID, Theme

LAYOUT_VERSION: Final = 2
"""Of the saved layout; another version's is not restored."""

_Area = Qt.DockWidgetArea


@dataclass(frozen=True, slots=True)
class Panels:
    """The panels by what they show."""

    network: NetworkPanel
    loss: LossPanel
    predictions: PredictionsPanel
    controls: ControlsPanel
    breakpoints: BreakpointsPanel
    branches: BranchesPanel
    debugger: DebuggerPanel

    @classmethod
    def made(cls, selection: Selection, theme: Theme) -> Self:
        """Make every panel.

        Parameters
        ----------
        selection : Selection
            What the panels share.
        theme : Theme
        """
        return cls(
            NetworkPanel(selection, theme),
            LossPanel(selection, theme),
            PredictionsPanel(selection, theme),
            ControlsPanel(theme),
            BreakpointsPanel(selection, theme),
            BranchesPanel(selection, theme),
            DebuggerPanel(selection, theme),
        )

    @property
    def by_name(self) -> dict[str, QWidget]:
        """The panels by the name that the command line has for them, in the menus' order."""
        return {
            "network": self.network,
            "loss": self.loss,
            "predictions": self.predictions,
            "controls": self.controls,
            "breakpoints": self.breakpoints,
            "branches": self.branches,
            "debugger": self.debugger,
        }


class Docks(QObject):
    """Lays the panels out in a window, and keeps the layout between starts.

    Parameters
    ----------
    window : QMainWindow
        Becomes the parent.
    panels : Panels
    """

    def __init__(self, window: QMainWindow, panels: Panels) -> None:
        super().__init__(window)
        self._window = window
        self._docks = {name: self._dock(name, panel) for name, panel in panels.by_name.items()}
        self._default = QByteArray()
        self._unscaled: QByteArray | None = None  # the layout without presentation size
        self._presenting = False
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

    def __getitem__(self, name: str) -> QDockWidget:
        return self._docks[name]

    def all(self) -> list[QDockWidget]:
        """Return the docks in the menus' order."""
        return list(self._docks.values())

    def bring_up(self, name: str) -> None:
        """Show a panel, in front of those that share its place."""
        self._docks[name].show()
        self._docks[name].raise_()

    def lay_out(self) -> None:
        """Put every dock where it is at first; toolbars are to stand where they are to stay."""
        self._arrange()
        self._default = self._window.saveState(LAYOUT_VERSION)

    def reset(self) -> None:
        """Put everything back to where it is at first."""
        self._window.restoreState(self._default, LAYOUT_VERSION)
        self._arrange()

    def restore(self, store: QSettings) -> None:
        """Take up the layout that was kept, where there is one."""
        geometry, state = store.value("geometry"), store.value("state")
        if isinstance(geometry, QByteArray):
            self._window.restoreGeometry(geometry)
        if isinstance(state, QByteArray):
            self._window.restoreState(state, LAYOUT_VERSION)

    def keep(self, store: QSettings) -> None:
        """Keep the layout; not what presentation size made of it."""
        store.setValue("geometry", self._window.saveGeometry())
        store.setValue("state", self._unscaled or self._window.saveState(LAYOUT_VERSION))

    def make_room(self) -> None:
        """Leave more to what a class looks at, before everything grows."""
        self._presenting = True
        if self._unscaled is None:
            self._unscaled = self._window.saveState(LAYOUT_VERSION)
            self._docks["controls"].hide()  # View brings it back

    def take_room_back(self) -> None:
        """Bring the layout back that was there before, once the panels are small again."""
        self._presenting = False
        if self._unscaled is not None:
            QTimer.singleShot(0, self, self._restore_unscaled)

    @Slot()
    def _restore_unscaled(self) -> None:
        if self._unscaled is not None and not self._presenting:
            self._window.restoreState(self._unscaled, LAYOUT_VERSION)
            self._unscaled = None

    def _dock(self, name: str, panel: QWidget) -> QDockWidget:
        dock = QDockWidget(name.title(), self._window)
        dock.setObjectName(f"dock-{name}")
        panel.setBackgroundRole(QPalette.ColorRole.Base)
        panel.setAutoFillBackground(True)
        dock.setWidget(panel)
        return dock

    def _arrange(self) -> None:
        window, docks = self._window, self._docks
        for name, dock in docks.items():
            dock.setFloating(False)
            dock.setVisible(name != "debugger")
        window.addDockWidget(_Area.LeftDockWidgetArea, docks["controls"])
        window.splitDockWidget(docks["controls"], docks["network"], Qt.Orientation.Horizontal)
        window.splitDockWidget(docks["network"], docks["predictions"], Qt.Orientation.Horizontal)
        window.splitDockWidget(docks["network"], docks["loss"], Qt.Orientation.Vertical)
        window.tabifyDockWidget(docks["predictions"], docks["branches"])
        docks["branches"].hide()  # until there is more than one, or it is asked for
        window.tabifyDockWidget(docks["network"], docks["debugger"])
        window.resizeDocks(
            [docks["controls"], docks["network"], docks["predictions"]],
            [34 * GRID, 98 * GRID, 45 * GRID],
            Qt.Orientation.Horizontal,
        )
        window.resizeDocks(
            [docks["network"], docks["loss"]], [66 * GRID, 30 * GRID], Qt.Orientation.Vertical
        )
        window.tabifyDockWidget(docks["predictions"], docks["breakpoints"])
        docks["breakpoints"].hide()  # the first launch is about what is learnt
