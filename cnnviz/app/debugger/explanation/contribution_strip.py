"""The contribution of every image to a number, as bars in the order of the images."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from cnnviz.app.debugger.explanation.signed_bar import sign_colours
from cnnviz.app.look.style import Style
from cnnviz.app.look.style_sheet import set_sheet
from cnnviz.app.look.theme import GRID, body_font
from cnnviz.app.widgets.arrow_keys import plain_key
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.data.dataset import Dataset
from cnnviz.numerics.explain import Explanation
from cnnviz.numerics.number_format import compact

_HIGH: Final = 28
"""Pixels of the bars, at the normal scale."""
_MOVES: Final = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}


class ContributionStrip(QWidget):
    """A row of bars, or two: of a filter gradient, by the images' ink and by their errors.

    The arrow keys select another image.
    """

    own_keys = frozenset(_MOVES)
    image_chosen = Signal(int)
    """An image was clicked, or chosen with an arrow key."""

    def __init__(self, style: Style) -> None:
        super().__init__()
        self._shown: tuple[Explanation | None, Dataset | None] = None, None
        self._image = 0
        self._most_height = 0.0
        self.rows = ContributionRow(style), ContributionRow(style)
        fill_box(QVBoxLayout(self), *self.rows, spacing=0)
        for row in self.rows:
            row.image_chosen.connect(self.image_chosen)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setAccessibleName("What every image adds")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.hide()

    def show_contributions(
        self, explanation: Explanation | None, dataset: Dataset, image: int
    ) -> None:
        """Show each image's share of a number; nothing if it is not a sum over images."""
        self._image = image
        if (explanation, dataset) != self._shown:
            self._shown = explanation, dataset
            if explanation is not None and explanation.shares is not None:
                self.rows[0].show_shares(explanation.adding, explanation.shares, dataset)
                if explanation.errors is not None:
                    self.rows[1].show_shares("each image's error", explanation.errors, dataset)
            self._fit()
        if not self.isHidden():
            for row in self.rows:
                row.select(image)
            self.setAccessibleDescription(self.rows[0].reading.text())

    def set_style(self, style: Style) -> None:
        """Use a style's colours, type and strokes."""
        for row in self.rows:
            row.set_style(style)
        self._fit()

    def set_most_height(self, height: float) -> None:
        """Leave the second row out if both rows are higher than this."""
        self._most_height = height
        self._fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose the image before or after the selected one."""
        explanation, key = self._shown[0], plain_key(event)
        if key not in _MOVES or explanation is None or explanation.shares is None:
            super().keyPressEvent(event)
            return
        image = self._image + _MOVES[key]
        if 0 <= image < len(explanation.shares):
            self.image_chosen.emit(image)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint a frame while the keyboard is here."""
        if self.hasFocus():
            painter = QPainter(self)
            painter.setPen(QPen(self.palette().accent().color(), 1, Qt.PenStyle.DotLine))
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
            painter.end()

    def _fit(self) -> None:
        explanation = self._shown[0]
        self.setHidden(explanation is None or explanation.shares is None)
        both = sum(row.sizeHint().height() for row in self.rows)
        is_alone = explanation is None or explanation.errors is None or both > self._most_height
        self.rows[1].setHidden(is_alone)


