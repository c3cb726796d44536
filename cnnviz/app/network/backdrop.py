"""The part of the Network panel that no frame changes: titles, arrows, borders, colour bars."""

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen, QPixmap

from cnnviz.app.cells.cell import Column, Shown
from cnnviz.app.look.colour_maps import (
    Table,
    activation_table,
    ink_table,
    scale_image,
    signed_table,
)
from cnnviz.app.look.theme import Theme
from cnnviz.app.network.layout import NetworkLayout
from cnnviz.app.network.sigmoid_plot import paint_plot, plot_axes
from cnnviz.app.network.style import STEPS, NetworkStyle
from cnnviz.app.widgets.text_layout import CENTRE, LEFT

TITLES: Final = (
    ("Image", "Image"),
    ("Filters", "Filters"),
    ("Feature maps", "Maps"),
    ("Dense maps", "Dense"),
    ("Output", "Output"),
)
"""Titles of the columns, and short ones for narrow columns."""
NAMES: Final = {
    "X": "X: ink",
    "f": "f: weight",
    "A": "A: activation",
    "C": "C: correlation",
    "wo": "wo: weight",
    "wo·a": "wo·a: part of z",
}


def backdrop(
    size: QSizeF, ratio: float, layout: NetworkLayout, style: NetworkStyle, shown: Shown
) -> QPixmap:
    """Paint the backdrop of a panel of a size, with `ratio` device pixels a pixel."""
    pixmap = QPixmap((size * ratio).toSize())
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(QColor(style.theme.panel))
    painter = QPainter(pixmap)
    _paint_words(painter, layout, style, shown)
    _paint_scales(painter, layout, style, shown)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _paint_flow(painter, layout, style, shown)
    axes = plot_axes(layout.plot, style.small)
    if axes is not None:
        paint_plot(painter, axes, style.small, style.theme, style.scale)
    painter.end()
    return pixmap


def operations(shown: Shown) -> tuple[tuple[str, str], ...]:
    """Return the sign and the name of each operation between two columns."""
    if shown.maps == "A":
        between = ("σ", "σ sigmoid"), ("×", "× weights")
    else:
        between = ("=", "= C"), ("×", "σ, × weights")
    return ("∗", "∗ correlate"), *between, ("Σ", "Σ sum")


def _paint_words(
    painter: QPainter, layout: NetworkLayout, style: NetworkStyle, shown: Shown
) -> None:
    theme = style.theme
    painter.setFont(style.title)
    painter.setPen(QColor(theme.text))
    title_metrics = QFontMetricsF(style.title)
    titles = [
        (rect, title if title_metrics.horizontalAdvance(title) <= rect.width() else short)
        for rect, (title, short) in zip(layout.titles, TITLES, strict=True)
    ]
    for rect, title in titles:
        painter.drawText(rect, CENTRE, title)
    painter.setFont(style.small)
    for rect, colour, i in zip(layout.filter_labels, theme.filters, (1, 2, 3), strict=True):
        painter.setPen(QColor(colour))
        painter.drawText(rect, CENTRE, f"Filter {i}")
    painter.setPen(QColor(theme.muted))
    painter.drawText(QRectF(layout.controls[Column.FILTERS]), CENTRE, "5 × 5")
    small = QFontMetricsF(style.small)
    for rect, (sign, name) in zip(layout.operations, operations(shown), strict=True):
        fits = small.horizontalAdvance(name) <= rect.width()
        painter.drawText(rect, CENTRE, name if fits else sign)
    for line, step in zip((1, 3, 5), STEPS, strict=True):
        painter.drawText(layout.lines[line], LEFT, step)


