"""Where something is drawn, and how often."""

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF
from PySide6.QtGui import QPaintEvent, QRegion
from PySide6.QtWidgets import QWidget

from cnnviz.app.cells.cell import Cell
from cnnviz.app.network.panel import NetworkPanel


def cell_centre(panel: NetworkPanel, cell: Cell) -> QPointF:
    """Return the point of the Network panel at which a cell is drawn."""
    return QRectF(panel.cell_rect(cell)).center()


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
