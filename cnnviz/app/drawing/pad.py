"""The pad that a digit is drawn on, with mouse, pen or finger."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID

SIDE: Final = 280
"""Rows and columns of what is drawn, in pixels: ten for each of MNIST's."""
THICKNESS: Final = (10, 24, 50)
"""Of a stroke, in these pixels: the least, that at the start, and the largest."""
_LEAST: Final = 14 * GRID
"""Least side of the pad on the screen."""
_INVITATION: Final = "Draw a digit with mouse, pen or finger: the Network follows each stroke."
_STEP: Final = 1.0
"""Pixels that a stroke must move before it goes on."""


@dataclass(slots=True, eq=False)
class _Stroke:
    """A line with round ends; a single point is a disc."""

    thickness: float
    points: list[QPointF] = field(default_factory=list)


class DrawingPad(QWidget):
    """Paper to draw on. A pen and a finger draw as a mouse does, by the events that Qt makes."""

    changed = Signal()
    """Something was drawn or removed."""

    def __init__(self, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.thickness = float(THICKNESS[1])
        self._drawn: list[_Stroke | QImage] = []
        self._stroke: _Stroke | None = None
        self._ink = _paper()
        self._style = style
        self.setAccessibleName("Drawing pad")
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._describe()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is drawn."""
        return not self._drawn

    @property
    def ink(self) -> NDArray[np.uint8]:
        """What is drawn, shape (280, 280): 255 for ink, 0 for paper. A copy."""
        rows = np.frombuffer(self._ink.constBits(), np.uint8)
        return rows.reshape(SIDE, self._ink.bytesPerLine())[:, :SIDE].copy()

    def set_style(self, style: Style) -> None:
        """Use a style's colours."""
        self._style = style
        self.update()

    def put_picture(self, ink: NDArray[np.uint8]) -> None:
        """Put a picture on the paper, scaled to fit; it is undone like a stroke.

        Parameters
        ----------
        ink : ndarray of uint8, shape (rows, columns)
            255 for ink, 0 for paper.
        """
        rows, columns = ink.shape
        picture = QImage(
            np.ascontiguousarray(ink).data, columns, rows, columns, QImage.Format.Format_Grayscale8
        )
        scaled = picture.scaled(
            SIDE,
            SIDE,
            Qt.AspectRatioMode.KeepAspectRatio,
            Qt.TransformationMode.SmoothTransformation,
        )
        self._drawn.append(scaled.copy())
        self._draw_again()

    def undo(self) -> None:
        """Remove what was drawn last."""
        if self._drawn:
            self._drawn.pop()
            self._draw_again()

    def clear(self) -> None:
        """Remove everything."""
        if self._drawn:
            self._drawn.clear()
            self._draw_again()

    def sizeHint(self) -> QSize:
        """Return the size of what is drawn."""
        return QSize(SIDE, SIDE)

    def minimumSizeHint(self) -> QSize:
        """Return a size that can still be drawn on."""
        return QSize(_LEAST, _LEAST)

    def paper(self) -> QRect:
        """Return the square that is drawn on, in the widget."""
        side = min(self.width(), self.height())
        return QRect((self.width() - side) // 2, (self.height() - side) // 2, side, side)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a stroke."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._stroke = _Stroke(self.thickness)
            self._drawn.append(self._stroke)
            self._go_on(event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Go on with the stroke."""
        if self._stroke is not None:
            self._go_on(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """End the stroke."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._stroke = None

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the paper, and the ink on it."""
        theme, paper = self._style.theme, self.paper()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.fillRect(paper, QColor(theme.paper))
        ink = QImage(self._ink.size(), QImage.Format.Format_ARGB32)
        ink.fill(QColor(theme.ink))
        ink.setAlphaChannel(self._ink)
        painter.drawImage(paper, ink)
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.drawRect(QRectF(paper).adjusted(0.5, 0.5, -0.5, -0.5))
        if self.is_empty:
            painter.setPen(QColor(theme.muted))
            middle = int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap)
            painter.drawText(paper.adjusted(GRID, GRID, -GRID, -GRID), middle, _INVITATION)
        painter.end()

    def _go_on(self, position: QPointF) -> None:
        """Add a point of the widget to the stroke."""
        stroke, paper = self._stroke, self.paper()
        if stroke is None or not paper.width():
            return
        point = (position - QPointF(paper.topLeft())) * (SIDE / paper.width())
        before = stroke.points[-1] if stroke.points else None
        if before is not None and (point - before).manhattanLength() < _STEP:
            return
        stroke.points.append(point)
        painter = QPainter(self._ink)
        _draw_line(painter, stroke.thickness, before or point, point)
        painter.end()
        self._report()

    def _draw_again(self) -> None:
        self._ink = _paper()
        painter = QPainter(self._ink)
        for drawn in self._drawn:
            if isinstance(drawn, QImage):
                left, top = (SIDE - drawn.width()) // 2, (SIDE - drawn.height()) // 2
                painter.drawImage(left, top, drawn)
                continue
            points = drawn.points
            for start, end in zip([points[0], *points], points, strict=False):
                _draw_line(painter, drawn.thickness, start, end)
        painter.end()
        self._report()

    def _report(self) -> None:
        self._describe()
        self.update()
        self.changed.emit()

    def _describe(self) -> None:
        count = len(self._drawn)
        text = {0: "Nothing is drawn.", 1: "1 stroke."}.get(count, f"{count} strokes.")
        self.setAccessibleDescription(text)


def _paper() -> QImage:
    image = QImage(SIDE, SIDE, QImage.Format.Format_Grayscale8)
    image.fill(0)
    return image


def _draw_line(painter: QPainter, thickness: float, start: QPointF, end: QPointF) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    round_ends = Qt.PenCapStyle.RoundCap
    painter.setPen(QPen(Qt.GlobalColor.white, thickness, Qt.PenStyle.SolidLine, round_ends))
    if start == end:
        painter.drawPoint(start)
    else:
        painter.drawLine(start, end)
