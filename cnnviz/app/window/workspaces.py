"""The workspaces: arrangements of the same panels, each for one use of the window."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow

from cnnviz.app.look.theme import GRID

Docked = Mapping[str, QDockWidget]
"""The docks by the names of their panels."""


class Workspace(NamedTuple):
    """Three columns of panels: the middle one has the main panel above the loss.

    A panel that is named nowhere is in a tab with the main one.
    """

    name: str
    explanation: str
    shown: tuple[str, ...]
    """The panels that are open at first."""
    left: tuple[str, ...]
    middle: tuple[str, ...]
    right: tuple[str, ...]
    """left, right, middle: panels in tabs with each other; the first of the middle ones is the main
    panel."""
    widths: dict[str, int]
    heights: dict[str, int]
    """widths, heights: shares of panels in a row or column, in units of the grid."""
    spared: tuple[str, ...] = ()
    """The panels that are closed at first at presentation size in a narrow window."""

    @property
    def main(self) -> str:
        """The panel that is largest."""
        return self.middle[0]

    def arrange(self, window: QMainWindow, docks: Docked) -> None:
        """Arrange the docks; every one of them is in the window, and none floats."""
        for name, dock in docks.items():
            dock.setVisible(name in self.shown)
        left, main, right = docks[self.left[0]], docks[self.main], docks[self.right[0]]
        window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, left)
        window.splitDockWidget(left, main, Qt.Orientation.Horizontal)
        window.splitDockWidget(main, right, Qt.Orientation.Horizontal)
        window.splitDockWidget(main, docks["loss"], Qt.Orientation.Vertical)
        elsewhere = {*self.left, *self.middle, *self.right, "loss"}
        rest = tuple(name for name in docks if name not in elsewhere)
        for tabs in (self.left, self.middle + rest, self.right):
            for name in tabs[1:]:
                window.tabifyDockWidget(docks[tabs[0]], docks[name])
        for shares, orientation in (
            (self.widths, Qt.Orientation.Horizontal),
            (self.heights, Qt.Orientation.Vertical),
        ):
            sizes = [GRID * share for share in shares.values()]
            window.resizeDocks([docks[name] for name in shares], sizes, orientation)
        for dock in (left, main, right):
            dock.raise_()


WORKSPACES: Final = (
    Workspace(
        "watch",
        "the network as it learns, its loss and its predictions",
        shown=("controls", "network", "predictions", "loss"),
        left=("controls", "lesson", "notebook"),
        middle=("network", "debugger"),
        right=("predictions", "branches", "breakpoints", "filter", "drawing"),
        widths={"controls": 34, "network": 98, "predictions": 45},
        heights={"network": 68, "loss": 30},
    ),
    Workspace(
        "debug",
        "one iteration, operation by operation",
        shown=("debugger", "breakpoints", "branches", "loss"),
        left=("controls", "lesson", "notebook"),
        middle=("debugger", "network"),
        right=("breakpoints", "branches", "predictions", "filter", "drawing"),
        widths={"debugger": 130, "breakpoints": 45},
        heights={"debugger": 72, "loss": 22},
    ),
    Workspace(
        "check",
        "is this backward pass the gradient, and what is wrong",
        shown=("controls", "check", "compare", "landscape", "pull", "hunt", "code"),
        left=("controls", "lesson", "notebook"),
        middle=("check", "compare", "landscape", "pull", "hunt", "code"),
        right=("predictions", "branches", "breakpoints", "filter", "drawing"),
        widths={"controls": 34, "check": 140},
        heights={},
    ),
    Workspace(
        "teach",
        "lessons beside the views that they speak of",
        shown=("lesson", "network", "loss"),
        left=("lesson", "notebook"),
        middle=("network", "debugger"),
        right=("predictions", "branches", "breakpoints", "filter", "drawing", "controls"),
        widths={"lesson": 52, "network": 125},
        heights={"network": 68, "loss": 30},
        spared=("loss",),  # a step that speaks of it opens it
    ),
)
"""The workspaces in the order of the toolbar; the first one is shown at the first start."""
