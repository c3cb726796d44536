"""Undo and redo, in the Edit menu: what the training loop offers, by name."""

from typing import Final

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow

from cnnviz.app.window.busy_notice import BusyNotice
from cnnviz.app.window.menus import Actions
from cnnviz.training.loop.frame import Frame
from cnnviz.training.loop.training_loop import TrainingLoop

_LONGEST: Final = 60
"""Characters of a change in the menu; its tooltip has all of them."""


class UndoCommands(QObject):
    """Turns Undo and Redo into commands of the training loop, which keeps what can be undone."""

    def __init__(self, window: QMainWindow, loop: TrainingLoop, busy_notice: BusyNotice) -> None:
        super().__init__(window)
        self._loop, self._busy_notice = loop, busy_notice

    def connect_actions(self, actions: Actions) -> None:
        """Connect the actions of the menus."""
        self._undo, self._redo = actions.undo, actions.redo
        self._undo.triggered.connect(lambda: self._busy_notice.track(self._loop.undo()))
        self._redo.triggered.connect(lambda: self._busy_notice.track(self._loop.redo()))
        offer(self._undo, "&Undo", "")
        offer(self._redo, "&Redo", "")

    @Slot(object)
    def show_frame(self, frame: Frame) -> None:
        """Offer what can be undone and redone in this state."""
        offer(self._undo, "&Undo", frame.undo)
        offer(self._redo, "&Redo", frame.redo)


def offer(action: QAction, verb: str, change: str) -> None:
    """Let an action name the change that it concerns; without one, it is disabled."""
    action.setEnabled(bool(change))
    short = change if len(change) <= _LONGEST else f"{change[: _LONGEST - 1].rstrip()}…"
    text = f"{verb} {short}".rstrip().replace("&", "&&").replace("&&", "&", 1)
    action.setText(text)
    action.setToolTip(f"{verb} {change}".rstrip().replace("&", "", 1))
