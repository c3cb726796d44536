"""The chart below the columns of the plot: each digit's predictions in numbers and bars."""

from dataclasses import replace
from math import isnan
from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen, QPixmap
from PySide6.QtWidgets import QGraphicsItem, QWidget

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.look.vector import is_vector
from cnnviz.app.predictions.digit_axes import DigitAxis
from cnnviz.app.predictions.model import ByDigit
from cnnviz.app.predictions.swarm import DIGITS
from cnnviz.numerics.number_format import fixed

_CENTRE: Final = int(Qt.AlignmentFlag.AlignCenter) | int(Qt.TextFlag.TextDontClip)
_RIGHTWARD: Final = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_DECIMALS: Final = 2
"""Decimals of the errors; smaller changes are not drawn."""
_SMALLEST: Final = 0.6
"""Size of the numbers, relative to body text, below which they may touch."""
_COUNTS: Final = ("✓", "✗")
_ROWS: Final = (*_COUNTS, "> 4", "E")
_LINE: Final = 1.5
"""Height of a line of numbers, relative to a digit: lines of letters are higher in some faces."""
_HEIGHTS: Final = 1.0, 1.0, 1.4, 1.4
"""Heights of the rows, in lines; those with bars have more."""
_LOW_HEIGHTS: Final = 0.7, 0.7, 1.0, 1.0
"""The same in a low plot."""
_SIZE: Final = 0.85
"""Size of the numbers, relative to body text."""
_LOW_SIZE: Final = 0.7
"""The same in a low plot."""
_AROUND: Final = [(x, y) for x in (-1, 0, 1) for y in (-1, 0, 1) if x or y]
"""Steps in pixels to the letters' surroundings, in which no edge of a bar is seen."""
_TINT: Final = 0.45
"""Opacity of the bars behind numbers, 0 to 1."""


