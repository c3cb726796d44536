"""How a sum grew, term by term."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF

from cnnviz.app.theme import GRID, Theme, body_font, number_font
from cnnviz.app.widgets.numbers import compact
from cnnviz.app.widgets.text import CENTRE, LEFT, RIGHT

_HIGH: Final = 72
"""Pixels of the plot, at the normal scale."""
_WIDEST: Final = 70 * GRID
_POINTS: Final = 600
_WRAPPED: Final = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop) | int(
    Qt.TextFlag.TextWordWrap
)


class StoryCurve:
    """Lays a running sum out and paints it.

    Parameters
    ----------
    theme : Theme
    scale : float
        Of type and strokes; 1 is the normal one.
    """

    def __init__(self, theme: Theme, scale: float) -> None:
        self._theme, self._scale = theme, scale
        self._small, self._tiny = body_font(0.85 * scale), number_font(0.75 * scale)
        self._line = QFontMetricsF(self._small).height() + 2
        self._running: NDArray[np.float64] | None = None

    def show(self, running: NDArray[np.float64] | None) -> None:
        """Take another sum, or none."""
        self._running = running

    def height(self, width: float) -> float:
        """Return the height that it takes at a width."""
        if self._running is None:
            return 0.0
        lines = 1 if self._is_wide(width) else 2
        return self._title_height(width) + _HIGH * self._scale + lines * self._line + GRID

    def paint(self, painter: QPainter, width: float, top: float) -> None:
        """Paint it from a top on."""
        running, theme = self._running, self._theme
        if running is None:
            return
        title = QRectF(0, top, width, self._title_height(width))
        painter.setFont(self._small)
        painter.setPen(QColor(theme.text))
        painter.drawText(title, _WRAPPED, self._title())
        across = min(width, _WIDEST * self._scale) - 1
        plot = QRectF(0, title.bottom() + 2, across, _HIGH * self._scale - 4)
        self._paint_line(painter, plot, running)
        painter.setFont(self._tiny)
        painter.setPen(QColor(theme.muted))
        below = QRectF(0, plot.bottom() + 2, across, self._line)
        ends, reach = self._captions()
        painter.drawText(below, LEFT, ends[0])
        painter.drawText(below, RIGHT, ends[1])
        if self._is_wide(width):
            painter.drawText(below, CENTRE, reach)
        else:
            painter.drawText(below.translated(0, self._line), LEFT, reach)

    def _paint_line(self, painter: QPainter, plot: QRectF, running: NDArray[np.float64]) -> None:
        theme = self._theme
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
        painter.setPen(QPen(QColor(theme.accent), 1.5 * self._scale))
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
        metrics = QFontMetricsF(self._tiny)
        ends = 2 * (metrics.horizontalAdvance(last) + GRID)
        return metrics.horizontalAdvance(reach) + ends <= min(width, _WIDEST * self._scale) - 1

    def _title_height(self, width: float) -> float:
        room = QRectF(0, 0, width, 10_000)
        return QFontMetricsF(self._small).boundingRect(room, _WRAPPED, self._title()).height()
