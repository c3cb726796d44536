"""Where something is drawn, and how often."""

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QPointF, QRectF
from PySide6.QtGui import QColor, QImage, QPaintEvent, QRegion
from PySide6.QtWidgets import QWidget

from cnnviz.app.cells.cell import Cell
from cnnviz.app.network.panel import NetworkPanel


def cell_centre(panel: NetworkPanel, cell: Cell) -> QPointF:
    """Return the point of the Network panel at which a cell is drawn."""
    return QRectF(panel.cell_rect(cell)).center()


def off_by(image: QImage, colour: str) -> NDArray[np.int16]:
    """Return by how much each pixel's red, green or blue is off a colour's, shape (height, width).

    The whole picture at once: pixel by pixel, it would take long.
    """
    assert image.pixelColor(0, 0).alpha() == 255
    plain = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(plain.constBits(), np.uint8).reshape(plain.height(), -1)
    pixels = rows[:, : 3 * plain.width()].reshape(plain.height(), plain.width(), 3)
    wanted = np.array(QColor(colour).getRgb()[:3], np.int16)
    off: NDArray[np.int16] = np.abs(pixels.astype(np.int16) - wanted).max(axis=-1)
    return off


class PaintCounter(QObject):
    """Counts the paint events of a widget, and stores the region of the last one."""

    def __init__(self, watched: QWidget) -> None:
        super().__init__(watched)
        self.count = 0
        self.region = QRegion()
        watched.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: ARG002
        if isinstance(event, QPaintEvent):
            self.count += 1
            self.region = event.region()
        return False
