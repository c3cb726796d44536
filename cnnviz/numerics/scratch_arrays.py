"""The arrays that one thread works in, block after block, so that an iteration allocates none."""

from dataclasses import dataclass
from typing import Self

from numpy.lib.stride_tricks import as_strided

from cnnviz.numerics.arena import Arena
from cnnviz.numerics.network import DENSE_SIZE, IMAGE_SIZE, Floats
from cnnviz.numerics.tiling import Tiling


@dataclass(frozen=True, slots=True, eq=False)
class ScratchArrays:
    """Scratch for blocks of one width, in which images are the innermost axis.

    A tile's pixels are rows of a matrix that `tiles` sees without copying im2col's patches: only
    the columns that two neighbouring tiles share are there twice.
    """

    strips: Floats
    """Shape (grid columns, 28, window columns, width). The columns of pixels that each column of
    tiles sees: the result of `columns_of` for a block's images, as it is or multiplied."""
    tiles: Floats
    """Shape (grid columns, grid rows, inputs, width). What each tile sees. An overlapping view of
    `strips`."""
    units: Floats
    moved: Floats
    """units, moved: shape (1728, width). In the order of the tiling."""
    sums: Floats
    """Shape (grid columns, grid rows, outputs, inputs). A product of each tile."""

    @classmethod
    def of(cls, tiling: Tiling, width: int, arena: Arena) -> Self:
        """Make the arrays for blocks of `width` images."""
        columns, rows = tiling.grid
        strips = arena.empty(columns, IMAGE_SIZE, tiling.window[1], width)
        strip, row, pixel, along = strips.strides
        return cls(
            strips,
            as_strided(
                strips,
                (columns, rows, tiling.inputs, width),
                (strip, tiling.rows * row, pixel, along),
                writeable=False,
            ),
            arena.empty(DENSE_SIZE, width),
            arena.empty(DENSE_SIZE, width),
            arena.empty(columns, rows, tiling.outputs, tiling.inputs),
        )


def columns_of(tiling: Tiling, pixels: Floats) -> Floats:
    """See a block's images as the columns of pixels that each column of tiles sees.

    Parameters
    ----------
    pixels : ndarray, shape (28, 28, width)

    Returns
    -------
    ndarray, shape (grid columns, 28, window columns, width)
        An overlapping view; not writeable.
    """
    down, right, along = pixels.strides
    shape = tiling.grid[0], IMAGE_SIZE, tiling.window[1], pixels.shape[2]
    return as_strided(pixels, shape, (tiling.columns * right, down, right, along), writeable=False)
