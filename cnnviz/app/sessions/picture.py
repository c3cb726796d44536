"""The picture of a session: its filters, and the curve of its loss."""

import math
from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap, QPolygonF

from cnnviz.app.look.colour_maps import Matrix, matrix_image
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.numerics.network import FILTER_COUNT, FILTER_SIZE
from cnnviz.training.run.predictions import upright
from cnnviz.training.sessions.delta import SessionSummary

_SIDE: Final = 4 * GRID
"""Height and width of a filter at the normal scale."""
_CURVE: Final = 10 * GRID
"""Width of the curve at the normal scale."""


def picture_size(scale: float) -> QSize:
    """Return the size of a picture in logical pixels."""
    return QSize(FILTER_COUNT * (_SIDE + GRID) + _CURVE, _SIDE) * scale


def picture_of(
    summary: SessionSummary, style: Style, ratio: float, *, on_accent: bool = False
) -> QPixmap:
    """Draw the newest filters of a session, and its losses over the iterations.

    `ratio` is the number of device pixels in a logical one; `on_accent` says whether its background
    is the accent.
    """
    size = picture_size(style.scale)
    pixmap = QPixmap(size * ratio)
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    side, gap = _SIDE * style.scale, GRID * style.scale
    filters = np.array(summary.filters)
    if filters.size == FILTER_SIZE * FILTER_SIZE * FILTER_COUNT:
        shape = FILTER_SIZE, FILTER_SIZE, FILTER_COUNT
        shown = upright(filters.reshape(shape).transpose(2, 0, 1))
        largest = float(np.nanmax(np.abs(shown), initial=0.0)) or 1.0
        for index, values in enumerate(shown):
            image = matrix_image(Matrix(values, largest, signed=True), style.theme)
            painter.drawImage(QRectF(index * (side + gap), 0, side, side), image)
    left = FILTER_COUNT * (side + gap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    colour = style.theme.on_accent if on_accent else style.theme.accent
    painter.setPen(QPen(QColor(colour), 1.5 * style.scale))
    painter.drawPolyline(_curve(summary, QRectF(left, 2, size.width() - left - 2, side - 4)))
    painter.end()
    return pixmap


def _curve(summary: SessionSummary, area: QRectF) -> QPolygonF:
    """Return the finite losses, from the smallest at the bottom to the largest at the top."""
    points = [(i, loss) for i, loss in enumerate(summary.curve) if math.isfinite(loss)]
    if not points:
        return QPolygonF()
    least, largest = (pick(loss for _, loss in points) for pick in (min, max))
    across, up = max(1, len(summary.curve) - 1), (largest - least) or 1.0
    return QPolygonF(
        [
            QPointF(
                area.left() + area.width() * i / across,
                area.bottom() - area.height() * (loss - least) / up,
            )
            for i, loss in points
        ]
    )
