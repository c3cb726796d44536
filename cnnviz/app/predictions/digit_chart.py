"""The chart below the columns of the plot: each digit's predictions in numbers and bars."""

from dataclasses import replace
from math import isnan
from typing import Final

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.predictions.digit_axes import DigitAxis
from cnnviz.app.predictions.model import ByDigit
from cnnviz.app.predictions.swarm import DIGITS
from cnnviz.numerics.number_format import fixed

_CENTRE: Final = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextDontClip)
_RIGHTWARD: Final = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_DECIMALS: Final = 2
"""Of the errors; smaller changes are not drawn."""
_SMALLEST: Final = 0.6
"""Size of the numbers, relative to body text, below which they may touch."""
_COUNTS: Final = ("✓", "✗")
_ROWS: Final = (*_COUNTS, "> 4", "E")
_HEIGHTS: Final = 1.0, 1.0, 1.4, 1.4
"""Of the rows, in lines of text; those with bars have more."""
_LOW_HEIGHTS: Final = 0.75, 0.75, 0.9, 0.9
"""The same in a low plot."""
_SIZE: Final = 0.85
"""Size of the numbers, relative to body text."""
_LOW_SIZE: Final = 0.7
"""The same in a low plot."""
_TINT: Final = 0.45
"""Opacity of the bars behind numbers, 0 to 1."""


class DigitChart(DigitAxis):
    """How many images of each digit are right and wrong, and two rows of bars.

    These are the share that is taken for "> 4", with the count on it, and the mean error, with its
    height relative to the largest. In a low plot, all rows are lower.
    """

    def __init__(self) -> None:
        super().__init__("bottom")
        self._counts: ByDigit | None = None
        self._is_low = False

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._style = style
        self._resize()

    def make_low(self, low: bool) -> None:
        """Make the rows lower, or as high as they are meant to be."""
        if low != self._is_low:
            self._is_low = low
            self._resize()

    def show_counts(self, counts: ByDigit) -> None:
        """Show other predictions."""
        counts = replace(counts, error=np.round(counts.error, _DECIMALS))
        before = self._counts
        names = "right", "wrong", "error"
        if before is None or not all(
            np.array_equal(getattr(before, name), getattr(counts, name), equal_nan=True)
            for name in names
        ):
            self._counts = counts
            self.update()

    def paint(self, painter: QPainter, _option: object, _widget: object = None) -> None:
        """Paint the rows."""
        if self._style is None or self._counts is None:
            return
        theme, counts = self._style.theme, self._counts
        painter.setFont(self._font(int(max(counts.right.max(), counts.wrong.max()))))
        rows = (
            (theme.accent, [str(count) for count in counts.right.tolist()]),
            (theme.wrong, [str(count) for count in counts.wrong.tolist()]),
            (theme.text, [str(count) for count in counts.high.tolist()]),
            (theme.text, [_short(error) for error in counts.error.tolist()]),
        )
        if self._chosen is not None:
            chosen = QColor(theme.accent)
            chosen.setAlphaF(0.15)
            painter.fillRect(self._column(self._chosen), chosen)
        self._paint_bars(painter, counts)
        for row, (colour, texts) in enumerate(rows):
            painter.setPen(QColor(colour if row < len(_COUNTS) else theme.muted))
            corner = self._in_row(self._corner(), row)
            painter.drawText(corner, _RIGHTWARD, _ROWS[row])
            painter.setPen(QColor(colour))
            for digit, text in enumerate(texts):
                painter.drawText(self._in_row(self._column(digit), row), _CENTRE, text)

    def _paint_bars(self, painter: QPainter, counts: ByDigit) -> None:
        """Paint bars behind the last two rows; what is taken for > 4 wrongly has another colour."""
        if self._style is None:
            return
        theme = self._style.theme
        shares = counts.high / np.maximum(counts.images, 1)
        errors = np.nan_to_num(counts.error)
        errors = errors / (errors.max() or 1.0)
        for digit in range(DIGITS):
            of_high = theme.accent if digit > 4 else theme.wrong
            for row, share, name in ((2, shares[digit], of_high), (3, errors[digit], theme.muted)):
                box = self._in_row(self._column(digit), row).adjusted(1.5, 1.5, -1.5, -1.5)
                colour = QColor(name)
                colour.setAlphaF(_TINT)
                painter.setPen(QColor(theme.line))
                painter.drawRect(box)
                filled = box.height() * float(share)
                painter.fillRect(box.adjusted(0.5, box.height() - filled, -0.5, 0), colour)

    def _in_row(self, box: QRectF, row: int) -> QRectF:
        """Return the part of a rectangle that is in a row."""
        heights = self._heights
        line = (self.rect().height() - GRID / 2) / sum(heights)
        top = GRID / 4 + line * sum(heights[:row])
        return QRectF(box.x(), top, box.width(), line * heights[row])

    def _resize(self) -> None:
        if self._style is not None:
            height = QFontMetricsF(self._style.scaled(_SIZE).number_font).height()
            self.setHeight(round(sum(self._heights) * height + GRID / 2))
            self.update()

    @property
    def _heights(self) -> tuple[float, ...]:
        return _LOW_HEIGHTS if self._is_low else _HEIGHTS

    def _font(self, largest: int) -> QFont:
        """Return a font in which the largest count and an error fit between their neighbours."""
        if self._style is None:
            raise AssertionError
        room = self._column(0).width() - GRID / 4
        usual = _LOW_SIZE if self._is_low else _SIZE
        font = self._style.scaled(usual).number_font
        digits = max(len(str(largest)), 3)
        wide = QFontMetricsF(font).horizontalAdvance("0" * digits)
        size = min(usual, usual * room / max(wide, 1.0))
        return self._style.scaled(max(_SMALLEST, size)).number_font


def digit_texts(counts: ByDigit) -> list[str]:
    """Say what the chart shows of each digit."""
    columns = (counts.right, counts.wrong, counts.high, counts.error)
    return [
        f"digit {digit}: {right:,} right, {wrong:,} wrong, {high:,} taken for > 4"
        + ("" if isnan(error) else f", mean error {fixed(error, 3)}")
        for digit, (right, wrong, high, error) in enumerate(
            zip(*(column.tolist() for column in columns), strict=True)
        )
    ]


def _short(error: float) -> str:
    """Write an error, which is at most ½, without the zero before the point."""
    return "–" if isnan(error) else fixed(error, _DECIMALS).removeprefix("0")