class ContributionRow(QWidget):
    """A bar for each image; if there are more images than pixels, the extremes in each pixel.

    Pointing at a bar reads it, a click selects its image.
    """

    spoken_value = ""
    image_chosen = Signal(int)
    """An image was clicked."""

    def __init__(self, style: Style) -> None:
        super().__init__()
        self._shares: NDArray[np.float64] = np.zeros(1)
        self._dataset: Dataset | None = None
        self._image = 0
        self._pointed: int | None = None
        self.setAccessibleName("What every image adds")
        self.title, self.reading = QLabel(), QLabel()
        self._line = QHBoxLayout(self)
        fill_box(self._line, self.title, None, self.reading)
        for label in (self.title, self.reading):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.set_style(style)

    def show_shares(self, adding: str, shares: NDArray[np.float64], dataset: Dataset) -> None:
        """Show each image's share.

        `adding` names what makes up the shares, such as "each image's error".
        """
        self._shares, self._dataset, self._pointed = shares, dataset, None
        self.title.setText(f"What {adding} adds, all {len(shares):,}")
        self.setAccessibleName(self.title.text())
        self.update()

    def select(self, image: int) -> None:
        """Mark the selected image, and read it unless another is pointed at."""
        self._image = min(image, len(self._shares) - 1)
        self._read()

    def set_style(self, style: Style) -> None:
        """Use a style's colours, type and strokes."""
        self._style = style
        for label, colour in ((self.title, style.theme.muted), (self.reading, style.theme.text)):
            label.setFont(body_font(0.85 * style.scale))
            set_sheet(label, f"color: {colour};")
        self._line.setContentsMargins(0, 0, 0, round(_HIGH * style.scale))
        self.updateGeometry()
        self._fit()

    def image_at(self, position: QPointF) -> int:
        """Return the image at a point; of several, the one whose share is largest in size."""
        count, width = len(self._shares), max(1, self.width())
        at = min(max(0, int(position.x())), width - 1)
        first, last = at * count // width, (at + 1) * count // width
        return first + int(np.argmax(np.abs(self._shares[first : max(last, first + 1)])))

    def bar(self, image: int) -> QRectF:
        """Return where an image's share is drawn."""
        bars, low, high = self._bars, min(0.0, self._shares.min()), max(0.0, self._shares.max())
        span, each, share = (high - low) or 1.0, bars.width() / len(self._shares), 0.0
        share = float(self._shares[image])
        top = bars.top() + (high - max(0.0, share)) / span * bars.height()
        return QRectF(image * each, top, each, abs(share) / span * bars.height())

    def sizeHint(self) -> QSize:
        """Return the height of words and bars."""
        return QSize(30 * GRID, self._line.sizeHint().height())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Read the image under the pointer."""
        self._point_at(self.image_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        """Read the selected image again."""
        super().leaveEvent(event)
        self._point_at(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the image under the pointer."""
        self.image_chosen.emit(self.image_at(event.position()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Hide the title if the reading needs its space."""
        super().resizeEvent(event)
        self._fit()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the bars, and a mark at the image that is read."""
        painter, bars = QPainter(self), self._bars
        if np.isfinite(self._shares).all():
            self._paint_bars(painter, bars)
        middle = self.bar(self._read_image).center().x()
        mark = QRectF(middle - 1, bars.top(), 2, bars.height())
        painter.fillRect(mark, QColor(self._style.theme.accent))
        painter.end()

    def _paint_bars(self, painter: QPainter, bars: QRectF) -> None:
        """Paint a bar for each image, or in each pixel the least and the largest of its images."""
        shares = self._shares
        count = min(len(shares), max(1, int(bars.width())))
        starts = np.arange(count) * len(shares) // count
        lows = np.minimum(np.minimum.reduceat(shares, starts), 0)
        highs = np.maximum(np.maximum.reduceat(shares, starts), 0)
        low, high = float(lows.min()), float(highs.max())
        span, each = (high - low) or 1.0, bars.width() / count
        zero = bars.top() + high / span * bars.height()
        negative, positive = sign_colours(self._style.theme)
        gap = 1 if each >= 4 else 0
        for position, (down, up) in enumerate(zip(lows.tolist(), highs.tolist(), strict=True)):
            left = round(position * each)  # whole pixels, or lines would show between the bars
            width = max(1, round((position + 1) * each) - left - gap)
            above, below = up / span * bars.height(), -down / span * bars.height()
            painter.fillRect(QRectF(left, zero - above, width, above), positive)
            painter.fillRect(QRectF(left, zero, width, below), negative)
        painter.setPen(QPen(QColor(self._style.theme.muted), 1))
        painter.drawLine(QPointF(0, zero), QPointF(bars.width(), zero))

    @property
    def _bars(self) -> QRectF:
        """Where the bars are."""
        high = _HIGH * self._style.scale
        return QRectF(0, self.height() - high, self.width(), high - GRID / 2)

    @property
    def _read_image(self) -> int:
        """The image that is pointed at, or the selected one."""
        return self._image if self._pointed is None else self._pointed

    def _read(self) -> None:
        image, dataset = self._read_image, self._dataset
        share = float(self._shares[image])
        rank = 1 + int(np.count_nonzero(np.abs(self._shares) > abs(share)))
        digit = "" if dataset is None else f", a {dataset.labels[image]}"
        self.reading.setText(f"image {image}{digit}: {compact(share)}, rank {rank:,}")
        self._fit()
        self.update()

    def _point_at(self, image: int | None) -> None:
        if image != self._pointed:
            self._pointed = image
            self._read()

    def _fit(self) -> None:
        used = self.title.sizeHint().width() + self.reading.sizeHint().width() + GRID
        self.title.setHidden(used > self.width())
