"""How a sum grew, term by term."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF

from cnnviz.app.debugger.explanation.style import StoryStyle
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.text_layout import CENTRE, LEFT, RIGHT, TOP_WRAPPED
from cnnviz.numerics.number_format import compact

_HIGH: Final = 72
"""Pixels of the plot, at the normal scale."""
_WIDEST: Final = 70 * GRID
_POINTS: Final = 600


class StoryCurve:
    """Lays a running sum out and paints it.

    Parameters
    ----------
    style : StoryStyle
    """

    def __init__(self, style: StoryStyle) -> None:
        self._style = style
        self._running: NDArray[np.float64] | None = None

    def show(self, running: NDArray[np.float64] | None) -> None:
        """Take another sum, or none."""
        self._running = running

    def height(self, width: float) -> float:
        """Return the height that it takes at a width."""
        if self._running is None:
            return 0.0
        style, lines = self._style, 1 if self._is_wide(width) else 2
        return self._title_height(width) + _HIGH * style.scale + lines * style.small_line + GRID

    def paint(self, painter: QPainter, width: float, top: float) -> None:
        """Paint it from a top on."""
        running, theme = self._running, self._style.theme
        if running is None:
            return
        title = QRectF(0, top, width, self._title_height(width))
        painter.setFont(self._style.small)
        painter.setPen(QColor(theme.text))
        painter.drawText(title, TOP_WRAPPED, self._title())
        across = min(width, _WIDEST * self._style.scale) - 1
        plot = QRectF(0, title.bottom() + 2, across, _HIGH * self._style.scale - 4)
        self._paint_line(painter, plot, running)
        painter.setFont(self._style.tiny)
        painter.setPen(QColor(theme.muted))
        below = QRectF(0, plot.bottom() + 2, across, self._style.small_line)
        ends, reach = self._captions()
        painter.drawText(below, LEFT, ends[0])
        painter.drawText(below, RIGHT, ends[1])
        if self._is_wide(width):
            painter.drawText(below, CENTRE, reach)
        else:
            painter.drawText(below.translated(0, self._style.small_line), LEFT, reach)

    def _paint_line(self, painter: QPainter, plot: QRectF, running: NDArray[np.float64]) -> None:
        theme = self._style.theme
        values = np.concatenate([[0.0], running])
        step = max(1, len(values) // _POINTS)
        places = np.append(np.arange(0, len(values) - 1, step), len(values) - 1)
        low, high = float(values.min()), float(values.max())
        span = (high - low) or 1.0
        xs = plot.left() + places / max(1, len(values) - 1) * plot.width()
        ys = plot.bottom() - (values[places] - low) / span * plot.height()
        zero = plot.bottom() - (0 - low) / span * plot.height()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.drawLine(QPointF(plot.left(), zero), QPointF(plot.right(), zero))
        painter.setPen(QPen(QColor(theme.accent), 1.5 * self._style.scale))
        painter.drawPolyline(
            QPolygonF([QPointF(x, y) for x, y in zip(xs.tolist(), ys.tolist(), strict=True)])
        )
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)

    def _title(self) -> str:
        running = self._running
        if running is None:
            return ""
        return f"Running sum: 0 to {compact(float(running[-1]), 4)} in {len(running):,} terms"

    def _captions(self) -> tuple[tuple[str, str], str]:
        """Return what stands at the ends of the terms, and how far the sum went."""
        running = self._running
        if running is None:
            return ("", ""), ""
        low, high = min(0.0, float(running.min())), max(0.0, float(running.max()))
        ends = "term 1", f"term {len(running):,}"
        return ends, f"lowest {compact(low)}, highest {compact(high)}"

    def _is_wide(self, width: float) -> bool:
        """Say whether the captions beneath have room on one line: the middle one is centred."""
        (_, last), reach = self._captions()
        metrics = QFontMetricsF(self._style.tiny)
        ends = 2 * (metrics.horizontalAdvance(last) + GRID)
        across = min(width, _WIDEST * self._style.scale) - 1
        return metrics.horizontalAdvance(reach) + ends <= across

    def _title_height(self, width: float) -> float:
        room = QRectF(0, 0, width, 10_000)
        metrics = QFontMetricsF(self._style.small)
        return metrics.boundingRect(room, TOP_WRAPPED, self._title()).height()
