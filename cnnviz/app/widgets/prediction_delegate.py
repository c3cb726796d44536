"""Paints the cells of the predictions' table, straight from the arrays."""

from math import isfinite
from typing import Final

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from cnnviz.app.theme import GRID, Theme, body_font, number_font
from cnnviz.app.widgets.predictions_model import TITLES, UNDEFINED, Column, PredictionsModel
from cnnviz.app.widgets.thumbnails import Thumbnails

_RIGHTWARD: Final = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_LEFTWARD: Final = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_CENTRED: Final = int(Qt.AlignmentFlag.AlignCenter)
_SELECTED: Final = QStyle.StateFlag.State_Selected
_PAD: Final = GRID // 2
"""Pixels at either side of a cell's words."""
_IMAGE: Final = 28
"""Side of a picture at normal size, in pixels."""
_BAR: Final = 3 * GRID
"""Length of the shortest bar, in pixels."""
_GROWTH: Final = 0.4
"""How much of a larger size the table follows: seven columns must fit beside the network."""
_TITLE_TYPE: Final = 0.85
"""Size of the titles' type, relative to body text."""


class PredictionDelegate(QStyledItemDelegate):
    """Paints one cell at a time, and knows how much room each column needs.

    Parameters
    ----------
    model : PredictionsModel
        The model of the table that it paints.
    theme : Theme
    """

    def __init__(
        self, model: PredictionsModel, theme: Theme, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._model = model
        self.set_look(theme, 1.0, 1.0)

    def set_look(self, theme: Theme, scale: float, pixel_ratio: float) -> None:
        """Take colours, type of another size, and the screen's pixels per pixel of Qt."""
        scale = 1 + (scale - 1) * _GROWTH
        self.font = number_font(scale)
        self._sign_font = number_font(scale)
        self._sign_font.setBold(True)
        self.title_font = body_font(_TITLE_TYPE * scale)
        self._side = round(_IMAGE * scale)
        self.thumbnails = Thumbnails(theme, round(self._side * pixel_ratio))
        self._text, self._muted = QColor(theme.text), QColor(theme.muted)
        self._accent, self._wrong = QColor(theme.accent), QColor(theme.wrong)
        self._line = QColor(theme.line)
        self._tint = QColor(theme.accent)
        self._tint.setAlphaF(0.18)
        self._bar_height = round(6 * scale)

    @property
    def row_height(self) -> int:
        """Height of every row, in pixels."""
        return max(self._side + _PAD, QFontMetrics(self.font).height() + GRID)

    def widths(self, images: int) -> list[int]:
        """Return the pixels that each column needs for so many images."""
        metrics, titles = QFontMetrics(self.font), QFontMetrics(self.title_font)
        words = {
            Column.INDEX: str(max(0, images - 1)),
            Column.DIGIT: "0",
            Column.TARGET: "> 4",
            Column.OUTPUT: "0.00",
            Column.ERROR: "0.000",
            Column.RIGHT: "✗",
        }
        widths = [
            max(metrics.horizontalAdvance(words.get(column, "")), titles.horizontalAdvance(title))
            + 2 * _PAD
            for column, title in zip(Column, TITLES, strict=True)
        ]
        widths[Column.IMAGE] = self._side + 2 * _PAD
        widths[Column.OUTPUT] = 3 * _PAD + max(
            metrics.horizontalAdvance("0.00") + _PAD + _BAR, titles.horizontalAdvance(UNDEFINED)
        )
        return widths

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        """Paint a cell."""
        model, column = self._model, index.column()
        image = model.image_at(index.row())
        # PySide6's annotations do not know the fields that it inherits from QStyleOption.
        cell: QRect = option.rect  # type: ignore[attr-defined]
        if option.state & _SELECTED:  # type: ignore[attr-defined]
            painter.fillRect(cell, self._tint)
            if column == Column.IMAGE:
                painter.fillRect(cell.x(), cell.y(), 3, cell.height(), self._accent)
        if column == Column.IMAGE:
            self._paint_picture(painter, cell, image)
            return
        painter.setFont(self.font)
        words = model.words(image, column)
        if column == Column.OUTPUT:
            self._paint_output(painter, cell, image, words)
        elif column == Column.RIGHT:
            verdict = model.verdict(image)
            painter.setFont(self._sign_font)
            painter.setPen(
                self._muted if verdict is None else self._accent if verdict else self._wrong
            )
            painter.drawText(cell, _CENTRED, words)
        else:
            painter.setPen(self._muted if column == Column.INDEX else self._text)
            painter.drawText(cell.adjusted(_PAD, 0, -_PAD, 0), _RIGHTWARD, words)

    def _paint_picture(self, painter: QPainter, cell: QRect, image: int) -> None:
        dataset = self._model.dataset
        if dataset is None:
            return
        side = self._side
        place = QRect(
            cell.right() + 1 - _PAD - side, cell.y() + (cell.height() - side) // 2, side, side
        )
        painter.drawPixmap(place, self.thumbnails.picture(dataset, image))
        painter.setPen(self._line)
        painter.drawRect(place.adjusted(-1, -1, 0, 0))

    def _paint_output(self, painter: QPainter, cell: QRect, image: int, words: str) -> None:
        """Paint a number, and a bar from 0 to 1 with a line at 0.5."""
        predictions = self._model.predictions
        output = float("nan") if predictions is None else float(predictions.output[image])
        room = cell.adjusted(2 * _PAD, 0, 0, 0)
        if not isfinite(output):
            painter.setFont(self.title_font)
            painter.setPen(self._muted)
            painter.drawText(room, _LEFTWARD, words)
            return
        painter.setPen(self._text)
        number = painter.boundingRect(room, _LEFTWARD, words)
        painter.drawText(number, _LEFTWARD, words)
        left, right = number.right() + 1 + _PAD, cell.right() - _PAD
        height = self._bar_height
        top = cell.y() + (cell.height() - height) // 2
        painter.fillRect(QRect(left, top, right - left, height), self._line)
        length = (right - left) * output
        painter.fillRect(
            QRectF(left, top, length, height),
            self._accent if self._model.verdict(image) else self._wrong,
        )
        middle = left + (right - left) // 2
        painter.fillRect(middle, top - 3, 1, height + 6, self._text)
