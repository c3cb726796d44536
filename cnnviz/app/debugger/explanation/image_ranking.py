"""The images that a number owes most to: each with its picture, its share, and a bar."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from cnnviz.app.debugger.explanation.style import StoryStyle
from cnnviz.app.look.colour_maps import signed_table
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.text_layout import LEFT, RIGHT
from cnnviz.app.widgets.thumbnails import Thumbnails
from cnnviz.data.dataset import Dataset
from cnnviz.numerics.explain import Explanation
from cnnviz.numerics.number_format import compact

_RANKED: Final = 8
"""Images that are listed."""
_THUMBNAIL: Final = 28
_BAR: Final = 10 * GRID
"""Pixels below which a bar beside the words says nothing any more, at the normal scale."""
_LESS, _MORE = 40, 215
"""Entries of the diverging scale that bars of either sign are drawn in."""
_WRAPPED: Final = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter) | int(
    Qt.TextFlag.TextWordWrap
)


class StoryRanking:
    """Lays the list out and paints it.

    Parameters
    ----------
    style : StoryStyle
    """

    def __init__(self, style: StoryStyle) -> None:
        self._style = style
        self._thumbnails = Thumbnails(style.theme, round(_THUMBNAIL * style.scale))
        self._told: Explanation | None = None
        self._ranked: NDArray[np.intp] | None = None

    def show(self, told: Explanation | None, ranked: NDArray[np.intp] | None) -> None:
        """Take another number's images."""
        self._told, self._ranked = told, ranked

    def listed(self) -> list[tuple[int, float]]:
        """Return the images that are listed, each with its share, largest first."""
        told = self._told
        if told is None or told.shares is None or self._ranked is None:
            return []
        return [(int(k), float(told.shares[k])) for k in self._ranked[:_RANKED]]

    def title(self) -> str:
        """Return what is said above the images; empty where none is listed."""
        told, listed = self._told, len(self.listed())
        if told is None or told.shares is None:
            return ""
        of = f"the largest {listed} of {len(told.shares):,}"
        return f"What {told.adding} adds, {of} (click to select)"

    def height(self, width: float) -> float:
        """Return the height that the list takes at a width."""
        listed = len(self.listed())
        return self._head(width) + listed * self._row(width) if listed else 0.0

    def rect(self, rank: int, width: float, top: float) -> QRectF:
        """Return where an image is, in a list that begins at a top."""
        row = self._row(width)
        return QRectF(0, top + self._head(width) + rank * row, width, row)

    def paint(
        self, painter: QPainter, width: float, top: float, dataset: Dataset, selected: int
    ) -> None:
        """Paint the list, with the selected image marked where it is listed."""
        listed, theme = self.listed(), self._style.theme
        if not listed:
            return
        painter.setFont(self._style.small)
        painter.setPen(QColor(theme.text))
        painter.drawText(QRectF(0, top, width, self._head(width)), _WRAPPED, self.title())
        largest = max(abs(share) for _, share in listed) or 1.0
        painter.setFont(self._style.font)
        for rank, (image, share) in enumerate(listed):
            rect = self.rect(rank, width, top)
            if image == selected:
                painter.fillRect(rect, QColor(theme.raised))
                painter.fillRect(QRectF(0, rect.top(), 3, rect.height()), QColor(theme.accent))
            side = round(_THUMBNAIL * self._style.scale)
            spot = QRectF(GRID, rect.center().y() - side / 2, side, side)
            painter.drawPixmap(spot.toRect(), self._thumbnails.picture(dataset, image))
            room = rect.adjusted(2 * GRID + side, 2, -1, -2)
            words, amount, bar = self._parts(room)
            aligned = RIGHT if self._is_wide(room.width()) else LEFT
            painter.setPen(QColor(theme.text))
            painter.drawText(words, LEFT, f"image {image}  digit {dataset.labels[image]}")
            painter.drawText(amount, aligned, compact(share))
            self._paint_bar(painter, bar, share / largest)

    def _paint_bar(self, painter: QPainter, room: QRectF, share: float) -> None:
        middle, length = room.center().x(), share * room.width() / 2
        bar = QRectF(min(middle, middle + length), room.top() + 4, abs(length), room.height() - 8)
        table = signed_table(self._style.theme)
        painter.fillRect(bar, QColor.fromRgb(table[_MORE if share > 0 else _LESS]))
        painter.setPen(QPen(QColor(self._style.theme.muted), 1))
        painter.drawLine(QPointF(middle, room.top()), QPointF(middle, room.bottom()))

    def _parts(self, rect: QRectF) -> tuple[QRectF, QRectF, QRectF]:
        """Return where words, share and bar of a row are: side by side, or on two lines."""
        words, amount = self._widths()
        if self._is_wide(rect.width()):
            first = QRectF(rect.left(), rect.top(), words, rect.height())
            second = QRectF(first.right(), rect.top(), amount, rect.height())
            return first, second, rect.adjusted(words + amount + GRID, 0, 0, 0)
        first = QRectF(rect.left(), rect.top(), rect.width(), rect.height() / 2)
        below = first.translated(0, rect.height() / 2)
        second = QRectF(below.left(), below.top(), amount, below.height())
        return first, second, below.adjusted(amount + GRID, 0, 0, 0)

    def _widths(self) -> tuple[float, float]:
        metrics = QFontMetricsF(self._style.font)
        return (
            metrics.horizontalAdvance("image 00000  digit 0 "),
            metrics.horizontalAdvance("−0.000e−00"),
        )

    def _is_wide(self, width: float) -> bool:
        return sum(self._widths()) + GRID + _BAR * self._style.scale <= width

    def _row(self, width: float) -> float:
        thumbnail = _THUMBNAIL * self._style.scale
        lines = 1 if self._is_wide(width - 2 * GRID - thumbnail - 1) else 2
        return max(lines * self._style.line, thumbnail) + 4

    def _head(self, width: float) -> float:
        room = QRectF(0, 0, width, 10_000)
        words = QFontMetricsF(self._style.small).boundingRect(room, _WRAPPED, self.title())
        return max(self._style.line, words.height()) + GRID
