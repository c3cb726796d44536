"""Where the pictures of a card are."""

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSizeF

from cnnviz.app.debugger.tensors.tensor_layout import Position, Sheet
from cnnviz.app.look.theme import GRID

_LARGEST_CELL: Final = 14
_HIGHEST: Final = 132
"""Pixels that a row of pictures is high at most, at the normal scale."""


@dataclass(frozen=True, slots=True)
class CardLayout:
    """Pictures beside each other."""

    sheet: Sheet
    left: float
    top: float
    """left, top: where the first begins."""
    cell: float
    """Pixels of a cell."""

    def cell_rect(self, position: Position) -> QRectF:
        """Return the rectangle of a cell."""
        picture, row, column = position
        left = self.left + picture * self._pitch + column * self.cell
        return QRectF(left, self.top + row * self.cell, self.cell, self.cell)

    def picture_rect(self, picture: int) -> QRectF:
        """Return the rectangle of a picture."""
        _, rows, columns = self.sheet.pictures.shape
        corner = self.cell_rect((picture, 0, 0)).topLeft()
        return QRectF(corner, QSizeF(columns * self.cell, rows * self.cell))

    def cell_at(self, point: QPointF) -> Position | None:
        """Return the cell at a point."""
        count, rows, columns = self.sheet.pictures.shape
        x, y = point.x() - self.left, point.y() - self.top
        picture, within = divmod(x, self._pitch)
        cell = int(picture), int(y // self.cell), int(within // self.cell)
        inside = 0 <= picture < count and 0 <= y < rows * self.cell
        inside = inside and within < columns * self.cell
        return cell if inside and self.sheet.index(cell) is not None else None

    @property
    def bottom(self) -> float:
        """Where the pictures end."""
        rows: int = self.sheet.pictures.shape[1]
        return self.top + rows * self.cell

    @property
    def width(self) -> float:
        """Of all pictures together."""
        count: int = self.sheet.pictures.shape[0]
        return count * self._pitch - GRID

    @property
    def _pitch(self) -> float:
        columns: int = self.sheet.pictures.shape[2]
        return columns * self.cell + GRID


def lay_out_card(sheet: Sheet, width: float, top: float, scale: float) -> CardLayout:
    """Lay the pictures of a tensor out on a card.

    Parameters
    ----------
    width : float
        Of the card, in pixels.
    top : float
        Where the words above the pictures end.
    scale : float
        Of the type, times how far the pictures are enlarged.
    """
    count, rows, columns = sheet.pictures.shape
    available = width - 2 * GRID - GRID * (count - 1)
    cell = max(
        0.5, min(available / (count * columns), _HIGHEST * scale / rows, _LARGEST_CELL * scale)
    )
    return CardLayout(sheet, float(GRID), top, cell)
