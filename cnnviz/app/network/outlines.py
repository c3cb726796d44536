"""Outlines of cells: those that were edited, the chosen one, the one under the pointer."""

from collections.abc import Iterable

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from cnnviz.app.cells.cell import Cell, Column
from cnnviz.app.network.layout import NetworkLayout
from cnnviz.app.network.style import NetworkStyle
from cnnviz.numerics.network import FILTER_SIZE


def paint_outlines(
    painter: QPainter,
    layout: NetworkLayout,
    style: NetworkStyle,
    *,
    changed: Iterable[Cell],
    chosen: Cell | None,
    hovered: Cell | None,
) -> None:
    """Outline cells; for a hovered unit, also its receptive field and its other cell."""
    theme = style.theme
    outlined = [(cell, 1, theme.accent) for cell in changed]
    if chosen is not None:
        outlined.append((chosen, 1, theme.text))
    if hovered is not None:
        if hovered.column in (Column.MAPS, Column.DENSE):
            other = Column.DENSE if hovered.column is Column.MAPS else Column.MAPS
            field = Cell(Column.IMAGE, 0, hovered.row, hovered.col)
            outlined.append((field, FILTER_SIZE, theme.filters[hovered.i]))
            outlined.append((Cell(other, hovered.i, hovered.row, hovered.col), 1, theme.muted))
        outlined.append((hovered, 1, theme.text))
    for cell, size, colour in outlined:
        seen = layout.cell_rect(cell, size) & layout.tile(cell.column, cell.i).rect
        if not seen.isEmpty():
            _outline(painter, seen, colour, style)


def _outline(painter: QPainter, rect: QRect, colour: str, style: NetworkStyle) -> None:
    """Outline a rectangle from outside, set off by a ring in the background's colour."""
    stroke = max(1, round(style.scale))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for distance, ring in ((3 * stroke, style.theme.panel), (2 * stroke, colour)):
        painter.setPen(QPen(QColor(ring), stroke))
        grown = distance - stroke // 2
        painter.drawRect(rect.adjusted(-grown, -grown, grown - 1, grown - 1))
