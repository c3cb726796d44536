"""The crosshair of a plot: a line, a dot and a text at one iteration."""

from math import isfinite

import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter
from PySide6.QtWidgets import QGraphicsEllipseItem, QGraphicsItem, QStyleOptionGraphicsItem, QWidget

from cnnviz.app.curves.axis_ranges import AIR
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID


class Dot(QGraphicsEllipseItem):
    """A dot whose size does not depend on the range of the plot."""

    def __init__(self) -> None:
        super().__init__()
        self.setFlag(QGraphicsItem.GraphicsItemFlag.ItemIgnoresTransformations)

    def set_style(self, style: Style, colour: str) -> None:
        """Use a colour, and a style's background and size."""
        radius = GRID / 2 * style.scale
        self.setRect(-radius, -radius, 2 * radius, 2 * radius)
        self.setPen(pg.mkPen(style.theme.panel))
        self.setBrush(pg.mkBrush(colour))

    def move_to(self, x: float, y: float) -> None:
        """Move to a point, or hide if y is not finite."""
        self.setVisible(isfinite(y))
        if isfinite(y):
            self.setPos(x, y)

    def paint(
        self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None
    ) -> None:
        """Paint the dot with smooth edges."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        super().paint(painter, option, widget)


class Crosshair:
    """Reads values at an iteration: a vertical line, a dot on the curve, and a text."""

    def __init__(self, view: pg.ViewBox) -> None:
        self._view = view
        self.line, self.dot, self.text = pg.InfiniteLine(angle=90), Dot(), pg.TextItem()
        self.hide()

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        theme = style.theme
        self.line.setPen(pg.mkPen(theme.muted, width=style.scale, style=Qt.PenStyle.DotLine))
        self.dot.set_style(style, theme.text)
        self.text.setFont(style.body_font)
        self.text.setColor(theme.text)
        self.text.fill = pg.mkBrush(QColor(theme.raised))
        self.text.border = pg.mkPen(theme.line)

    @property
    def metrics(self) -> QFontMetricsF:
        """Metrics of the text."""
        return QFontMetricsF(self.text.textItem.font())

    def hide(self) -> None:
        """Hide everything."""
        for item in (self.line, self.dot, self.text):
            item.hide()

    def show(self, iteration: int, y: float, lines: list[str]) -> None:
        """Show lines of text at an iteration, where the curve has height y or, if NaN, a gap."""
        (low, high), (bottom, top) = self._view.viewRange()
        self.line.setValue(iteration)
        self.line.show()
        self.dot.move_to(iteration, y)
        self.text.setText("\n".join(lines))
        self.text.show()
        # Beside the line, away from the dot, and inside the view.
        width, box = self._view.width(), self.text.boundingRect().width()
        x = (iteration - low) / (high - low) * width
        left = x + AIR if x < width / 2 else x - box - AIR
        left = max(0.0, min(left, width - box))
        at_bottom = y > (bottom + top) / 2
        self.text.setAnchor(((x - left) / max(box, 1.0), float(at_bottom)))
        self.text.setPos(iteration, bottom if at_bottom else top)
