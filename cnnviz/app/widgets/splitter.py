"""Two widgets beside or above each other, with a handle between them that can be moved."""

from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSplitter, QSplitterHandle, QWidget

from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.arrow_keys import MOVES, move_of
from cnnviz.app.widgets.spoken_picture import speak

_STEP: Final = 2 * GRID
"""Pixels by which an arrow key moves a handle."""


class _Handle(QSplitterHandle):
    """A handle that Tab reaches and the arrow keys move."""

    own_keys = frozenset(MOVES)
    spoken_value = ""

    def __init__(self, orientation: Qt.Orientation, splitter: QSplitter) -> None:
        super().__init__(orientation, splitter)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setToolTip("Drag, or move with the arrow keys")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move with the arrow keys along which it can be moved."""
        move = move_of(event)
        if move is None:
            super().keyPressEvent(event)
            return
        is_horizontal = self.orientation() == Qt.Orientation.Horizontal
        now = self.x() if is_horizontal else self.y()
        step = move[0] if is_horizontal else move[1]
        if step:
            self.moveSplitter(now + step * _STEP)
            self._describe()

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Say where it is."""
        self._describe()
        super().focusInEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint it in the accent as long as it has the keyboard."""
        if not self.hasFocus():
            super().paintEvent(event)
            return
        painter = QPainter(self)
        painter.fillRect(self.rect(), self.palette().accent())
        painter.end()

    def _describe(self) -> None:
        """Say how much the first of its two neighbours has of what both have."""
        splitter = self.splitter()
        at = splitter.indexOf(self)
        before, after = splitter.sizes()[at - 1 : at + 1]
        speak(self, f"{round(100 * before / max(1, before + after))} %")


class Splitter(QSplitter):
    """A splitter whose handles the keyboard can move; `made_splitter` makes one with its parts."""

    resized = Signal()
    """It has another size now, and has shared it in proportion."""

    def __init__(self, orientation: Qt.Orientation, name: str) -> None:
        super().__init__(orientation)
        self._name = name

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Report the new size."""
        super().resizeEvent(event)
        self.resized.emit()

    def createHandle(self) -> QSplitterHandle:
        """Return a handle that the keyboard can move."""
        handle = _Handle(self.orientation(), self)
        handle.setAccessibleName(f"Handle between {self._name}")
        return handle


def made_splitter(orientation: Qt.Orientation, name: str, *parts: QWidget) -> Splitter:
    """Return a splitter none of whose parts can be dragged away.

    `name` is what its handles divide, such as "the plot and the table".
    """
    splitter = Splitter(orientation, name)
    splitter.setChildrenCollapsible(False)
    splitter.setAccessibleName(f"{name[:1].upper()}{name[1:]}")
    for part in parts:
        splitter.addWidget(part)
    return splitter
