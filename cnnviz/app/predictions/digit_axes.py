"""The axes above and below the ten columns of the plot."""

import pyqtgraph as pg
from pyqtgraph.GraphicsScene.mouseEvents import MouseClickEvent, MouseDragEvent
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtWidgets import QGraphicsItem, QGraphicsSceneWheelEvent

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.predictions.swarm import DIGITS


class DigitAxis(pg.AxisItem):  # type: ignore[misc]
    """Texts above or below the ten columns, to be clicked, and a caption left of them."""

    clicked = Signal(int)
    """Carries a digit."""

    def __init__(self, side: str) -> None:
        super().__init__(side)
        self._style: Style | None = None
        self._chosen: int | None = None
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        # A cached axis is painted without Python.
        self.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)

    def show_chosen(self, digit: int | None) -> None:
        """Mark the digit that the predictions are filtered to."""
        if digit != self._chosen:
            self._chosen = digit
            self.update()

    def boundingRect(self) -> QRectF:
        """Return the axis, and the corner left of it."""
        return QRectF(self.rect().adjusted(-self.pos().x(), 0, 0, 0))

    def mouseDragEvent(self, event: MouseDragEvent) -> None:
        """Leave drags to others."""
        event.ignore()

    def mouseClickEvent(self, event: MouseClickEvent) -> None:
        """Report the digit that was clicked."""
        digit = int(event.pos().x() // (self.rect().width() / DIGITS))
        if event.button() == Qt.MouseButton.LeftButton and 0 <= digit < DIGITS:
            event.accept()
            self.clicked.emit(digit)
        else:
            event.ignore()

    def wheelEvent(self, event: QGraphicsSceneWheelEvent) -> None:
        """Leave the wheel to others."""
        event.ignore()

    def _column(self, digit: int) -> QRectF:
        """Return the rectangle of a digit's text."""
        rect = self.rect()
        wide = rect.width() / DIGITS
        return QRectF(rect.left() + digit * wide, rect.top(), wide, rect.height())

    def _corner(self) -> QRectF:
        """Return the rectangle of the caption."""
        return QRectF(-self.pos().x(), 0, self.pos().x() - GRID / 2, self.rect().height())
