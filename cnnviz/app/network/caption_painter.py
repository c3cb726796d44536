"""Painting of the Network panel's captions: below the image, and in the output column."""

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from cnnviz.app.network.caption_text import SHORTER, Captions
from cnnviz.app.network.layout import NetworkLayout
from cnnviz.app.network.sigmoid_plot import paint_point, plot_axes
from cnnviz.app.network.style import NetworkStyle
from cnnviz.app.widgets.text_layout import CENTRE, LEFT


def paint_image_caption(
    painter: QPainter, captions: Captions, layout: NetworkLayout, style: NetworkStyle
) -> None:
    """Paint the lines below the image."""
    painter.setPen(QColor(style.theme.text))
    caption = QRectF(layout.caption)
    for text, font, height in zip(
        captions.image,
        (style.title, style.small, style.small),
        (style.metrics.title, style.metrics.small, style.metrics.small),
        strict=True,
    ):
        caption.setHeight(height)
        painter.setFont(font)
        fits = painter.fontMetrics().horizontalAdvance(text) <= caption.width()
        painter.drawText(caption, LEFT, text if fits else SHORTER.get(text, text))
        caption.translate(0, height)


def paint_output(
    painter: QPainter, captions: Captions, layout: NetworkLayout, style: NetworkStyle
) -> None:
    """Paint the numbers of the output column, the verdict, and the point on the last sigmoid."""
    theme, lines = style.theme, layout.lines
    painter.setPen(QColor(theme.text))
    painter.setFont(style.number)
    for rect, text in zip(
        lines[::2], (captions.z, captions.zs, captions.o, captions.error), strict=False
    ):
        painter.drawText(rect, LEFT, text)
    painter.setFont(style.title)
    painter.drawText(lines[7], LEFT, captions.prediction)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if captions.correct is not None:
        colour = theme.accent if captions.correct else theme.wrong
        badge = QRectF(lines[8])
        badge.setHeight(style.metrics.line)
        width = painter.fontMetrics().horizontalAdvance(captions.verdict) + badge.height()
        badge.setWidth(min(badge.width(), width))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colour))
        painter.drawRoundedRect(badge, badge.height() / 2, badge.height() / 2)
        painter.setPen(QColor(theme.panel))
        painter.drawText(badge, CENTRE, captions.verdict)
    axes = plot_axes(layout.plot, style.small)
    if axes is not None and captions.point is not None:
        paint_point(painter, axes, captions.point, theme, style.scale)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
