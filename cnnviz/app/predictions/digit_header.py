"""The digits above their columns."""

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.predictions.digit_axes import DigitAxis
from cnnviz.app.predictions.swarm import DIGITS

_CENTRE: Final = int(Qt.AlignmentFlag.AlignCenter)


class DigitHeader(DigitAxis):
    """A button for each digit."""

    def __init__(self) -> None:
        super().__init__("top")

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._style = style
        self._font, self._small = style.body_font, style.scaled(0.85).body_font
        self._font.setWeight(QFont.Weight.DemiBold)
        self.setHeight(round(QFontMetricsF(self._font).height() + GRID / 2))
        self.update()

    def paint(self, painter: QPainter, _option: object, _widget: object = None) -> None:
        """Paint a button for each digit."""
        if self._style is None:
            return
        theme = self._style.theme
        painter.setFont(self._small)
        painter.setPen(QColor(theme.muted))
        rightward = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        painter.drawText(self._corner(), int(rightward), "digit")
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(self._font)
        for digit in range(DIGITS):
            box = self._column(digit).adjusted(1.5, 0.5, -1.5, -1.5)
            chosen = digit == self._chosen
            painter.setPen(QColor(theme.accent if chosen else theme.line))
            painter.setBrush(QColor(theme.accent if chosen else theme.raised))
            painter.drawRoundedRect(box, GRID / 2, GRID / 2)
            painter.setPen(QColor(theme.on_accent if chosen else theme.text))
            painter.drawText(box, _CENTRE, str(digit))
