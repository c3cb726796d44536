"""What scrolls a number's story, and hears the keys that go from one number to the next."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from cnnviz.app.widgets.arrow_keys import MOVES, move_of


class StoryArea(QScrollArea):
    """Arrow keys move from cell to cell here; Page up and Page down scroll."""

    own_keys = frozenset(MOVES)
    moved = Signal(object)
    """Carries columns and rows, a pair of int."""

    def __init__(self, part: QWidget) -> None:
        super().__init__()
        self.setWidget(part)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # nothing in it takes the keys
        self.setAccessibleName(part.accessibleName())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Move with an arrow key."""
        if (move := move_of(event)) is not None:
            self.moved.emit(move)
        else:
            super().keyPressEvent(event)
