"""The matrices that met in one number: side by side, with titles, scales and their numbers."""

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from cnnviz.app.debugger.explanation.style import StoryStyle
from cnnviz.app.debugger.tensors.matrix_painter import Coloured, coloured, outline, paint_bar
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.text_layout import CENTRE
from cnnviz.numerics.explain import Picture
from cnnviz.numerics.number_format import compact

_PICTURE: Final = 96
"""Pixels that a matrix is wide at least, at the normal scale."""
_LARGE, _SMALL = 134, 180
"""Pixels that it is wide at most: one of many cells, and one whose numbers are to be written."""
_WRITTEN: Final = 27
"""Pixels that a cell must be wide to hold its number, at the normal scale."""
_ROW: Final = 4
"""Matrices side by side at most."""
_FACTORS: Final = 3
"""A matrix, another, and their products: these are not torn apart."""
_WRAPPED: Final = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom) | int(
    Qt.TextFlag.TextWordWrap
)


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a matrix is, and where its title and symbol are."""

    title: QRectF
    symbol: QRectF
    picture: QRectF


class StoryPictures:
    """Lays matrices out and paints them.

    Parameters
    ----------
    style : StoryStyle
    """

    def __init__(self, style: StoryStyle) -> None:
        self._style = style
        self._pictures: tuple[Picture, ...] = ()
        self._coloured: list[Coloured] = []

    def show(self, pictures: tuple[Picture, ...]) -> None:
        """Take other matrices."""
        self._pictures, self._coloured = pictures, []

    def lay_out(self, width: float, top: float) -> tuple[list[Placed], float]:
        """Return where each is at a width, from a top on, and where they end."""
        pictures, gap = self._pictures, 2 * GRID
        if not pictures:
            return [], top
        scale, count = self._style.scale, len(pictures)
        most = max(1, int((width + gap) / (_PICTURE * scale + gap)))
        across = min(count, _ROW, most)
        if count % _FACTORS == 0:
            across = _FACTORS if most >= _FACTORS else 1
        room = (width - 2 - (across - 1) * gap) / across
        written = all(max(p.values.shape) <= 5 for p in pictures)
        side = min(room, (_SMALL if written else _LARGE) * scale)
        metrics = QFontMetricsF(self._style.small)
        words = max(metrics.horizontalAdvance(t) for p in pictures for t in (p.title, p.symbol))
        column = max(side, min(room, words + 1))
        placed: list[Placed] = []
        for first in range(0, count, across):
            row = pictures[first : first + across]
            titles = max(self._height(p.title, column) for p in row)
            symbols = max(self._height(p.symbol, column) for p in row)
            lowest = top
            for place, picture in enumerate(row):
                left, (columns, rows) = place * (column + gap), picture.values.shape  # upright
                below = top + titles + symbols
                placed.append(
                    Placed(
                        QRectF(left, top, column, titles),
                        QRectF(left, top + titles, column, symbols),
                        QRectF(left, below, side, side * rows / columns),
                    )
                )
                lowest = max(lowest, placed[-1].picture.bottom())
            top = lowest + self._style.small_line + GRID * scale + GRID
        return placed, top + GRID

    def paint(self, painter: QPainter, placed: list[Placed]) -> None:
        """Paint them where `lay_out` has put them."""
        theme = self._style.theme
        if not self._coloured:
            self._coloured = [coloured((p.values.T,), p.kind, theme) for p in self._pictures]
        for picture, drawn, place in zip(self._pictures, self._coloured, placed, strict=True):
            painter.setFont(self._style.small)
            painter.setPen(QColor(theme.text))
            painter.drawText(place.title, _WRAPPED, picture.title)
            painter.setPen(QColor(theme.muted))
            painter.drawText(place.symbol, _WRAPPED, picture.symbol)
            self._paint_matrix(painter, picture, drawn, place.picture)

    def _paint_matrix(
        self, painter: QPainter, picture: Picture, drawn: Coloured, rect: QRectF
    ) -> None:
        theme, scale, image = self._style.theme, self._style.scale, drawn.images[0]
        painter.drawImage(rect, image)
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.drawRect(rect)
        columns, rows = picture.values.shape  # upright
        cell = rect.width() / columns

        def spot(column: int, row: int) -> QRectF:
            return QRectF(rect.left() + column * cell, rect.top() + row * cell, cell, cell)

        if cell >= _WRITTEN * scale:
            painter.setFont(self._style.tiny)
            for row in range(rows):
                for column in range(columns):
                    light = image.pixelColor(column, row).lightnessF() > 0.5
                    painter.setPen(QColor("#000000" if light else "#ffffff"))
                    words = compact(float(picture.values[column, row]), 2)
                    painter.drawText(spot(column, row), CENTRE, words)
        if picture.mark is not None:
            outline(painter, spot(*picture.mark), theme, scale)
        bar = QRectF(rect.left(), rect.bottom() + 3, rect.width(), GRID * scale * 0.75)
        marks = QRectF(rect.left(), bar.bottom(), rect.width(), self._style.small_line)
        paint_bar(painter, drawn, bar, marks, self._style.tiny, theme)

    def _height(self, words: str, width: float) -> float:
        room = QRectF(0, 0, width, 10_000)
        return QFontMetricsF(self._style.small).boundingRect(room, _WRAPPED, words).height() + 2
