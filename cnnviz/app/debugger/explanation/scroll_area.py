"""What scrolls a number's story, and hears the keys that go from one number to the next."""

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

from cnnviz.app.debugger.tensors.cell_navigation import move_of


class StoryArea(QScrollArea):
    """Arrow keys move from cell to cell here; Page up and Page down scroll."""

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

    def event(self, event: QEvent) -> bool:
        """Keep the arrow keys from the window's shortcuts, where they train."""
        move = move_of(event)
        if move is not None and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if move is not None and event.type() == QEvent.Type.KeyPress:
            self.moved.emit(move)
            return True
        return super().event(event)
