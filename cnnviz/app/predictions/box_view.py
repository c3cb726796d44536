"""The view of the plot of the predictions, in which boxes are dragged."""

import pyqtgraph as pg
from pyqtgraph.GraphicsScene.mouseEvents import MouseClickEvent, MouseDragEvent
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtWidgets import QGraphicsSceneWheelEvent


class BoxView(pg.ViewBox):  # type: ignore[misc]
    """A view in which one clicks and drags a box, in pixels."""

    clicked = Signal(QPointF)
    box_dragged = Signal(QRectF)
    box_chosen = Signal(QRectF)

    def __init__(self) -> None:
        super().__init__(enableMenu=False, enableMouse=False)

    def mouseClickEvent(self, event: MouseClickEvent) -> None:
        """Report a click."""
        if event.button() == Qt.MouseButton.LeftButton:
            event.accept()
            self.clicked.emit(QPointF(event.pos()))
        else:
            super().mouseClickEvent(event)

    def mouseDragEvent(self, event: MouseDragEvent, axis: int | None = None) -> None:  # noqa: ARG002
        """Report the box that is dragged."""
        if event.button() != Qt.MouseButton.LeftButton:
            event.ignore()
            return
        event.accept()
        box = QRectF(QPointF(event.buttonDownPos()), QPointF(event.pos())).normalized()
        box = box.intersected(QRectF(self.rect()))
        (self.box_chosen if event.isFinish() else self.box_dragged).emit(box)

    def wheelEvent(self, event: QGraphicsSceneWheelEvent, axis: int | None = None) -> None:  # noqa: ARG002
        """Leave the wheel to others: every output is always in view."""
        event.ignore()