class DigitChart(DigitAxis):
    """How many images of each digit are right and wrong, and two rows of bars.

    These are the share that is taken for "> 4", with the count on it, and the mean error, with its
    height relative to the largest. In a low plot, all rows are lower.
    """

    outdated = Signal()
    """Other predictions are to be painted."""

    def __init__(self) -> None:
        super().__init__("bottom")
        self.setCacheMode(QGraphicsItem.CacheMode.NoCache)  # it has a picture itself
        self._drawn: QPixmap | None = None
        self._boxes: tuple[QRectF, tuple[float, ...], list[list[QRectF]]] | None = None
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
            self._counts, self._drawn = counts, None
            self.outdated.emit()

    def show_chosen(self, digit: int | None) -> None:
        """Mark the digit that the predictions are filtered to."""
        self._drawn = None
        super().show_chosen(digit)

    def pixels(self, pixel_ratio: float) -> QPixmap:
        """Return a picture of the chart, in which nothing is transparent."""
        bounds, drawn = self.boundingRect(), self._drawn
        size = (bounds.size() * pixel_ratio).toSize()
        if self._style is not None and (drawn is None or drawn.size() != size):
            drawn = self._drawn = QPixmap(size)
            drawn.setDevicePixelRatio(pixel_ratio)
            drawn.fill(QColor(self._style.theme.panel))
            painter = QPainter(drawn)
            painter.translate(-bounds.topLeft())
            self._paint_rows(painter)
            painter.end()
        return drawn or QPixmap()

    def paint(self, painter: QPainter, _option: object, widget: QWidget | None = None) -> None:
        """Paint the picture, or the rows into a drawing of lines and letters."""
        if widget is None or is_vector(painter):
            self._paint_rows(painter)
        else:
            pixels = self.pixels(widget.devicePixelRatioF())
            painter.drawPixmap(self.boundingRect().topLeft(), pixels)

    def _paint_rows(self, painter: QPainter) -> None:
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
        boxes = self.boxes()
        self._paint_bars(painter, counts, boxes)
        for row, (colour, texts) in enumerate(rows):
            painter.setPen(QColor(colour if row < len(_COUNTS) else theme.muted))
            corner = self._in_row(self._corner(), row)
            painter.drawText(corner, _RIGHTWARD, _ROWS[row])
            if row >= len(_COUNTS):
                self._paint_surroundings(painter, boxes[row], texts)
            painter.setPen(QColor(colour))
            for box, text in zip(boxes[row], texts, strict=True):
                painter.drawText(box, _CENTRE, text)

    def _paint_surroundings(self, painter: QPainter, boxes: list[QRectF], texts: list[str]) -> None:
        """Paint the ground around numbers.

        A drawing of lines and letters gets outlines, because it would have each number nine times.
        As pixels, Qt does not draw outlines twice in the same way.
        """
        if self._style is None:
            return
        ground, step = QColor(self._style.theme.panel), max(1.0, self._style.scale)
        if is_vector(painter):
            painter.strokePath(_outlines(painter.font(), boxes, texts), QPen(ground, 2.5 * step))
            return
        painter.setPen(ground)
        for around in _AROUND:
            for box, text in zip(boxes, texts, strict=True):
                painter.drawText(box.translated(QPointF(*around) * step), _CENTRE, text)

    def _paint_bars(self, painter: QPainter, counts: ByDigit, boxes: list[list[QRectF]]) -> None:
        """Paint bars behind the last two rows; what is taken for > 4 wrongly has another colour."""
        if self._style is None:
            return
        theme = self._style.theme
        accent, wrong, muted = map(QColor, (theme.accent, theme.wrong, theme.muted))
        for colour in (accent, wrong, muted):
            colour.setAlphaF(_TINT)
        painter.setPen(QColor(theme.line))
        shares = (counts.high / np.maximum(counts.images, 1)).tolist()
        errors = np.nan_to_num(counts.error)
        errors = (errors / (errors.max() or 1.0)).tolist()
        of_high = [wrong] * 5 + [accent] * 5
        for row, heights, colours in ((2, shares, of_high), (3, errors, [muted] * DIGITS)):
            for whole, share, colour in zip(boxes[row], heights, colours, strict=True):
                box = whole.adjusted(1.5, 1.5, -1.5, -1.5)
                painter.drawRect(box)
                filled = box.height() * share
                painter.fillRect(box.adjusted(0.5, box.height() - filled, -0.5, 0), colour)

    def boxes(self) -> list[list[QRectF]]:
        """Return the rectangle of each digit's text in each row."""
        rect, heights = self.rect(), self._heights
        if self._boxes is None or self._boxes[:2] != (rect, heights):
            columns = [self._column(digit) for digit in range(DIGITS)]
            boxes = [[self._in_row(column, row) for column in columns] for row in range(len(_ROWS))]
            self._boxes = rect, heights, boxes
        return self._boxes[2]

    def _in_row(self, box: QRectF, row: int) -> QRectF:
        """Return the part of a rectangle that is in a row."""
        heights = self._heights
        line = (self.rect().height() - GRID / 2) / sum(heights)
        top = GRID / 4 + line * sum(heights[:row])
        return QRectF(box.x(), top, box.width(), line * heights[row])

    def _resize(self) -> None:
        if self._style is not None:
            height = QFontMetricsF(self._style.scaled(_SIZE).number_font).capHeight()
            self.setHeight(round(sum(self._heights) * _LINE * height + GRID / 2))
            self._drawn = None
            self.update()

    @property
    def _heights(self) -> tuple[float, ...]:
        return _LOW_HEIGHTS if self._is_low else _HEIGHTS

    def _font(self, largest: int) -> QFont:
        """Return a font in which the largest count and an error fit between their neighbours."""
        if self._style is None:
            raise AssertionError
        available = self._column(0).width() - GRID / 4
        usual = _LOW_SIZE if self._is_low else _SIZE
        font = self._style.scaled(usual).number_font
        digits = max(len(str(largest)), 3)
        wide = QFontMetricsF(font).horizontalAdvance("0" * digits)
        size = min(usual, usual * available / max(wide, 1.0))
        return self._style.scaled(max(_SMALLEST, size)).number_font


def _outlines(font: QFont, boxes: list[QRectF], texts: list[str]) -> QPainterPath:
    """Return the outlines of texts in the centres of boxes."""
    outlines, metrics = QPainterPath(), QFontMetricsF(font)
    for box, text in zip(boxes, texts, strict=True):
        left = box.center().x() - metrics.horizontalAdvance(text) / 2
        base = box.center().y() + (metrics.ascent() - metrics.descent()) / 2
        outlines.addText(left, base, font, text)
    return outlines


def digit_texts(counts: ByDigit) -> list[str]:
    """Describe each digit's numbers in words."""
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
