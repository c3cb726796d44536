"""Lets a panel be scrolled in a window that is too small for all of it."""

from typing import Final

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtWidgets import QScrollArea, QWidget

from cnnviz.app.look.theme import GRID

_LEAST: Final = QSize(30 * GRID, 15 * GRID)


class PanelArea(QScrollArea):
    """Shows a whole panel if it fits, else a part of it with scroll bars."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._whole = False
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)

    def setWidget(self, panel: QWidget) -> None:
        """Show a panel."""
        super().setWidget(panel)
        panel.installEventFilter(self)

    def require_whole(self, whole: bool) -> None:
        """Ask the window's layout for the space of the whole panel, or only of some of it."""
        self._whole = whole
        self.updateGeometry()

    def minimumSizeHint(self) -> QSize:
        """Return the size that the window's layout has to leave."""
        whole = self.widget().minimumSizeHint()
        return whole if self._whole else whole.boundedTo(_LEAST)

    def sizeHint(self) -> QSize:
        """Return the panel's."""
        return self.widget().sizeHint()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Pass on that the panel's least size has changed."""
        if isinstance(event, QEvent) and event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return isinstance(event, QEvent) and super().eventFilter(watched, event)
