"""The pad that a digit is drawn on, with mouse, pen or finger."""

from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QTabletEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.sketch import SIDE, Sketch

LEAST: Final = 14 * GRID
"""Least side of the pad on the screen."""
INVITATION: Final = (
    "Draw a digit with mouse, pen or finger: the Network follows each stroke.",
    "Draw a digit here",
)
"""Hints on empty paper; the first one that fits is shown."""


class DrawingPad(QWidget):
    """Paper to draw a `Sketch` on.

    A finger draws as a mouse does, by the events that Qt makes of it. A pen draws thinner if it is
    pressed less.
    """

    spoken_value = ""

    def __init__(self, sketch: Sketch, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.sketch = sketch
        self._style = style
        sketch.changed.connect(self._show)
        self.setAccessibleName("Drawing pad")
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._show()

    def set_style(self, style: Style) -> None:
        """Use a style's colours."""
        self._style = style
        self.update()

    def sizeHint(self) -> QSize:
        """Return the size of the drawing."""
        return QSize(SIDE, SIDE)

    def minimumSizeHint(self) -> QSize:
        """Return a size that can still be drawn on."""
        return QSize(LEAST, LEAST)

    def paper(self) -> QRect:
        """Return the square that is drawn on, in the widget."""
        side = min(self.width(), self.height())
        return QRect((self.width() - side) // 2, (self.height() - side) // 2, side, side)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a stroke."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._begin(self._on_paper(event.position()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with the stroke."""
        self.sketch.go_on(self._on_paper(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the stroke."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.sketch.end()

    def tabletEvent(self, event: QTabletEvent) -> None:
        """Draw with a pen."""
        point, pressure = self._on_paper(event.position()), event.pressure()
        match event.type():
            case QEvent.Type.TabletPress:
                if event.button() == Qt.MouseButton.LeftButton:
                    self._begin(point, pressure)
            case QEvent.Type.TabletMove:
                self.sketch.go_on(point, pressure)
            case QEvent.Type.TabletRelease:
                self.sketch.end()
        event.accept()  # or Qt would make mouse events of it

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the paper, and the ink on it."""
        theme, paper, sketch = self._style.theme, self.paper(), self.sketch
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(paper, QColor(theme.paper))
        if not sketch.is_empty:
            ink = QImage(sketch.image.size(), QImage.Format.Format_ARGB32)
            ink.fill(QColor(theme.ink))
            ink.setAlphaChannel(sketch.image)
            painter.drawImage(paper, ink)
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.drawRect(QRectF(paper).adjusted(0.5, 0.5, -0.5, -0.5))
        if sketch.is_empty:
            painter.setPen(QColor(theme.muted))
            middle = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
            inner = paper.adjusted(GRID, GRID, -GRID, -GRID)
            text = INVITATION[0 if paper.width() >= 2 * LEAST * self._style.scale else 1]
            painter.drawText(inner, middle, text)
        painter.end()

    def _begin(self, point: QPointF, pressure: float = 1.0) -> None:
        self.setFocus(Qt.FocusReason.MouseFocusReason)  # Ctrl+Z removes the stroke
        self.sketch.begin(point, pressure)

    def _on_paper(self, position: QPointF) -> QPointF:
        """Return a point of the widget in pixels of the sketch."""
        paper = self.paper()
        return (position - QPointF(paper.topLeft())) * (SIDE / max(1, paper.width()))

    @Slot()
    def _show(self) -> None:
        count = self.sketch.count
        text = {0: "Nothing is drawn.", 1: "1 stroke."}.get(count, f"{count} strokes.")
        self.setAccessibleDescription(text)
        self.update()
