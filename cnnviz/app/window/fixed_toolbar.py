"""A toolbar that stays where it is."""

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QToolBar, QWidget


class FixedToolbar(QToolBar):
    """A toolbar with a margin of its own, which cannot be moved or hidden.

    Qt would take the widest edge in the style sheet, and so height from the panels of a low window.

    The `margin`, in pixels, is the same on every side: Qt confuses the sides of a toolbar if they
    differ.
    """

    def __init__(self, title: str, name: str, margin: int, parent: QWidget | None) -> None:
        super().__init__(title, parent)
        self._margin = margin
        self.setObjectName(name)
        self.setMovable(False)
        self.toggleViewAction().setVisible(False)  # it stays, so no menu lists it
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        self._set_margin()

    def changeEvent(self, event: QEvent) -> None:
        """Set the margin again after Qt has taken that of a new style."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange:
            self._set_margin()

    def _set_margin(self) -> None:
        if (layout := self.layout()) is not None:
            layout.setContentsMargins(*4 * (self._margin,))
