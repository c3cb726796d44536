"""What the Network panel says in words, painted: under the image, and down the output's column."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from cnnviz.app.network.caption_text import Captions
from cnnviz.app.network.layout import NetworkLayout
from cnnviz.app.network.sigmoid_plot import paint_point, plot_axes
from cnnviz.app.network.style import NetworkStyle
from cnnviz.app.widgets.text_layout import CENTRE, LEFT


def paint_captions(
    painter: QPainter, said: Captions, places: NetworkLayout, style: NetworkStyle
) -> None:
    """Paint captions, and the point on the last sigmoid that they name."""
    theme, lines = style.theme, places.lines
    painter.setPen(QColor(theme.text))
    caption = QRectF(places.caption)
    for text, font, height in zip(
        said.image,
        (style.title, style.small, style.small),
        (style.metrics.title, style.metrics.small, style.metrics.small),
        strict=True,
    ):
        caption.setHeight(height)
        painter.setFont(font)
        painter.drawText(caption, LEFT, text)
        caption.translate(0, height)
    painter.setFont(style.number)
    for rect, text in zip(lines[::2], (said.z, said.zs, said.o, said.error), strict=False):
        painter.drawText(rect, LEFT, text)
    painter.setFont(style.title)
    painter.drawText(lines[7], LEFT, said.prediction)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if said.right is not None:
        colour = theme.accent if said.right else theme.wrong
        badge = QRectF(lines[8])
        badge.setHeight(style.metrics.line)
        width = painter.fontMetrics().horizontalAdvance(said.verdict) + badge.height()
        badge.setWidth(min(badge.width(), width))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour))
        painter.drawRoundedRect(badge, badge.height() / 2, badge.height() / 2)
        painter.setPen(QColor(theme.panel))
        painter.drawText(badge, CENTRE, said.verdict)
    axes = plot_axes(places.plot, style.small)
    if axes is not None and said.point is not None:
        paint_point(painter, axes, said.point, theme, style.scale)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
