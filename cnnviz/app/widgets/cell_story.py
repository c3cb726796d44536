"""How one number came about: its terms, the matrices that met, their sum, each image's share."""

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnviz.app.colours import signed_table
from cnnviz.app.theme import GRID, Theme, body_font, number_font
from cnnviz.app.widgets.numbers import compact
from cnnviz.app.widgets.picture_painter import Coloured, coloured, paint_bar
from cnnviz.app.widgets.tensor_sheet import index_words
from cnnviz.app.widgets.text import CENTRE, LEFT, RIGHT
from cnnviz.app.widgets.thumbnails import Thumbnails
from cnnviz.data.dataset import Dataset
from cnnviz.numerics.explain import Explanation, Picture, Term

_PICTURE: Final = 96
"""Pixels that a matrix is high, at the normal scale."""
_WRITTEN: Final = 27
"""Pixels that a cell must be wide to hold its number, at the normal scale."""
_CURVE: Final = 72
_RANKED: Final = 8
"""Images that are listed by their share."""
_THUMBNAIL: Final = 28
_LESS, _MORE = 40, 215
"""Entries of the diverging scale that bars of either sign are drawn in."""
_NARROW: Final = 320
"""Pixels below which a term's words stand beneath its number, at the normal scale."""


class CellStory(QWidget):
    """The explanation of one cell."""

    image_chosen = Signal(int)
    """An image of the ranking was clicked."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._scale = 1.0
        self._explanation: Explanation | None = None
        self._ranked: NDArray[np.intp] | None = None
        self._dataset: Dataset | None = None
        self._image = 0
        self._instead = ""
        self._coloured: list[Coloured] = []
        self._thumbnails = Thumbnails(theme, _THUMBNAIL)
        self.setAccessibleName("How this number came about")
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self._restyle()

    @property
    def explanation(self) -> Explanation | None:
        """What is shown."""
        return self._explanation

    def show_cell(
        self,
        explanation: Explanation | None,
        ranked: NDArray[np.intp] | None,
        dataset: Dataset,
        image: int,
        instead: str = "",
    ) -> None:
        """Show how a number came about.

        Parameters
        ----------
        explanation : Explanation or None
        ranked : ndarray of int or None
            The images by the size of their share.
        dataset : Dataset
            Where the images' pictures come from.
        image : int
            Index of the selected image.
        instead : str
            What is said where there is no explanation.
        """
        self._instead = instead
        if explanation is not self._explanation or dataset is not self._dataset:
            self._explanation, self._ranked, self._dataset = explanation, ranked, dataset
            self._coloured = []
            self.setAccessibleDescription(" ".join(self.lines()))
            self.updateGeometry()
        self._image = image
        self.update()

    def set_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""
        self._theme = theme
        self._restyle()

    def set_scale(self, scale: float) -> None:
        """Take type and strokes of another size."""
        self._scale = scale
        self._restyle()

    def lines(self) -> list[str]:
        """Return the words that are shown: the number, and its terms."""
        told = self._explanation
        if told is None:
            return [self._instead]
        head = f"{index_words(told.tensor, told.index, told.axis)} = {compact(told.value, 6)}"
        return [head, *(f"{_number_of(t)}  {t.what}" for t in told.terms)]

    def ranking(self) -> list[tuple[int, float]]:
        """Return the images that are listed, each with its share, largest first."""
        told = self._explanation
        if told is None or told.shares is None or self._ranked is None:
            return []
        return [(int(k), float(told.shares[k])) for k in self._ranked[:_RANKED]]

    def ranking_title(self) -> str:
        """Return what is said above the images that are listed; empty where none is."""
        told, listed = self._explanation, len(self.ranking())
        if told is None or told.shares is None:
            return ""
        of = f"the largest {listed} of {len(told.shares):,}"
        return f"What {told.adding} adds, {of} (click to select)"

    def rank_rect(self, rank: int) -> QRectF:
        """Return where an image of the ranking is."""
        rows = self._layout(self.width())[3]
        height = self._rank_height
        return QRectF(0, rows + (rank + 1) * height, self.width(), height)

    def sizeHint(self) -> QSize:
        """Return a usual size."""
        return QSize(40 * GRID, self.heightForWidth(max(self.width(), 40 * GRID)))

    def heightForWidth(self, width: int) -> int:
        """Return the height that everything takes at a width."""
        _, _, _, ranks = self._layout(width)
        listed = len(self.ranking())
        return round(ranks + (listed + 1) * self._rank_height * bool(listed) + GRID)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay everything out anew."""
        super().resizeEvent(event)
        self.updateGeometry()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose an image of the ranking."""
        for rank, (image, _) in enumerate(self.ranking()):
            if self.rank_rect(rank).contains(event.position()):
                self.image_chosen.emit(image)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint everything."""
        painter, theme, told = QPainter(self), self._theme, self._explanation
        lines = self.lines()
        pictures, curve, _, _ = self._layout(self.width())
        painter.setFont(self._bold)
        painter.setPen(QColor(theme.text if told else theme.muted))
        painter.drawText(QRectF(0, 0, self.width(), self._line), LEFT, lines[0])
        if told is None:
            painter.end()
            return
        metrics = QFontMetricsF(self._font)
        numbers = [_number_of(term) for term in told.terms]
        width = max((metrics.horizontalAdvance(n) for n in numbers), default=0) + 2 * GRID
        narrow = self._is_narrow(self.width())
        for row, (term, number) in enumerate(zip(told.terms, numbers, strict=True)):
            top = (row * (2 if narrow else 1) + 1) * self._line
            line = QRectF(0, top, self.width(), self._line)
            painter.setFont(self._font)
            painter.setPen(QColor(theme.text))
            painter.drawText(line, LEFT, number)
            painter.setPen(QColor(theme.muted))
            rest = line.adjusted(width, 0, 0, 0)
            if narrow:  # what it is stands beneath
                rest = line.translated(0, self._line).adjusted(2 * GRID, 0, 0, 0)
            words = metrics.elidedText(term.what, Qt.TextElideMode.ElideRight, rest.width())
            painter.drawText(rest, LEFT, words)
        if not self._coloured:
            self._coloured = [coloured((p.values.T,), p.kind, theme) for p in told.pictures]
        for place, (picture, rect) in enumerate(zip(told.pictures, pictures, strict=True)):
            self._paint_picture(painter, picture, place, rect)
        if told.running is not None:
            self._paint_curve(painter, curve, told.running)
        self._paint_ranking(painter)
        painter.end()

    def _paint_picture(self, painter: QPainter, picture: Picture, place: int, rect: QRectF) -> None:
        theme, scale = self._theme, self._scale
        drawn = self._coloured[place]
        columns, rows = picture.values.shape  # upright
        cell = rect.width() / columns
        painter.setFont(self._small)
        painter.setPen(QColor(theme.text))
        metrics = QFontMetricsF(self._small)
        for line, text in ((2, picture.title), (1, picture.symbol)):
            room = QRectF(rect.left(), rect.top() - line * self._line, rect.width(), self._line)
            elided = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room.width())
            painter.drawText(room, LEFT, elided)
            painter.setPen(QColor(theme.muted))
        painter.drawImage(rect, drawn.images[0])
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.drawRect(rect)
        if cell >= _WRITTEN * scale:
            painter.setFont(self._tiny)
            image = drawn.images[0]
            for row in range(rows):
                for column in range(columns):
                    behind = image.pixelColor(column, row)
                    light = behind.lightnessF() > 0.5
                    painter.setPen(QColor("#000000" if light else "#ffffff"))
                    spot = QRectF(rect.left() + column * cell, rect.top() + row * cell, cell, cell)
                    painter.drawText(spot, CENTRE, compact(float(picture.values[column, row]), 2))
        bar = QRectF(rect.left(), rect.bottom() + 3, rect.width(), GRID * scale * 0.75)
        marks = QRectF(rect.left(), bar.bottom(), rect.width(), self._line)
        paint_bar(painter, drawn, bar, marks, self._tiny, theme)

    def _paint_curve(self, painter: QPainter, rect: QRectF, running: NDArray[np.float64]) -> None:
        theme = self._theme
        values = np.concatenate([[0.0], running])
        step = max(1, len(values) // 600)
        places = np.append(np.arange(0, len(values) - 1, step), len(values) - 1)
        low, high = float(values.min()), float(values.max())
        span = (high - low) or 1.0
        plot = rect.adjusted(0, self._line, 0, -self._line)
        xs = plot.left() + places / max(1, len(values) - 1) * plot.width()
        ys = plot.bottom() - (values[places] - low) / span * plot.height()
        painter.setFont(self._small)
        painter.setPen(QColor(theme.text))
        painter.drawText(
            QRectF(rect.left(), rect.top(), rect.width(), self._line),
            LEFT,
            f"Running sum: 0 to {compact(float(running[-1]), 4)} in {len(running):,} terms",
        )
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        zero = plot.bottom() - (0 - low) / span * plot.height()
        painter.setPen(QPen(QColor(theme.line), 1))
        painter.drawLine(QPointF(plot.left(), zero), QPointF(plot.right(), zero))
        painter.setPen(QPen(QColor(theme.accent), 1.5 * self._scale))
        painter.drawPolyline(
            QPolygonF([QPointF(x, y) for x, y in zip(xs.tolist(), ys.tolist(), strict=True)])
        )
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)
        painter.setFont(self._tiny)
        painter.setPen(QColor(theme.muted))
        below = QRectF(plot.left(), plot.bottom(), plot.width(), self._line)
        painter.drawText(below, LEFT, "term 1")
        painter.drawText(below, RIGHT, f"term {len(running):,}")
        painter.drawText(below, CENTRE, f"lowest {compact(low)}, highest {compact(high)}")

    def _paint_ranking(self, painter: QPainter) -> None:
        ranking, theme, dataset = self.ranking(), self._theme, self._dataset
        told = self._explanation
        if not ranking or dataset is None or told is None or told.shares is None:
            return
        head = self.rank_rect(-1)
        painter.setFont(self._small)
        painter.setPen(QColor(theme.text))
        painter.drawText(head, LEFT, self.ranking_title())
        largest = max(abs(share) for _, share in ranking) or 1.0
        scale = signed_table(theme)
        painter.setFont(self._font)
        metrics = QFontMetricsF(self._font)
        label = metrics.horizontalAdvance("image 00000  digit 0 ")
        number = metrics.horizontalAdvance("−0.000e−00  ")
        for rank, (image, share) in enumerate(ranking):
            rect = self.rank_rect(rank)
            if image == self._image:
                painter.fillRect(rect, QColor(theme.raised))
                painter.fillRect(QRectF(0, rect.top(), 3, rect.height()), QColor(theme.accent))
            side = rect.height() - 4
            painter.drawPixmap(
                QRectF(GRID, rect.top() + 2, side, side).toRect(),
                self._thumbnails.picture(dataset, image),
            )
            left = 2 * GRID + side
            painter.setPen(QColor(theme.text))
            text = QRectF(left, rect.top(), label, rect.height())
            painter.drawText(text, LEFT, f"image {image}  digit {dataset.labels[image]}")
            amount = QRectF(left + label, rect.top(), number, rect.height())
            painter.drawText(amount.adjusted(0, 0, -GRID, 0), RIGHT, compact(share))
            room = rect.right() - amount.right() - GRID
            middle = amount.right() + room / 2
            length = share / largest * room / 2
            bar = QRectF(min(middle, middle + length), rect.top() + 6, abs(length), side - 8)
            painter.fillRect(bar, QColor.fromRgb(scale[_MORE if share > 0 else _LESS]))
            painter.setPen(QPen(QColor(theme.muted), 1))
            painter.drawLine(QPointF(middle, rect.top()), QPointF(middle, rect.bottom()))

    def _is_narrow(self, width: int) -> bool:
        return width < _NARROW * self._scale

    @property
    def _rank_height(self) -> float:
        return max(self._line, _THUMBNAIL * self._scale) + 4

    def _layout(self, width: int) -> tuple[list[QRectF], QRectF, float, float]:
        """Return where pictures and curve are, and where the terms end and the ranking begins."""
        told = self._explanation
        if told is None:
            return [], QRectF(), self._line, self._line
        scale, lines = self._scale, 2 if self._is_narrow(width) else 1
        bottom = (lines * len(told.terms) + 1) * self._line + GRID
        terms_end = bottom
        rects: list[QRectF] = []
        count = len(told.pictures)
        if count:
            across = max(1, min(count, 4, int((width + 2 * GRID) / (_PICTURE * scale + 2 * GRID))))
            room = (width - 2 - (across - 1) * 2 * GRID) / across
            small = all(max(p.values.shape) <= 5 for p in told.pictures)
            side = min(room, (180 if small else _PICTURE * 1.4) * scale)
            height = side + 3 * self._line + GRID * scale + GRID
            for place in range(count):
                row, column = divmod(place, across)
                left = column * (min(room, side) + 2 * GRID)
                top = bottom + row * height + 2 * self._line
                shape = told.pictures[place].values.shape  # (columns, rows) upright
                rects.append(QRectF(left, top, side, side * shape[1] / shape[0]))
            bottom += -(-count // across) * height + GRID
        curve = QRectF()
        if told.running is not None:
            height = _CURVE * scale + 2 * self._line
            curve = QRectF(0, bottom, min(width, 70 * GRID * scale) - 1, height)
            bottom += height + GRID
        return rects, curve, terms_end, bottom

    def _restyle(self) -> None:
        scale = self._scale
        self._bold = number_font(1.05 * scale)
        self._bold.setWeight(QFont.Weight.DemiBold)
        self._font, self._small = body_font(0.9 * scale), body_font(0.85 * scale)
        self._tiny = number_font(0.75 * scale)
        self._line = QFontMetricsF(self._font).height() + 2
        self._thumbnails = Thumbnails(self._theme, round(_THUMBNAIL * scale))
        self._coloured = []
        self.updateGeometry()
        self.update()


def _number_of(term: Term) -> str:
    """Return a term's symbol and its number; a count is written as one."""
    value = f"{term.value:,}" if isinstance(term.value, int) else compact(term.value, 4)
    return f"{term.symbol} = {value}"
