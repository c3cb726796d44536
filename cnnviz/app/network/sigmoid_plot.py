"""A small plot of the last sigmoid, with the selected image's ẑ and output."""

from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPen, QPolygonF

from cnnviz.app.look.theme import Theme
from cnnviz.app.widgets.text_layout import CENTRE, LEFT, RIGHT
from cnnviz.numerics.layers import sigmoid

LIMIT: Final = 4.0
"""The plot spans ẑ from −4 to 4; values beyond are drawn at its edge."""
SMALLEST: Final = 5
"""Least size of the plot, in lines of text."""


def plot_axes(area: QRectF, font: QFont) -> QRectF | None:
    """Return the rectangle between the axes, or None if the area is too small for a plot."""
    metrics = QFontMetricsF(font)
    line = metrics.height()
    if min(area.width(), area.height()) < SMALLEST * line:
        return None
    left = metrics.horizontalAdvance("½") + line / 2
    return area.adjusted(left, line / 2, -line / 2, -2 * line)


def paint_plot(painter: QPainter, axes: QRectF, font: QFont, theme: Theme, scale: float) -> None:
    """Paint the axes, the curve and the threshold between the two predictions."""
    muted, line = QColor(theme.muted), QFontMetricsF(font).height()
    painter.setPen(QPen(muted, scale))
    painter.drawLine(axes.bottomLeft(), axes.bottomRight())
    painter.drawLine(axes.bottomLeft(), axes.topLeft())
    painter.setPen(QPen(muted, scale, Qt.PenStyle.DashLine))
    painter.drawLine(_point(axes, -LIMIT, 0.5), _point(axes, LIMIT, 0.5))

    ts = np.linspace(-LIMIT, LIMIT, 65)
    points = zip(ts.tolist(), sigmoid(ts).tolist(), strict=True)
    painter.setPen(QPen(QColor(theme.text), 1.5 * scale))
    painter.drawPolyline(QPolygonF([_point(axes, t, o) for t, o in points]))

    painter.setFont(font)
    painter.setPen(muted)
    for value, text in ((0.0, "0"), (0.5, "½"), (1.0, "1")):
        at = _point(axes, -LIMIT, value)
        painter.drawText(QRectF(at.x() - line, at.y() - line / 2, line * 0.8, line), RIGHT, text)
    for value, text in ((-LIMIT, "−4"), (0.0, "0"), (LIMIT, "4")):
        at = _point(axes, value, 0)
        painter.drawText(QRectF(at.x() - line, at.y(), 2 * line, line), CENTRE, text)
    below = QRectF(axes.left(), axes.bottom() + line, axes.width(), line)
    painter.drawText(below, CENTRE, "ẑ → o")
    painter.drawText(QRectF(axes.left() + line / 3, axes.top(), line, line), LEFT, "> 4")
    corner = QRectF(axes.right() - line, axes.bottom() - line, line, line)
    painter.drawText(corner, RIGHT, "≤ 4")


def paint_point(
    painter: QPainter, axes: QRectF, point: tuple[float, float], theme: Theme, scale: float
) -> None:
    """Mark one image's (ẑ, o) on the curve, with lines to both axes."""
    at = _point(axes, min(max(point[0], -LIMIT), LIMIT), point[1])
    accent = QColor(theme.accent)
    painter.setPen(QPen(accent, scale))
    painter.drawLine(QPointF(at.x(), axes.bottom()), at)
    painter.drawLine(at, QPointF(axes.left(), at.y()))
    painter.setBrush(accent)
    painter.drawEllipse(at, 3.5 * scale, 3.5 * scale)


def _point(axes: QRectF, z: float, o: float) -> QPointF:
    return QPointF(
        axes.left() + (z + LIMIT) / (2 * LIMIT) * axes.width(), axes.bottom() - o * axes.height()
    )
