"""A bar to the left or to the right of zero, by the sign of its number."""

from functools import partial

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from cnnviz.app.debugger.explanation.text_view import InlineDrawing
from cnnviz.app.look.colour_maps import signed_table
from cnnviz.app.look.theme import Theme

_NEGATIVE, _POSITIVE = 40, 215
"""Entries of the diverging scale that bars of either sign are drawn in."""


def sign_colours(theme: Theme) -> tuple[QColor, QColor]:
    """Return the colours of negative and of positive bars."""
    table = signed_table(theme)
    return QColor.fromRgb(table[_NEGATIVE]), QColor.fromRgb(table[_POSITIVE])


def signed_bar(
    width: float, height: float, share: float, colours: tuple[QColor, QColor], zero: QColor
) -> InlineDrawing:
    """Return a bar with a line at zero in its middle.

    Parameters
    ----------
    share : float
        Its length, −1 to 1, as a share of the longest on its side.
    colours : pair of QColor
        Of negative and of positive bars.
    zero : QColor
        Of the line.
    """
    return InlineDrawing(width, height, partial(_paint, share, colours[share > 0], zero))


def _paint(share: float, colour: QColor, zero: QColor, painter: QPainter, rect: QRectF) -> None:
    middle, length = rect.center().x(), share * rect.width() / 2
    bar = QRectF(min(middle, middle + length), rect.top() + 4, abs(length), rect.height() - 8)
    painter.fillRect(bar, colour)
    painter.setPen(QPen(zero, 1))
    painter.drawLine(QPointF(middle, rect.top()), QPointF(middle, rect.bottom()))
