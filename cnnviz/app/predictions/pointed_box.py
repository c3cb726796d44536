"""The images that are pointed at in the plot: thumbnails and the number of the nearest."""

from dataclasses import dataclass
from typing import Final

import pyqtgraph as pg
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.thumbnails import Thumbnails
from cnnviz.data.dataset import Dataset

_NEAREST: Final = 4 * GRID
_OTHER: Final = 3 * GRID
"""Sides of the thumbnails at normal size, in pixels."""


@dataclass(frozen=True, slots=True)
class PointedImage:
    """An image that is pointed at."""

    index: int
    position: tuple[float, float]
    """Its mark, in pixels."""
    correct: bool
    """Whether its prediction is."""


class PointedBox(pg.GraphicsObject):  # type: ignore[misc]
    """A box in a view, away from the pointer, and rings around the marks of its images."""

    def __init__(self, view: pg.ViewBox) -> None:
        super().__init__(view)
        self._view = view
        self._dataset: Dataset | None = None
        self._box = QRectF()
        self.text = ""
        """The text about the nearest image; empty while nothing is pointed at."""
        self.images: tuple[PointedImage, ...] = ()
        """The images that are pointed at, nearest first."""
        self.setZValue(1)
        self.setAcceptedMouseButtons(Qt.MouseButton.NoButton)
        self.hide()

    def set_style(self, style: Style, pixel_ratio: float) -> None:
        """Use a style's colours and size; `pixel_ratio` device pixels are one of Qt's."""
        self._style = style
        side = round(_NEAREST * style.scale * pixel_ratio)
        self._thumbnails = Thumbnails(style.theme, side)
        self._font = style.scaled(0.9).body_font
        self.update()

    def show_images(self, dataset: Dataset, images: tuple[PointedImage, ...], text: str) -> None:
        """Show some images, or nothing if there are none."""
        self._dataset, self.images, self.text = dataset, images, text
        self.setVisible(bool(images))
        if images:
            self.prepareGeometryChange()
            self._lay_out()
            self.update()

    def boundingRect(self) -> QRectF:
        """Return the view's rectangle."""
        return QRectF(self._view.rect())

    def _lay_out(self) -> None:
        """Put the box into the other half of the view, near the pointed image."""
        scale, (x, y) = self._style.scale, self.images[0].position
        metrics = QFontMetricsF(self._font)
        thumbnails = (_NEAREST + (_OTHER + GRID / 2) * (len(self.images) - 1)) * scale
        wide = max(thumbnails, metrics.horizontalAdvance(self.text)) + GRID
        high = _NEAREST * scale + metrics.height() + 1.5 * GRID
        whole = self.boundingRect()
        left = max(0.0, min(x - wide / 2, whole.width() - wide))
        below = y < whole.height() / 2
        top = min(y + 2 * GRID * scale, whole.height() - high) if below else y - high - 2 * GRID
        self._box = QRectF(left, max(0.0, top), wide, high)

    def paint(self, painter: QPainter, _option: object, _widget: object = None) -> None:
        """Paint rings and box."""
        if self._dataset is None:
            return
        theme, scale = self._style.theme, self._style.scale
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for number, image in enumerate(self.images):
            painter.setPen(QPen(QColor(theme.text), (1.5 if number == 0 else 0.8) * scale))
            radius = (6 if number == 0 else 5) * scale
            painter.drawEllipse(QPointF(*image.position), radius, radius)
        painter.setPen(QColor(theme.line))
        painter.setBrush(QColor(theme.raised))
        painter.drawRoundedRect(self._box, GRID / 2, GRID / 2)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        left, bottom = self._box.left() + GRID / 2, self._box.top() + GRID / 2 + _NEAREST * scale
        for number, image in enumerate(self.images):
            side = (_NEAREST if number == 0 else _OTHER) * scale
            frame = QRectF(left, bottom - side, side, side)
            picture = self._thumbnails.picture(self._dataset, image.index)
            painter.drawPixmap(frame, picture, QRectF(picture.rect()))
            # A wrong one has a dashed frame.
            dashes = Qt.PenStyle.SolidLine if image.correct else Qt.PenStyle.DashLine
            painter.setPen(QPen(QColor(theme.accent if image.correct else theme.wrong), 1, dashes))
            painter.drawRect(frame)
            left += side + GRID / 2 * scale
        painter.setFont(self._font)
        painter.setPen(QColor(theme.text))
        words = self._box.adjusted(GRID / 2, 0, -GRID / 2, -GRID / 2)
        below = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom
        painter.drawText(words, int(below), self.text)
