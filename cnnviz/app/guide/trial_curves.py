"""Two loss curves over each other: without a change, and with the one that helped most."""

from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.window_share import WindowShare
from cnnviz.numerics.number_format import loss_text
from cnnviz.training.comparison.trials import ITERATIONS, CandidateTrial

_HEIGHT: Final = 12 * GRID
_SHARE: Final = 9
"""It takes a fraction of the window's height at most."""


class TrialCurves(QWidget):
    """Draws the losses of two trials with their names at their ends."""

    spoken_value = ""

    def __init__(self, style: Style) -> None:
        super().__init__()
        self._style = style
        self._trials: tuple[CandidateTrial, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._share = WindowShare(self, _SHARE)

    def show_trials(self, unchanged: CandidateTrial, changed: CandidateTrial) -> None:
        """Draw two trials."""
        self._trials = unchanged, changed
        name = changed.candidate.title
        last = loss_text(unchanged.last_loss), loss_text(changed.last_loss)
        self.setAccessibleName(
            f"Loss over {ITERATIONS} iterations: {last[0]} without a change, {last[1]} with {name}"
        )
        self.update()

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._style = style
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return a wide, low rectangle, lower in a low window."""
        height = min(round(_HEIGHT * self._style.scale), self._share.height)
        return QSize(50 * GRID, height)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the axes, the curves and their names."""
        if not self._trials:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        style, theme = self._style, self._style.theme
        font = style.scaled(0.85).body_font
        painter.setFont(font)
        metrics = QFontMetricsF(font)
        line = metrics.height()
        names = ("no change", self._trials[1].candidate.title)
        right = max(map(metrics.horizontalAdvance, names)) + 2 * GRID
        left = metrics.horizontalAdvance("0.000") + GRID
        area = QRectF(left, line / 2, self.width() - left - right, self.height() - 2 * line)
        highest = max(float(np.max(trial.loss)) for trial in self._trials if len(trial.loss))
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.drawLine(area.bottomLeft(), area.bottomRight())
        painter.drawLine(area.bottomLeft(), area.topLeft())
        painter.setPen(QColor(theme.muted))
        aligned = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        for value in (0.0, highest):
            y = area.bottom() - area.height() * value / highest
            text = loss_text(value) if value else "0"
            painter.drawText(QRectF(0, y - line / 2, left - GRID / 2, line), aligned, text)
        below = QRectF(area.left(), area.bottom() + 2, area.width(), line)
        painter.drawText(below, Qt.AlignmentFlag.AlignHCenter, f"loss over {ITERATIONS} iterations")
        ends = []
        for trial, colour in zip(self._trials, (theme.muted, theme.accent), strict=True):
            painter.setPen(QPen(QColor(colour), 2 * style.scale))
            points = [
                QPointF(
                    area.left() + area.width() * at / ITERATIONS,
                    area.bottom() - area.height() * loss / highest,
                )
                for at, loss in enumerate(trial.loss)
            ]
            painter.drawPolyline(QPolygonF(points))
            ends.append(points[-1].y() if points else area.bottom())
        if abs(ends[0] - ends[1]) < line:  # the names would cover each other
            middle, up = sum(ends) / 2, ends[1] <= ends[0]
            ends = [middle + line / 2, middle - line / 2][:: 1 if up else -1]
        for y, name, colour in zip(ends, names, (theme.muted, theme.accent), strict=True):
            painter.setPen(QColor(colour))
            box = QRectF(area.right() + GRID / 2, y - line / 2, right, line)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, name)
        painter.end()
