"""Undo and redo, in the Edit menu: what the training loop offers, by name."""

from typing import Final

from PySide6.QtCore import QObject, Slot
from PySide6.QtGui import QAction

from cnnviz.app.window.parts import Parts
from cnnviz.training.loop.frame import Frame

_LONGEST: Final = 60
"""Characters of a change in the menu; its tooltip has all of them."""


class UndoCommands(QObject):
    """Turns Undo and Redo into commands of the training loop, which keeps what can be undone."""

    def __init__(self, parts: Parts) -> None:
        super().__init__(parts.window)
        loop, track = parts.loop, parts.busy_notice.track
        self._undo, self._redo = parts.actions.undo, parts.actions.redo
        self._undo.triggered.connect(lambda: track(loop.undo()))
        self._redo.triggered.connect(lambda: track(loop.redo()))
        self._offer("", "")

    @Slot(object)
    def show_frame(self, frame: Frame) -> None:
        """Offer what can be undone and redone in this state."""
        if (frame.undo, frame.redo) != self._offered:
            self._offer(frame.undo, frame.redo)

    def _offer(self, undo: str, redo: str) -> None:
        self._offered = undo, redo
        offer(self._undo, "&Undo", undo)
        offer(self._redo, "&Redo", redo)


def offer(action: QAction, verb: str, change: str) -> None:
    """Let an action name the change that it concerns; without one, it is disabled."""
    action.setEnabled(bool(change))
    short = change if len(change) <= _LONGEST else f"{change[: _LONGEST - 1].rstrip()}…"
    text = f"{verb} {short}".rstrip().replace("&", "&&").replace("&&", "&", 1)
    action.setText(text)
    action.setToolTip(f"{verb} {change}".rstrip().replace("&", "", 1))
