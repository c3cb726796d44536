"""How a sum grew, term by term."""

from functools import partial
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from cnnviz.app.debugger.explanation.formats import width_of
from cnnviz.app.debugger.explanation.text_view import CENTRE, RIGHT, InlineDrawing, Tab, TextWriter
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.numerics.number_format import compact

_HIGH: Final = 72
"""Pixels of the plot, at the normal scale."""
_WIDEST: Final = 70 * GRID
_POINTS: Final = 600


def write_running_sum(writer: TextWriter, running: NDArray[np.float64] | None) -> None:
    """Write where a sum ends, and plot it after each term; None for a number that is not a sum."""
    if running is None:
        return
    formats, terms = writer.formats, f"{len(running):,}"
    style = formats.style
    across = min(writer.width, _WIDEST * style.scale) - 1
    title = f"Running sum: 0 to {compact(float(running[-1]), 4)} in {terms} terms"
    writer.line((title, formats.small), above=2 * GRID)
    plot = InlineDrawing(across, _HIGH * style.scale, partial(_paint, running, style))
    writer.line(writer.drawing(plot, formats.small))
    low, high = min(0.0, float(running.min())), max(0.0, float(running.max()))
    reach = f"lowest {compact(low)}, highest {compact(high)}"
    last = f"term {terms}"
    if width_of(reach, formats.tiny) + 2 * (width_of(last, formats.tiny) + GRID) <= across:
        tabs = [Tab(across / 2, CENTRE), Tab(across, RIGHT)]
        writer.line((f"term 1\t{reach}\t{last}", formats.tiny), tabs=tabs)
    else:
        writer.line((f"term 1\t{last}", formats.tiny), tabs=[Tab(across, RIGHT)])
        writer.line((reach, formats.tiny))


def _paint(running: NDArray[np.float64], style: Style, painter: QPainter, rect: QRectF) -> None:
    plot, theme = rect.adjusted(0, 2, 0, -2), style.theme
    values = np.concatenate([[0.0], running])
    step = max(1, len(values) // _POINTS)
    drawn = np.append(np.arange(0, len(values) - 1, step), len(values) - 1)
    low, high = float(values.min()), float(values.max())
    span = (high - low) or 1.0
    xs = plot.left() + drawn / max(1, len(values) - 1) * plot.width()
    ys = plot.bottom() - (values[drawn] - low) / span * plot.height()
    zero = plot.bottom() - (0 - low) / span * plot.height()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(theme.line), 1))
    painter.drawLine(QPointF(plot.left(), zero), QPointF(plot.right(), zero))
    painter.setPen(QPen(QColor(theme.accent), 1.5 * style.scale))
    painter.drawPolyline(
        QPolygonF([QPointF(x, y) for x, y in zip(xs.tolist(), ys.tolist(), strict=True)])
    )