def _paint_scales(
    painter: QPainter, layout: NetworkLayout, style: NetworkStyle, shown: Shown
) -> None:
    painter.setPen(QColor(style.theme.muted))
    quantities = "X", "f", shown.maps, shown.dense
    advance = QFontMetricsF(style.small).horizontalAdvance
    for bar, name, quantity in zip(layout.bars, layout.bar_names, quantities, strict=True):
        painter.drawImage(bar, scale_image(_scale(quantity, style.theme)))
        fits = advance(f"{NAMES[quantity]} ") <= name.width()  # with a space before the next one
        painter.drawText(name, CENTRE, NAMES[quantity] if fits else quantity)
        painter.drawRect(bar.adjusted(-0.5, -0.5, 0.5, 0.5))


def _scale(quantity: str, theme: Theme) -> Table:
    if quantity == "X":
        return ink_table(theme)
    return activation_table(theme) if quantity == "A" else signed_table(theme)


def _paint_flow(
    painter: QPainter, layout: NetworkLayout, style: NetworkStyle, shown: Shown
) -> None:
    """Paint the borders of the tiles and the arrows between them, in the filters' colours."""
    theme, scale = style.theme, style.scale
    painter.setPen(QPen(QColor(theme.muted), scale))
    image = QRectF(layout.tile(Column.IMAGE).rect)
    painter.drawRect(image.adjusted(-scale, -scale, scale, scale))
    signs = [sign for sign, _ in operations(shown)]
    gaps = [rect.center().x() for rect in layout.operations]
    start = QPointF(gaps[0], image.center().y())
    end = QPointF(gaps[3], layout.lines[0].center().y())
    painter.drawLine(QPointF(image.right(), start.y()), start)
    _paint_arrow(painter, end, QPointF(layout.lines[0].left() - 2, end.y()), scale)

    for i, colour in enumerate(theme.filters):
        boxes = [
            QRectF(layout.tile(c, i).rect) for c in (Column.FILTERS, Column.MAPS, Column.DENSE)
        ]
        painter.setPen(QPen(QColor(colour), 2 * scale))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for box in boxes:
            painter.drawRect(box.adjusted(-scale, -scale, scale, scale))
        painter.setPen(QPen(QColor(colour), 1.5 * scale))
        edges = [(box.left() - 2 * scale, box.right() + 2 * scale) for box in boxes]
        y = boxes[0].center().y()
        _paint_curve(painter, start, QPointF(edges[0][0], y))
        _paint_curve(painter, QPointF(edges[2][1], y), end)
        for gap in (0, 1):
            tip = QPointF(edges[gap + 1][0], y)
            _paint_arrow(painter, QPointF(edges[gap][1], y), tip, scale)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            _paint_sign(painter, QPointF(gaps[gap + 1], y), signs[gap + 1], colour, style)
    for at, sign in ((start, signs[0]), (end, signs[3])):
        _paint_sign(painter, at, sign, theme.muted, style)


def _paint_curve(painter: QPainter, start: QPointF, end: QPointF) -> None:
    middle = (start.x() + end.x()) / 2
    path = QPainterPath(start)
    path.cubicTo(QPointF(middle, start.y()), QPointF(middle, end.y()), end)
    painter.drawPath(path)


def _paint_arrow(painter: QPainter, start: QPointF, end: QPointF, scale: float) -> None:
    painter.drawLine(start, end)
    head = 4 * scale
    painter.drawPolyline(
        [QPointF(end.x() - head, end.y() - head), end, QPointF(end.x() - head, end.y() + head)]
    )


def _paint_sign(
    painter: QPainter, at: QPointF, sign: str, colour: str, style: NetworkStyle
) -> None:
    pen, font = painter.pen(), style.small
    metrics = QFontMetricsF(font)
    height = metrics.height()
    width = max(height, metrics.horizontalAdvance(sign) + height / 3)
    box = QRectF(at.x() - width / 2, at.y() - height / 2, width, height)
    painter.setFont(font)
    painter.setPen(QPen(QColor(colour), style.scale))
    painter.setBrush(QColor(style.theme.panel))
    painter.drawRoundedRect(box, height / 2, height / 2)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QColor(style.theme.text))
    painter.drawText(box, CENTRE, sign)
    painter.setPen(pen)
