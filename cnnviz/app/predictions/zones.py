"""The background of the plot of the predictions: where an output is right."""

from math import ceil
from typing import Final

import pyqtgraph as pg
from PySide6.QtCore import QLineF, QRectF, QSize, Qt, Slot
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

from cnnviz.app.look.style import Style

_TINT: Final = 0.08
"""Opacity of the tint where outputs are right, 0 to 1."""


class Zones(pg.GraphicsObject):  # type: ignore[misc]
    """The tinted halves of the columns, the threshold, and the border between the targets."""

    def __init__(self, view: pg.ViewBox) -> None:
        super().__init__(view)
        self._view = view
        self._drawn: QPixmap | None = None
        self.setZValue(-1)
        view.sigResized.connect(self._resize)

    def set_style(self, style: Style) -> None:
        """Use a style's colours."""
        self._style, self._drawn = style, None
        self.update()

    def picture(self, pixel_ratio: float) -> QPixmap:
        """Return a picture of the background, in which nothing is transparent."""
        if self._drawn is None or self._drawn.devicePixelRatio() != pixel_ratio:
            wide, high = self._view.width() * pixel_ratio, self._view.height() * pixel_ratio
            self._drawn = QPixmap(QSize(ceil(wide), ceil(high)))
            self._drawn.setDevicePixelRatio(pixel_ratio)
            self._drawn.fill(QColor(self._style.theme.panel))
            painter = QPainter(self._drawn)
            self.paint(painter)
            painter.end()
        return self._drawn

    def boundingRect(self) -> QRectF:
        """Return the view's rectangle."""
        return QRectF(self._view.rect())

    def paint(self, painter: QPainter, _option: object = None, _widget: object = None) -> None:
        """Paint the background; the middle is the threshold, and the border between 4 and 5."""
        theme, rect = self._style.theme, self.boundingRect()
        centre = rect.center()
        tint = QColor(theme.accent)
        tint.setAlphaF(_TINT)
        painter.fillRect(QRectF(rect.bottomLeft(), centre).normalized(), tint)
        painter.fillRect(QRectF(centre, rect.topRight()).normalized(), tint)
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.drawLine(QLineF(centre.x(), rect.top(), centre.x(), rect.bottom()))
        painter.setPen(QPen(QColor(theme.text), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QLineF(rect.left(), centre.y(), rect.right(), centre.y()))

    @Slot()
    def _resize(self) -> None:
        self._drawn = None
        self.prepareGeometryChange()
        self.update()
