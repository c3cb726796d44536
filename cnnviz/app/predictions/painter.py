"""Paints the table of predictions, column by column, directly from the arrays."""

from collections.abc import Iterable
from math import isfinite
from typing import Final

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.predictions.model import TITLES, UNDEFINED, PredictionColumn, PredictionsModel
from cnnviz.app.widgets.thumbnails import Thumbnails

_RIGHTWARD: Final = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_LEFTWARD: Final = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_CENTRED: Final = int(Qt.AlignmentFlag.AlignCenter)
_PAD: Final = GRID // 2
"""Pixels at either side of a cell's text."""
_IMAGE: Final = 28
"""Side of a picture at normal size, in pixels."""
_BAR: Final = 3 * GRID
"""Length of the shortest bar, in pixels."""
_GROWTH: Final = 0.4
"""Share of a larger size that the table follows: seven columns must fit beside the network."""
_LARGE: Final = 1.6
"""The largest size in a window of a usual width; larger ones are for wider windows."""
_TITLE_SIZE: Final = 0.85
"""Size of the titles, relative to body text."""
_MARK: Final = 3
"""Width of the accent at the left of the selected row, in pixels."""

Cells = Iterable[tuple[QRect, int]]
"""Rectangles in the table, each with the index of its image."""


class PredictionPainter:
    """Paints cells, and measures the width of each column.

    A delegate of Qt would be set up for each cell, which takes as long as painting it.

    `pixel_ratio` is the number of device pixels in one of Qt's.
    """

    def __init__(self, model: PredictionsModel, style: Style, pixel_ratio: float) -> None:
        self._model = model
        theme, large = style.theme, min(style.scale, _LARGE)
        scale = (1 + (large - 1) * _GROWTH) * style.scale / large
        style = Style(theme, scale)
        self.font, self._mark_font = style.number_font, style.number_font
        self._number_width = QFontMetrics(self.font).horizontalAdvance("0.00")
        self._mark_font.setBold(True)
        self.title_font = style.scaled(_TITLE_SIZE).body_font
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
        """Return the width of each column for a number of images, in pixels."""
        metrics, titles = QFontMetrics(self.font), QFontMetrics(self.title_font)
        samples = {
            PredictionColumn.INDEX: str(max(0, images - 1)),
            PredictionColumn.DIGIT: "0",
            PredictionColumn.TARGET: "> 4",
            PredictionColumn.OUTPUT: "0.00",
            PredictionColumn.ERROR: "0.000",
            PredictionColumn.CORRECT: "✗",
        }
        widths = [
            max(metrics.horizontalAdvance(samples.get(column, "")), titles.horizontalAdvance(title))
            + 2 * _PAD
            for column, title in zip(PredictionColumn, TITLES, strict=True)
        ]
        widths[PredictionColumn.IMAGE] = self._side + 2 * _PAD
        widths[PredictionColumn.OUTPUT] = 3 * _PAD + max(
            metrics.horizontalAdvance("0.00") + _PAD + _BAR, titles.horizontalAdvance(UNDEFINED)
        )
        return widths

    def paint_selection(self, painter: QPainter, row: QRect) -> None:
        """Paint the background of the selected row, before its cells."""
        painter.fillRect(row, self._tint)
        painter.fillRect(row.x(), row.y(), _MARK, row.height(), self._accent)

    def paint_column(self, painter: QPainter, column: PredictionColumn, cells: Cells) -> None:
        """Paint the cells of one column."""
        if column == PredictionColumn.IMAGE:
            self._paint_pictures(painter, cells)
        elif column == PredictionColumn.OUTPUT:
            self._paint_outputs(painter, cells)
        elif column == PredictionColumn.CORRECT:
            self._paint_marks(painter, cells)
        else:
            painter.setFont(self.font)
            painter.setPen(self._muted if column == PredictionColumn.INDEX else self._text)
            for cell, image in cells:
                text = self._model.text(image, column)
                painter.drawText(cell.adjusted(_PAD, 0, -_PAD, 0), _RIGHTWARD, text)

    def _paint_pictures(self, painter: QPainter, cells: Cells) -> None:
        dataset, side = self._model.dataset, self._side
        if dataset is None:
            return
        painter.setPen(self._line)
        for cell, image in cells:
            left, top = cell.right() + 1 - _PAD - side, cell.y() + (cell.height() - side) // 2
            frame = QRect(left, top, side, side)
            painter.drawPixmap(frame, self.thumbnails.picture(dataset, image))
            painter.drawRect(frame.adjusted(-1, -1, 0, 0))

    def _paint_marks(self, painter: QPainter, cells: Cells) -> None:
        painter.setFont(self._mark_font)
        colours = {None: self._muted, True: self._accent, False: self._wrong}
        for cell, image in cells:
            painter.setPen(colours[self._model.is_correct(image)])
            painter.drawText(cell, _CENTRED, self._model.text(image, PredictionColumn.CORRECT))

    def _paint_outputs(self, painter: QPainter, cells: Cells) -> None:
        """Paint numbers, and bars from 0 to 1 with a line at 0.5."""
        model, predictions = self._model, self._model.predictions
        height, number = self._bar_height, self._number_width
        painter.setFont(self.font)
        for cell, image in cells:
            output = float("nan") if predictions is None else float(predictions.output[image])
            inside = cell.adjusted(2 * _PAD, 0, 0, 0)
            text = model.text(image, PredictionColumn.OUTPUT)
            if not isfinite(output):
                painter.setFont(self.title_font)
                painter.setPen(self._muted)
                painter.drawText(inside, _LEFTWARD, text)
                painter.setFont(self.font)
                continue
            painter.setPen(self._text)
            painter.drawText(inside, _LEFTWARD, text)
            left, right = inside.x() + number + _PAD, cell.right() - _PAD
            top = cell.y() + (cell.height() - height) // 2
            painter.fillRect(QRect(left, top, right - left, height), self._line)
            colour = self._accent if model.is_correct(image) else self._wrong
            painter.fillRect(QRectF(left, top, (right - left) * output, height), colour)
            painter.fillRect(left + (right - left) // 2, top - 3, 1, height + 6, self._text)
