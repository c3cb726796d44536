"""Tiles: feature-map units computed by one row of a matrix product, and their layout."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from cnnviz.numerics.network import DENSE_SIZE, FILTER_COUNT, FILTER_SIZE, MAP_SIZE, Floats

Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Tiling:
    """The grouping of feature-map units into tiles, and the layout that follows from it.

    Tiles come column of the grid by column of the grid.
    """

    rows: int
    columns: int
    """rows, columns: units of one tile."""
    order: Indices
    """Shape (1728,). Flat index ``i·576 + r·24 + c`` of each unit, in the order (tile, row, column,
    filter)."""
    inverse: Indices
    """Shape (1728,). The place in that order of each flat index."""
    reshape_row_column_filter: Indices
    """Shape (1728,). For each unit in that order, the place of the unit that the notebook's
    reshaping puts there."""
    band: Indices
    """Shape (rows · columns, 75). For each unit of a tile, the flat index in the banded matrix
    (outputs, inputs) of each cell of ``f``."""

    @property
    def window(self) -> tuple[int, int]:
        """Rows and columns of the pixels that a tile sees."""
        return self.rows + FILTER_SIZE - 1, self.columns + FILTER_SIZE - 1

    @property
    def grid(self) -> tuple[int, int]:
        """Columns and rows of tiles in a feature map."""
        return MAP_SIZE // self.columns, MAP_SIZE // self.rows

    @property
    def inputs(self) -> int:
        """Pixels that a tile sees: columns of the banded matrix."""
        return self.window[0] * self.window[1]

    @property
    def outputs(self) -> int:
        """Units of a tile, of all filters: rows of the banded matrix."""
        return self.rows * self.columns * FILTER_COUNT

    def by_tile(self, units: Floats) -> Floats:
        """Return a block's units as (12, 12, 12, images): tile by tile, then unit and filter."""
        return units.reshape(*self.grid, self.outputs, -1)


@cache
def tiling(rows: int, columns: int) -> Tiling:
    """Return the tiling with tiles of a number of rows and columns of units; both divide 24."""
    units = np.arange(DENSE_SIZE)
    grid = MAP_SIZE // rows, MAP_SIZE // columns
    tiles = units.reshape(FILTER_COUNT, grid[0], rows, grid[1], columns)
    order = np.array(tiles.transpose(3, 1, 2, 4, 0).ravel(), np.intp)
    inverse = np.argsort(order)
    misread = units.reshape(MAP_SIZE, MAP_SIZE, FILTER_COUNT).transpose(2, 0, 1).ravel()
    y, x, u, v, i = np.indices((rows, columns, FILTER_SIZE, FILTER_SIZE, FILTER_COUNT))
    width = columns + FILTER_SIZE - 1
    pixel = (y + u) * width + (x + v)
    unit = (y * columns + x) * FILTER_COUNT + i
    band = (unit * (rows + FILTER_SIZE - 1) * width + pixel).reshape(rows * columns, -1)
    return Tiling(rows, columns, order, inverse, inverse[misread[order]], band)
