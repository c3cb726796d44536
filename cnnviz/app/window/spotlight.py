"""Darkens a window but for a circle around the pointer."""

from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, QTimer, Slot
from PySide6.QtGui import (
    QCloseEvent,
    QColor,
    QCursor,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from cnnviz.app.look.theme import GRID

_RADIUS: Final = 16 * GRID
"""The radius of the circle at the normal scale, in pixels."""
_SHADE: Final = QColor(0, 0, 0, 150)
_INTERVAL: Final = 16
"""Milliseconds between readings of the pointer's position, so that no widget need report it."""


class Spotlight(QWidget):
    """Lies over a window; the mouse goes through it."""

    def __init__(self, window: QWidget, scale: float) -> None:
        super().__init__(window)
        self._window = window
        self._radius = round(_RADIUS * scale)
        self._centre = QPoint()
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._timer = QTimer(self, interval=_INTERVAL)
        self._timer.timeout.connect(self._follow)
        window.installEventFilter(self)
        self.setGeometry(window.rect())

    @property
    def circle(self) -> QRect:
        """The square around the circle, in the window."""
        corner = QPoint(self._radius, self._radius)
        return QRect(self._centre - corner, self._centre + corner)

    def begin(self) -> None:
        """Show it, and follow the pointer."""
        self._timer.start()
        self._follow()
        self.show()
        self.raise_()

    def end(self) -> None:
        """Remove it."""
        self._timer.stop()
        self.hide()
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Follow the window's size, and pause while the window is hidden."""
        if isinstance(event, QResizeEvent) and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
        elif isinstance(event, QCloseEvent):
            self._timer.stop()
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        """Darken everything outside the circle."""
        outside, circle = QPainterPath(), QPainterPath()
        outside.addRect(event.rect().toRectF())
        circle.addEllipse(self.circle.toRectF())
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillPath(outside.subtracted(circle), _SHADE)
        painter.end()

    @Slot()
    def _follow(self) -> None:
        """Follow the pointer, and stay above panels and tabs that come to the front."""
        if self._window.children()[-1] is not self:
            self.raise_()
        centre = self.mapFromGlobal(QCursor.pos())
        if centre != self._centre:
            before = self.circle
            self._centre = centre
            self.update(before.united(self.circle).adjusted(-2, -2, 2, 2))
