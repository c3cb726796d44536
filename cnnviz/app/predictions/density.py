"""Many points as a picture of how many there are in each cell of a grid."""

from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage, qRgba

from cnnviz.app.look.theme import Theme

_LEVELS: Final = 60
"""Shades of each kind of point."""
_FAINTEST: Final = 0.45
"""Opacity of a cell with a single point, 0 to 1."""
_DIM: Final = 0.35
"""Opacity of the densest cell of points that are not listed, 0 to 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Points to be counted."""

    column: NDArray[np.intp]
    row: NDArray[np.intp]
    """column, row: shape (n,). The cell of each."""
    wrong: NDArray[np.bool_]
    listed: NDArray[np.bool_]
    """wrong, listed: shape (n,)."""


def density_image(points: Points, rows: int, columns: int, side: int, theme: Theme) -> QImage:
    """Draw points: full squares are right, crosses are wrong, and those not listed are grey.

    The logarithm of their number sets the opacity, so that a single point is seen beside a
    thousand.

    The picture has `rows` × `columns` cells, each `side` pixels high and wide.
    """
    cells = rows * columns
    kind = np.where(points.listed, np.where(points.wrong, 2, 1), 0)
    where = (kind * rows + points.row) * columns + points.column
    counted = np.bincount(where, minlength=3 * cells).reshape(3, rows, columns)
    largest = np.log1p(max(4, int(counted.max(initial=0))))
    dim, right, wrong = (
        np.where(
            part > 0, np.ceil(np.log1p(part) / largest * _LEVELS) + _LEVELS * number, 0
        ).astype(np.uint8)
        for number, part in enumerate(counted)
    )
    below = np.where(right > 0, right, dim)
    pixels = np.empty((rows, side, columns, side), np.uint8)
    pixels[...] = below[:, None, :, None]
    for i in range(side):
        for j in {i, side - 1 - i}:
            np.copyto(pixels[:, i, :, j], wrong, where=wrong > 0)
    drawn = _colours(theme).take(pixels.reshape(rows * side, columns * side))
    height, width = drawn.shape
    premultiplied = QImage.Format.Format_ARGB32_Premultiplied
    return QImage(drawn.data, width, height, 4 * width, premultiplied).copy()


@cache
def _colours(theme: Theme) -> NDArray[np.uint32]:
    """Return the colours: none, and the shades of points not listed, right and wrong."""
    opacities = np.linspace(_FAINTEST, 1, _LEVELS)
    shades = [0]
    for name, most in ((theme.muted, _DIM), (theme.accent, 1.0), (theme.wrong, 1.0)):
        colour = QColor(name)
        rgba = np.array([colour.red(), colour.green(), colour.blue(), 255.0])
        shades += [qRgba(*map(round, (rgba * most * o).tolist())) for o in opacities]
    return np.array(shades, np.uint32)
