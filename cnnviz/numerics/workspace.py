"""The arrays that one thread works in, block after block, so that an iteration allocates none."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.lib.stride_tricks import as_strided

from cnnviz.numerics.arena import Arena
from cnnviz.numerics.network import DENSE_SIZE, IMAGE_SIZE, Floats
from cnnviz.numerics.tiling import Tiling


@dataclass(frozen=True, slots=True, eq=False)
class Workspace:
    """Scratch for blocks of one width, in which images are the innermost axis.

    A tile's pixels are rows of a matrix that `tiles` sees without copying im2col's patches: only
    the columns that two neighbouring tiles share are there twice.

    Attributes
    ----------
    pixels : ndarray, shape (28, 28, width)
        A block's images; `spread` carries them to `tiles`.
    tiles : ndarray, shape (grid columns, grid rows, inputs, width)
        What each tile sees. An overlapping view.
    units, moved : ndarray, shape (1728, width)
        In the order of the tiling.
    sums : ndarray, shape (grid columns, grid rows, outputs, inputs)
        A product of each tile.
    """

    pixels: Floats
    tiles: Floats
    units: Floats
    moved: Floats
    sums: Floats
    _columns: Floats
    _strips: Floats

    @classmethod
    def of(cls, tiling: Tiling, width: int, arena: Arena) -> Self:
        """Make a workspace for blocks of `width` images."""
        (columns, rows), across = tiling.grid, tiling.window[1]
        pixels = arena.empty(IMAGE_SIZE, IMAGE_SIZE, width)
        down, right, along = pixels.strides
        seen = (columns, IMAGE_SIZE, across, width)
        strips = arena.empty(*seen)
        strip, row, pixel, _ = strips.strides
        return cls(
            pixels,
            as_strided(
                strips,
                (columns, rows, tiling.inputs, width),
                (strip, tiling.rows * row, pixel, along),
                writeable=False,
            ),
            arena.empty(DENSE_SIZE, width),
            arena.empty(DENSE_SIZE, width),
            arena.empty(columns, rows, tiling.outputs, tiling.inputs),
            as_strided(pixels, seen, (tiling.columns * right, down, right, along), writeable=False),
            strips,
        )

    def spread(self) -> None:
        """Copy the columns of pixels that each column of tiles sees to where `tiles` looks."""
        np.copyto(self._strips, self._columns)
