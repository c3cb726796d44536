"""The workspaces: arrangements of the same panels, each for one use of the window."""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow

from cnnviz.app.look.theme import GRID

_HORIZONTAL: Final = Qt.Orientation.Horizontal
_VERTICAL: Final = Qt.Orientation.Vertical
_CHECKS: Final = "check", "compare", "landscape", "pull", "hunt", "code"
"""The panels that are in tabs in the Check workspace, from the left."""
Docked = Mapping[str, QDockWidget]
"""The docks by the names of their panels."""


class Workspace(NamedTuple):
    """One arrangement.

    Attributes
    ----------
    main : str
        The panel that is largest.
    arrange : callable
        Arranges the docks; every one of them is in the window, and none floats.
    """

    name: str
    explanation: str
    main: str
    arrange: Callable[[QMainWindow, Docked], None]


def _watch(window: QMainWindow, docks: Docked) -> None:
    _show_only(docks, "controls", "network", "predictions", "loss")
    window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, docks["controls"])
    window.splitDockWidget(docks["controls"], docks["network"], _HORIZONTAL)
    window.splitDockWidget(docks["network"], docks["predictions"], _HORIZONTAL)
    window.splitDockWidget(docks["network"], docks["loss"], _VERTICAL)
    _tabs(window, docks, "controls", "lesson")
    _tabs(window, docks, "predictions", "branches", "breakpoints")
    _tabs(window, docks, "network", "debugger", *_CHECKS)
    _share(window, docks, _HORIZONTAL, controls=34, network=98, predictions=45)
    _share(window, docks, _VERTICAL, network=66, loss=30)


def _debug(window: QMainWindow, docks: Docked) -> None:
    _show_only(docks, "debugger", "breakpoints", "branches", "loss")
    window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, docks["controls"])
    window.splitDockWidget(docks["controls"], docks["debugger"], _HORIZONTAL)
    window.splitDockWidget(docks["debugger"], docks["breakpoints"], _HORIZONTAL)
    window.splitDockWidget(docks["debugger"], docks["loss"], _VERTICAL)
    _tabs(window, docks, "controls", "lesson")
    _tabs(window, docks, "breakpoints", "branches", "predictions")
    _tabs(window, docks, "debugger", "network", *_CHECKS)
    _share(window, docks, _HORIZONTAL, debugger=130, breakpoints=45)
    _share(window, docks, _VERTICAL, debugger=72, loss=22)
    docks["debugger"].raise_()
    docks["breakpoints"].raise_()


def _check(window: QMainWindow, docks: Docked) -> None:
    _show_only(docks, "controls", *_CHECKS)
    window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, docks["controls"])
    window.splitDockWidget(docks["controls"], docks["check"], _HORIZONTAL)
    window.splitDockWidget(docks["check"], docks["predictions"], _HORIZONTAL)
    window.splitDockWidget(docks["check"], docks["loss"], _VERTICAL)
    _tabs(window, docks, "controls", "lesson")
    _tabs(window, docks, "predictions", "branches", "breakpoints")
    _tabs(window, docks, *_CHECKS, "network", "debugger")
    _share(window, docks, _HORIZONTAL, controls=34, check=140)
    docks["check"].raise_()


def _teach(window: QMainWindow, docks: Docked) -> None:
    _show_only(docks, "lesson", "network", "loss")
    window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, docks["lesson"])
    window.splitDockWidget(docks["lesson"], docks["network"], _HORIZONTAL)
    window.splitDockWidget(docks["network"], docks["predictions"], _HORIZONTAL)
    window.splitDockWidget(docks["network"], docks["loss"], _VERTICAL)
    _tabs(window, docks, "lesson", "controls")
    _tabs(window, docks, "predictions", "branches", "breakpoints")
    _tabs(window, docks, "network", "debugger", *_CHECKS)
    _share(window, docks, _HORIZONTAL, lesson=52, network=125)
    _share(window, docks, _VERTICAL, network=66, loss=30)
    docks["lesson"].raise_()


def _tabs(window: QMainWindow, docks: Docked, first: str, *others: str) -> None:
    """Put panels into tabs with one that is in the window; they may be hidden."""
    for name in others:
        window.tabifyDockWidget(docks[first], docks[name])


def _show_only(docks: Docked, *names: str) -> None:
    for name, dock in docks.items():
        dock.setVisible(name in names)


def _share(window: QMainWindow, docks: Docked, orientation: Qt.Orientation, **shares: int) -> None:
    """Divide a row or column among panels, in units of the grid."""
    sizes = [GRID * share for share in shares.values()]
    window.resizeDocks([docks[name] for name in shares], sizes, orientation)


WORKSPACES: Final = (
    Workspace("watch", "the network as it learns, its loss and its predictions", "network", _watch),
    Workspace("debug", "one iteration, operation by operation", "debugger", _debug),
    Workspace("check", "is this backward pass the gradient, and what is wrong", "check", _check),
    Workspace("teach", "lessons beside the views that they speak of", "network", _teach),
)
"""In the order of the toolbar; the first one is that of the first start."""
