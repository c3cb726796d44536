"""The widget that shows the network until pyqtgraph has been imported."""

from PySide6.QtCore import QRect, Qt, Signal, Slot
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QWidget

from cnnviz.app.network.painting import NetworkPainting


class FirstView(QWidget):
    """Shows the same pixels as `NetworkView`, in time for the window's first picture."""

    spoken_value = ""
    painted = Signal()
    """It has been painted with data."""

    def __init__(self, painting: NetworkPainting, parent: QWidget) -> None:
        super().__init__(parent)
        self._painting = painting
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        painting.outdated.connect(self._update)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay the panel out again."""
        super().resizeEvent(event)
        self._painting.resize(self.size())

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint the newest frame."""
        painter = QPainter(self)
        self._painting.paint(painter, self.devicePixelRatio())
        painter.end()
        if self._painting.captions is not None:
            self.painted.emit()

    @Slot(QRect)
    def _update(self, rect: QRect) -> None:
        self.update(rect)
