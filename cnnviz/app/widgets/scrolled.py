"""Scrolls a widget up and down if it is too high for the available space."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget


class _Scrolled(QScrollArea):
    """Gives its widget the height that it needs at this width, with all lines of its texts.

    Qt's own takes the least height of a text, which is that of one line.
    """

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the widget's contents."""
        if event.type() == QEvent.Type.LayoutRequest and watched is self.widget():
            self._fit()
        return super().eventFilter(watched, event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Follow the width."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        layout = self.widget().layout()
        if layout is not None and layout.hasHeightForWidth():
            height = layout.totalMinimumHeightForWidth(self.viewport().width())
            if height != self.widget().minimumHeight():
                self.widget().setMinimumHeight(height)


def scrolled(widget: QWidget) -> QScrollArea:
    """Return a frameless area that contains a widget and takes its width from the layout."""
    area = _Scrolled()
    area.setWidget(widget)
    widget.installEventFilter(area)
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    return area
