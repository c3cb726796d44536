"""A picture in which a person points out one cell."""

from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnviz.app.look.colour_maps import Matrix, ink_image, matrix_image
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.arrow_keys import MOVES, move_of
from cnnviz.app.widgets.spoken_picture import speak
from cnnviz.app.widgets.window_share import WindowShare
from cnnviz.numerics.number_format import compact
from cnnviz.numerics.tensors import ColourScale

_SIDE: Final = 30 * GRID
"""Height and width at the normal scale, in pixels, if the window is high enough."""
_SHARE: Final = 4
"""It takes a fraction of the window's height at most: the answer is given below it."""

Cell = tuple[int, int]
"""Row from the top and column from the left, both from 1."""


class CellPicker(QWidget):
    """Draws a matrix; a click, or the arrow keys, choose a cell."""

    own_keys = frozenset(MOVES)
    spoken_value = ""
    chosen = Signal()
    """Another cell was chosen."""

    def __init__(self, style: Style) -> None:
        super().__init__()
        self._style = style
        self._values: NDArray[np.floating[Any]] = np.zeros((1, 1))
        self._scale: ColourScale = "signed"
        self._truth: Cell | None = None
        self._crossed = False
        self.cell: Cell | None = None
        """The chosen cell, if there is one."""
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self._share = WindowShare(self, _SHARE)
        self._describe()

    def show_values(self, values: NDArray[np.floating[Any]], scale: ColourScale) -> None:
        """Draw values, shape (rows, columns), upright; nothing is chosen.

        `scale` is the colour scale that the Network and the debugger have for the tensor.
        """
        self._values, self._scale, self.cell, self._truth = values, scale, None, None
        self._crossed = False
        self._describe()
        self.updateGeometry()
        self.update()

    def show_truth(self, cell: Cell, *, right: bool) -> None:
        """Frame the right cell; cross the chosen one out unless it is near enough to be right."""
        self._truth, self._crossed = cell, not right
        self.update()

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._style = style
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        """Return a square."""
        side = min(round(_SIDE * self._style.scale), self._share.height)
        return QSize(side, side)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the matrix, the chosen cell, and the right one."""
        painter = QPainter(self)
        painter.drawImage(QRectF(self.rect()), self._image())
        theme = self._style.theme
        painter.setPen(QPen(QColor(theme.muted), 1))  # an empty margin would have no edge
        painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._truth is not None:
            self._outline(painter, self._frame(self._truth, GRID / 2), theme.accent)
        if self.cell is not None and self.cell != self._truth:
            own = self._frame(self.cell, GRID / 4)
            self._outline(painter, _cross(own) if self._crossed else own, theme.text)
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.text), 2 * self._style.scale))
            painter.drawRect(QRectF(self.rect()))
        painter.end()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose the cell under the pointer."""
        at = self._at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and at is not None:
            self._choose(*at)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Choose the neighbouring cell."""
        move = move_of(event)
        if move is None:
            super().keyPressEvent(event)
            return
        rows, columns = self._values.shape
        row, column = self.cell or (rows // 2, columns // 2)
        right, down = move
        self._choose(min(max(1, row + down), rows), min(max(1, column + right), columns))

    def _choose(self, row: int, column: int) -> None:
        self.cell = row, column
        self._describe()
        self.update()
        self.chosen.emit()

    def _describe(self) -> None:
        rows, columns = self._values.shape
        text, spoken = f"A picture of {rows} rows and {columns} columns", ""
        if self.cell:
            row, column = self.cell
            text = f"Row {row}, column {column} of {rows} by {columns}"
            number = compact(float(self._values[row - 1, column - 1]), 4)
            spoken = f"row {row}, column {column}, {number}"
        speak(self, spoken)
        self.setAccessibleName(text)
        self.setToolTip(text if self.cell else "Click the cell that you mean")

    def _image(self) -> QImage:
        values, theme = self._values, self._style.theme
        if self._scale == "ink":
            return ink_image(np.rint(255 * values).astype(np.uint8), theme)
        if self._scale == "activation":
            return matrix_image(Matrix(values), theme)
        largest = float(np.nanmax(np.abs(values))) or 1.0
        return matrix_image(Matrix(values, largest, signed=True), theme)

    def _at(self, point: QPointF) -> Cell | None:
        rows, columns = self._values.shape
        row = int(point.y() * rows / self.height()) + 1
        column = int(point.x() * columns / self.width()) + 1
        return (row, column) if 1 <= row <= rows and 1 <= column <= columns else None

    def _frame(self, cell: Cell, margin: float) -> QPainterPath:
        """Return the outline of a cell with a margin at the normal scale."""
        rows, columns = self._values.shape
        down, across = self.height() / rows, self.width() / columns
        left, top = (cell[1] - 1) * across, (cell[0] - 1) * down
        wide = margin * self._style.scale
        frame = QPainterPath()
        frame.addRect(QRectF(left, top, across, down).adjusted(-wide, -wide, wide, wide))
        return frame

    def _outline(self, painter: QPainter, path: QPainterPath, colour: str) -> None:
        """Draw lines that are seen on ink and on paper: of a colour, edged with paper."""
        width = 2 * self._style.scale
        for pen in (QPen(QColor(self._style.theme.paper), 2 * width), QPen(QColor(colour), width)):
            painter.strokePath(path, pen)


def _cross(frame: QPainterPath) -> QPainterPath:
    """Return the diagonals of a frame."""
    box, cross = frame.boundingRect(), QPainterPath()
    for start, end in (
        (box.topLeft(), box.bottomRight()),
        (box.topRight(), box.bottomLeft()),
    ):
        cross.moveTo(start)
        cross.lineTo(end)
    return cross
