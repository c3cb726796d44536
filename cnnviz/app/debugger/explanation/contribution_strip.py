"""What every image adds to a number, as one strip in the order of the images."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnviz.app.look.colour_maps import signed_table
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID, body_font
from cnnviz.app.widgets.arrow_keys import plain_key
from cnnviz.app.widgets.text_layout import LEFT, RIGHT
from cnnviz.data.dataset import Dataset
from cnnviz.numerics.explain import Explanation
from cnnviz.numerics.number_format import compact

_BARS: Final = 28
"""Pixels that the bars are high, at the normal scale."""
_LESS, _MORE = 40, 215
"""Entries of the diverging scale that bars of either sign are drawn in."""
_MOVES: Final = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


@dataclass(frozen=True, slots=True, eq=False)
class _Row:
    """What is added, in words, and by each image."""

    adding: str
    shares: NDArray[np.float64]


class ShareStrip(QWidget):
    """A bar an image; where there are more images than pixels, a pixel has the extremes of its own.

    Pointing at one reads it, a click selects the image, and so do the arrow keys.
    """

    own_keys = frozenset(_MOVES)
    image_chosen = Signal(int)
    """An image was clicked, or reached with an arrow key."""

    def __init__(self, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._told: Explanation | None = None
        self._dataset: Dataset | None = None
        self._rows: list[_Row] = []
        self._room_high = 0.0
        self._image = 0
        self._pointed: int | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("What every image adds")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.set_style(style)
        self.hide()

    def show_shares(self, told: Explanation | None, dataset: Dataset, image: int) -> None:
        """Show each image's share of a number; nothing where it is no sum over images."""
        if told is not self._told or dataset is not self._dataset:
            self._told, self._dataset, self._pointed = told, dataset, None
            self._rows = []
            if told is not None and told.shares is not None:
                self._rows.append(_Row(told.adding, told.shares))
            if told is not None and told.errors is not None:
                self._rows.append(_Row("each image's error", told.errors))
            self.updateGeometry()
        self._image = image
        self.setHidden(not self._rows)
        self.setAccessibleDescription(" ".join(self.words()))
        self.update()

    def set_style(self, style: Style) -> None:
        """Take colours, type and strokes."""
        self._theme, self._scale = style.theme, style.scale
        self._font = body_font(0.85 * style.scale)
        self._line = QFontMetricsF(self._font).height() + 1
        self.updateGeometry()
        self.update()

    def set_room(self, height: float) -> None:
        """Take at most this height, and at least that of one row."""
        self._room_high = height
        self.updateGeometry()
        self.update()

    def words(self) -> list[str]:
        """Return what is said of the image that is pointed at, or of the selected one, by row."""
        return [self._read(row) for row in self._listed()]

    def image_at(self, position: QPointF) -> int | None:
        """Return the image at a point; of several, the one whose share is largest in size."""
        place, listed = int(position.y() // self._high), self._listed()
        if not (0 <= place < len(listed) and 0 <= position.x() < self.width()):
            return None
        shares = listed[place].shares
        first, last = (int((int(position.x()) + at) * len(shares) / self.width()) for at in (0, 1))
        return first + int(np.argmax(np.abs(shares[first : max(last, first + 1)])))

    def bar(self, row: int, image: int) -> QRectF:
        """Return where an image's share is drawn."""
        shares, room = self._rows[row].shares, self._room(row)
        low, high = min(0.0, float(shares.min())), max(0.0, float(shares.max()))
        span = (high - low) or 1.0
        each = room.width() / len(shares)
        share = float(shares[image])
        top = room.top() + (high - max(0.0, share)) / span * room.height()
        return QRectF(image * each, top, each, abs(share) / span * room.height())

    def sizeHint(self) -> QSize:
        """Return the height that all rows take."""
        return QSize(30 * GRID, round(len(self._listed()) * self._high))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read the image under the pointer."""
        self._point(self.image_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        """Read the selected image again."""
        super().leaveEvent(event)
        self._point(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the image under the pointer."""
        if (image := self.image_at(event.position())) is not None:
            self.image_chosen.emit(image)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose the image before or after with an arrow key."""
        key = plain_key(event)
        if key not in _MOVES or not self._rows:
            super().keyPressEvent(event)
            return
        image = self._image + _MOVES[key]
        if 0 <= image < len(self._rows[0].shares):
            self.image_chosen.emit(image)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint everything."""
        painter, theme = QPainter(self), self._theme
        painter.setFont(self._font)
        metrics = QFontMetricsF(self._font)
        for place, row in enumerate(self._listed()):
            room = self._room(place)
            title = QRectF(0, room.top() - self._line, self.width(), self._line)
            read = self._read(row)
            painter.setPen(QColor(theme.text))
            painter.drawText(title, RIGHT, read)
            left = title.width() - metrics.horizontalAdvance(read) - GRID
            said = f"What {row.adding} adds, all {len(row.shares):,}"
            painter.setPen(QColor(theme.muted))
            if metrics.horizontalAdvance(said) <= left:
                painter.drawText(title, LEFT, said)
            self._paint_bars(painter, row.shares, room)
            own = self.bar(place, self._shown(row))
            mark = QRectF(own.center().x() - 1, room.top(), 2, room.height())
            painter.fillRect(mark, QColor(theme.accent))
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.accent), 1, Qt.PenStyle.DotLine))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def _paint_bars(self, painter: QPainter, shares: NDArray[np.float64], room: QRectF) -> None:
        """Paint a bar an image, or in each pixel the least and the most of its images."""
        if not np.isfinite(shares).all():
            return
        count = min(len(shares), max(1, int(room.width())))
        starts = np.arange(count) * len(shares) // count
        lows = np.minimum(np.minimum.reduceat(shares, starts), 0)
        highs = np.maximum(np.maximum.reduceat(shares, starts), 0)
        low, high = float(lows.min()), float(highs.max())
        span, each = (high - low) or 1.0, room.width() / count
        zero = room.top() + high / span * room.height()
        table = signed_table(self._theme)
        less, more = (QColor.fromRgb(table[entry]) for entry in (_LESS, _MORE))
        gap = 1 if each >= 4 else 0
        for place, (down, up) in enumerate(zip(lows.tolist(), highs.tolist(), strict=True)):
            left = round(place * each)  # whole pixels: else lines would be seen between them
            wide = max(1, round((place + 1) * each) - left - gap)
            above, below = up / span * room.height(), -down / span * room.height()
            painter.fillRect(QRectF(left, zero - above, wide, above), more)
            painter.fillRect(QRectF(left, zero, wide, below), less)
        painter.setPen(QPen(QColor(self._theme.muted), 1))
        painter.drawLine(QPointF(0, zero), QPointF(room.width(), zero))

    def _room(self, row: int) -> QRectF:
        """Return where the bars of a row are."""
        top = row * self._high + self._line
        return QRectF(0, top, self.width(), _BARS * self._scale - GRID / 2)

    @property
    def _high(self) -> float:
        """Pixels of a row: words and bars."""
        return self._line + _BARS * self._scale

    def _listed(self) -> list[_Row]:
        """Return the rows that there is room for."""
        return self._rows[: max(1, int(self._room_high / self._high))]

    def _shown(self, row: _Row) -> int:
        """Return the image that is read."""
        image = self._image if self._pointed is None else self._pointed
        return min(image, len(row.shares) - 1)

    def _read(self, row: _Row) -> str:
        image = self._shown(row)
        share = float(row.shares[image])
        rank = 1 + int(np.count_nonzero(np.abs(row.shares) > abs(share)))
        digit = "" if self._dataset is None else f", a {self._dataset.labels[image]}"
        return f"image {image}{digit}: {compact(share)}, rank {rank:,}"

    def _point(self, image: int | None) -> None:
        if image != self._pointed:
            self._pointed = image
            self.update()
