"""A frame in the accent around a panel that a lesson speaks of."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QWidget

from cnnviz.app.look.style import Style


class Highlight(QWidget):
    """The frame; the mouse goes through it."""

    def __init__(self, panel: QWidget) -> None:
        super().__init__(panel)
        self._colour, self._width = QColor(), 3.0
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        panel.installEventFilter(self)
        self.setGeometry(panel.rect())
        self.show()
        self.raise_()

    def set_style(self, style: Style) -> None:
        """Use a style's accent."""
        self._colour, self._width = QColor(style.theme.accent), 3 * style.scale
        self.update()

    def end(self) -> None:
        """Remove it."""
        self.hide()
        self.deleteLater()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the size of the panel."""
        if isinstance(event, QResizeEvent) and isinstance(watched, QWidget):
            self.setGeometry(watched.rect())
        return False

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the frame."""
        painter = QPainter(self)
        painter.setPen(QPen(self._colour, self._width))
        half = self._width / 2
        painter.drawRect(self.rect().toRectF().adjusted(half, half, -half, -half))
        painter.end()
