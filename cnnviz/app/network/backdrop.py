"""The part of the Network panel that no frame changes: titles, arrows, borders, colour bars."""

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen

from cnnviz.app.cells.cell import Column, Shown
from cnnviz.app.look.colour_maps import (
    Table,
    activation_table,
    ink_table,
    scale_image,
    signed_table,
)
from cnnviz.app.look.theme import Theme
from cnnviz.app.network.frame_images import Scale
from cnnviz.app.network.layout import NetworkLayout
from cnnviz.app.network.sigmoid_plot import paint_plot, plot_axes
from cnnviz.app.network.style import STEPS, NetworkStyle
from cnnviz.app.widgets.colour_bar import paint_bar_marks
from cnnviz.app.widgets.colour_range import jump_words
from cnnviz.app.widgets.text_layout import CENTRE, LEFT, RIGHT

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


def paint_backdrop(
    painter: QPainter, layout: NetworkLayout, style: NetworkStyle, shown: Shown
) -> None:
    """Paint the backdrop of a panel that is filled with its colour already."""
    _paint_words(painter, layout, style, shown)
    _paint_bars(painter, layout, style, shown)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    _paint_flow(painter, layout, style, shown)
    axes = plot_axes(layout.plot, style.small)
    if axes is not None:
        paint_plot(painter, axes, style.small, style.theme, style.scale)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)


def paint_scales(
    painter: QPainter, scales: Sequence[Scale], layout: NetworkLayout, style: NetworkStyle
) -> None:
    """Paint below each colour bar its numbers, its quantity, and whether its range is unusual."""
    for scale, bar, marks, name in zip(
        scales, layout.bars, layout.bar_marks, layout.bar_names, strict=True
    ):
        painter.setFont(style.small_number)
        paint_bar_marks(painter, bar, marks, scale.low, scale.high, style.theme)
        _paint_name(painter, scale, name, style)


def _paint_name(painter: QPainter, scale: Scale, bounds: QRectF, style: NetworkStyle) -> None:
    """Paint the name of a quantity, or its letter if that is too long, and a note in bold.

    A note about a jump begins with what has jumped if that fits.
    """
    small, bold = QFontMetricsF(style.small), QFontMetricsF(style.title)
    names = NAMES[scale.quantity], scale.quantity
    notes = (f"range {scale.note}", scale.note) if jump_words(scale.note) else (scale.note,)
    forms = [(name, note) for note in notes for name in names]
    if scale.note:
        forms.append(("", scale.note))
    for name, note in forms:
        # With a space before the next name.
        gap = "  " if name else ""
        after = bold.horizontalAdvance(gap + note) if note else small.horizontalAdvance(" ")
        if small.horizontalAdvance(name) + after <= bounds.width():
            break
    width = small.horizontalAdvance(name) + (after if note else 0)
    line = QRectF(bounds.center().x() - width / 2, bounds.top(), width, bounds.height())
    painter.setPen(QColor(style.theme.muted))
    painter.setFont(style.small)
    painter.drawText(line, LEFT, name)
    if note:
        painter.setPen(QColor(style.theme.text))
        painter.setFont(style.title)
        painter.drawText(line, RIGHT, note)


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
    title_metrics, small = QFontMetricsF(style.title), QFontMetricsF(style.small)
    titles = [
        (rect, title if title_metrics.horizontalAdvance(title) <= rect.width() else short)
        for rect, (title, short) in zip(layout.titles, TITLES, strict=True)
    ]
    for rect, title in titles:
        painter.drawText(rect, CENTRE, title)
    painter.setFont(style.small)
    for rect, colour, i in zip(layout.filter_labels, theme.filters, (1, 2, 3), strict=True):
        painter.setPen(QColor(colour))
        name, tile = f"Filter {i}", layout.tile(Column.FILTERS, i - 1).rect
        fits = small.horizontalAdvance(name) <= tile.width()
        # A name wider than the filter begins with it: the curve to the filter is at the left.
        label = rect if fits else QRectF(tile.left(), rect.top(), rect.width(), rect.height())
        painter.drawText(label, CENTRE if fits else LEFT, name)
    painter.setPen(QColor(theme.muted))
    painter.drawText(QRectF(layout.controls[Column.FILTERS]), CENTRE, "5 × 5")
    for rect, (sign, name) in zip(layout.operations, operations(shown), strict=True):
        fits = small.horizontalAdvance(name) <= rect.width()
        painter.drawText(rect, CENTRE, name if fits else sign)
    for line, step in zip((1, 3, 5), STEPS, strict=True):
        painter.drawText(layout.lines[line], LEFT, step)


def _paint_bars(
    painter: QPainter, layout: NetworkLayout, style: NetworkStyle, shown: Shown
) -> None:
    painter.setPen(QColor(style.theme.muted))
    for bar, quantity in zip(layout.bars, quantities(shown), strict=True):
        painter.drawImage(bar, scale_image(colour_table(quantity, style.theme)))
        painter.drawRect(bar.adjusted(-0.5, -0.5, 0.5, 0.5))


def quantities(shown: Shown) -> tuple[str, ...]:
    """Return the quantities of the columns, from left to right."""
    return "X", "f", shown.maps, shown.dense


def colour_table(quantity: str, theme: Theme) -> Table:
    """Return the colours of a quantity."""
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
