"""A filter, enlarged, with its numbers."""

from collections.abc import Iterable
from math import floor, log10

import numpy as np
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnviz.app.look.colour_maps import Matrix, matrix_image
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.colour_bar import largest_magnitude
from cnnviz.app.widgets.spoken_picture import speak
from cnnviz.numerics.network import FILTER_SIZE, Floats
from cnnviz.numerics.number_format import compact, fixed, round_range

_TYPE = 0.75
"""Size of the numbers, relative to body text."""
_DARK, _BRIGHT = "#000000", "#ffffff"
_MIDDLE = 0.18
"""Relative luminance above which dark type has more contrast than bright type."""


class FilterPicture(QWidget):
    """Shows the 5 × 5 weights of a filter on the signed colour scale, each with its number."""

    spoken_value = ""

    def __init__(self, style: Style) -> None:
        super().__init__()
        self._style = style
        self._weights: Floats | None = None
        self._frame_colour = style.theme.text
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._style = style
        self.updateGeometry()
        self.update()

    def show_filter(self, i: int, weights: Floats) -> None:
        """Show filter `i`; `weights` are upright, shape (5, 5)."""
        self._weights, self._frame_colour = weights, self._style.theme.filters[i]
        rows = "; ".join(", ".join(compact(float(w), 2) for w in row) for row in weights)
        self.setAccessibleName(f"Filter {i + 1}")
        speak(self, f"rows from the top: {rows}")
        self.update()

    def sizeHint(self) -> QSize:
        """Return a square in which the numbers fit."""
        number = QFontMetricsF(self._style.scaled(_TYPE).number_font)
        side = round(number.horizontalAdvance("−0.00") + GRID // 2)
        return QSize(FILTER_SIZE * side + 4, FILTER_SIZE * side + 4)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: ARG002
        """Paint the filter, its numbers and its frame."""
        if self._weights is None:
            return
        theme, scale = self._style.theme, self._style.scale
        largest = round_range(largest_magnitude(self._weights))
        image = matrix_image(Matrix(self._weights, largest, signed=True), theme)
        box = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        side = box.width() / FILTER_SIZE
        painter = QPainter(self)
        painter.drawImage(box, image)
        decimals = decimals_of(largest)
        texts = {at: fixed(float(w), decimals) for at, w in np.ndenumerate(self._weights)}
        painter.setFont(self.number_font(texts.values(), side))
        for row, col in np.ndindex(self._weights.shape):
            painter.setPen(QColor(_type_on(image.pixelColor(col, row))))
            cell = QRectF(box.left() + col * side, box.top() + row * side, side, side)
            painter.drawText(cell, Qt.AlignmentFlag.AlignCenter, texts[row, col])
        painter.setPen(QPen(QColor(self._frame_colour), 2 * scale))
        painter.drawRect(box)
        painter.end()

    def number_font(self, texts: Iterable[str], side: float) -> QFont:
        """Return a font in which the longest of the numbers fits a cell."""
        font = self._style.scaled(_TYPE).number_font
        widest = max(QFontMetricsF(font).horizontalAdvance(text) for text in texts)
        available = side - 2 * self._style.scale
        if widest > available:
            return self._style.scaled(_TYPE * available / widest).number_font
        return font


def decimals_of(largest: float) -> int:
    """Return the decimals with which all weights are written, so that they are equally long."""
    return min(4, max(0, 2 - floor(log10(largest)))) if largest >= 1e-3 else 4


def _type_on(ground: QColor) -> str:
    """Return the colour of type that is easier to read on a ground."""
    channels = (ground.redF(), ground.greenF(), ground.blueF())
    red, green, blue = (
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels
    )
    return _DARK if 0.2126 * red + 0.7152 * green + 0.0722 * blue > _MIDDLE else _BRIGHT
