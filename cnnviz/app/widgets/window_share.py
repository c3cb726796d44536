"""A height that is a share of the window's."""

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QWidget


class WindowShare(QObject):
    """Tells layouts to ask a widget for its size again if the height of its window has changed.

    Layouts keep a size hint until they are asked to forget it.

    `widget` becomes the parent, and its `sizeHint` uses `height`, which is the window's divided by
    `share`.
    """

    def __init__(self, widget: QWidget, share: int) -> None:
        super().__init__(widget)
        self._widget, self._share = widget, share
        widget.installEventFilter(self)

    @property
    def height(self) -> int:
        """The share of the window's height."""
        return self._widget.window().height() // self._share

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the window that shows the widget; it may change."""
        if event.type() == QEvent.Type.Show and watched is self._widget:
            self._widget.window().installEventFilter(self)
            self._widget.updateGeometry()
        elif event.type() == QEvent.Type.Resize and watched is self._widget.window():
            self._widget.updateGeometry()
        return False
