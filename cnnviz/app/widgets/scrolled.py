"""Scrolls a widget up and down if it is too high for the available space."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget


class _Scrolled(QScrollArea):
    """Gives its widget the available height, and at least what it needs at this width.

    Qt's own takes the least height of a text, which is that of one line, or else the height that a
    widget would rather have: a plot that could be lower would have to be scrolled.
    """

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the widget's contents."""
        if (
            watched is self.widget()
            and isinstance(event, QEvent)
            and event.type() == QEvent.Type.LayoutRequest
        ):
            self._fit()
        return isinstance(event, QEvent) and super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Follow the width."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        layout, available = self.widget().layout(), self.viewport().size()
        need = self.widget().minimumSizeHint().height()
        if layout is not None and layout.hasHeightForWidth():
            need = layout.totalMinimumHeightForWidth(available.width())
        self.widget().resize(available.width(), max(need, available.height()))


def scrolled(widget: QWidget) -> QScrollArea:
    """Return a frameless area that contains a widget and takes its width from the layout."""
    area = _Scrolled()
    area.setWidget(widget)
    widget.installEventFilter(area)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return area
