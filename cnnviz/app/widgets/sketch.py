"""A person's drawing: strokes on paper, each of which can be undone."""

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, QPointF, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPen

SIDE: Final = 280
"""Rows and columns of the paper, in pixels: ten for each of MNIST's."""
THICKNESS: Final = (10, 24, 50)
"""The thickness of a stroke in these pixels: the least, that at the start, and the largest."""
_STEP: Final = 1.0
"""Pixels that a stroke must move before it goes on."""


@dataclass(slots=True, eq=False)
class _Stroke:
    """A line with round ends, by its points and the thickness at each; one point is a disc."""

    points: list[tuple[QPointF, float]] = field(default_factory=list)


class Sketch(QObject):
    """A drawing in progress, whichever widgets it is shown on and drawn on."""

    changed = Signal()
    """Something was drawn or removed, or the drawing was given another digit."""
    thickness_changed = Signal(int)
    """The next stroke will have another thickness; carries it."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.thickness = THICKNESS[1]
        """The thickness of the next stroke, in pixels of the paper."""
        self.label: int | None = None
        """The digit that the person says it is; None if they have not."""
        self.image = _paper()
        """The ink, 280 × 280 pixels: 255 for ink, 0 for paper."""
        self._drawn: list[_Stroke | QImage] = []
        self._stroke: _Stroke | None = None

    @property
    def count(self) -> int:
        """How many strokes and pictures there are."""
        return len(self._drawn)

    @property
    def is_empty(self) -> bool:
        """Whether nothing is drawn."""
        return not self._drawn

    @property
    def ink(self) -> NDArray[np.uint8]:
        """The drawing, shape (280, 280): 255 for ink, 0 for paper. A copy."""
        rows = np.frombuffer(self.image.constBits(), np.uint8)
        return rows.reshape(SIDE, self.image.bytesPerLine())[:, :SIDE].copy()

    def set_label(self, label: int | None) -> None:
        """Say which digit it is; None if that is not known."""
        if label != self.label:
            self.label = label
            if self._drawn:
                self.changed.emit()

    def set_thickness(self, thickness: int) -> None:
        """Draw the next stroke with a thickness in pixels of the paper."""
        if thickness != self.thickness:
            self.thickness = thickness
            self.thickness_changed.emit(thickness)

    def begin(self, point: QPointF, pressure: float) -> None:
        """Begin a stroke at a point of the paper; with a pressure below 1, it is thinner."""
        self._stroke = _Stroke()
        self._drawn.append(self._stroke)
        self.go_on(point, pressure)

    def go_on(self, point: QPointF, pressure: float = 1.0) -> None:
        """Go on with the stroke, if one has begun, to a point of the paper."""
        if self._stroke is None:
            return
        points, thickness = self._stroke.points, self.thickness * max(pressure, 0.25)
        before = points[-1][0] if points else point
        if points and (point - before).manhattanLength() < _STEP:
            return
        points.append((point, thickness))
        painter = QPainter(self.image)
        _draw_line(painter, thickness, before, point)
        painter.end()
        self.changed.emit()

    def end(self) -> None:
        """End the stroke."""
        self._stroke = None

    def put_picture(self, ink: NDArray[np.uint8]) -> None:
        """Put a picture on the paper, scaled to fit; it is undone like a stroke.

        `ink` has the shape (rows, columns): 255 is ink, 0 is paper.
        """
        rows, columns = ink.shape
        picture = QImage(
            np.ascontiguousarray(ink).data, columns, rows, columns, QImage.Format.Format_Grayscale8
        )
        mode = Qt.TransformationMode
        enlarged = max(rows, columns) < SIDE  # its pixels stay what they are
        scaled = picture.scaled(
            SIDE,
            SIDE,
            Qt.AspectRatioMode.KeepAspectRatio,
            mode.FastTransformation if enlarged else mode.SmoothTransformation,
        )
        self._drawn.append(scaled.copy())
        self._draw_again()

    def undo(self) -> None:
        """Undo the last stroke."""
        if self._drawn:
            self.end()
            self._drawn.pop()
            self._draw_again()

    def clear(self) -> None:
        """Remove everything."""
        if self._drawn:
            self.end()
            self._drawn.clear()
            self._draw_again()

    def _draw_again(self) -> None:
        self.image = _paper()
        painter = QPainter(self.image)
        for drawn in self._drawn:
            if isinstance(drawn, QImage):
                left, top = (SIDE - drawn.width()) // 2, (SIDE - drawn.height()) // 2
                painter.drawImage(left, top, drawn)
                continue
            before = drawn.points[0][0]
            for point, thickness in drawn.points:
                _draw_line(painter, thickness, before, point)
                before = point
        painter.end()
        self.changed.emit()


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
