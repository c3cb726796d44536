"""The forward pass of images that are not trained on."""

import numpy as np

from cnnviz.numerics.arena import Arena
from cnnviz.numerics.block_forward import TILE, block_z, check_feature_maps, halve_z
from cnnviz.numerics.blocks import Blocks, block_size
from cnnviz.numerics.forward import ForwardPass
from cnnviz.numerics.network import IMAGE_SIZE, Batch, Floats, Parameters
from cnnviz.numerics.scratch_arrays import ScratchArrays, columns_of
from cnnviz.numerics.tiling import tiling


class Evaluation:
    """Images outside of the batch, ready to be sent forward with any parameters.

    Unlike `FastIteration`, it keeps nothing of a pass. It belongs to one thread, and spreads its
    work over `threads`.

    The dtype of `images` is the precision of everything. `threads` work on them; 1 starts none.
    """

    def __init__(self, images: Batch, threads: int = 1) -> None:
        self._y, self._dtype = images.y, images.planes.dtype
        self._blocks = Blocks(images.n, threads, block_size(self._dtype))
        arena, self._tiling = Arena(self._dtype), tiling(*TILE)
        widths = [block.stop - block.start for block in self._blocks]
        self._X = [arena.empty(IMAGE_SIZE, IMAGE_SIZE, width) for width in widths]
        for X, block in zip(self._X, self._blocks, strict=True):
            np.copyto(X, images.X[:, :, block])
        self._columns = [columns_of(self._tiling, X) for X in self._X]
        self._spaces = [
            {width: ScratchArrays.of(self._tiling, width, arena) for width in sorted(set(widths))}
            for _ in range(self._blocks.threads)
        ]
        self._band = np.zeros((self._tiling.outputs, self._tiling.inputs), self._dtype)

    def close(self) -> None:
        """End the threads. The object is of no use afterwards."""
        self._blocks.close()

    def forward(self, parameters: Parameters, batch: ForwardPass) -> ForwardPass:
        """Send all images forward, standardised with the mean and deviation of a batch's pass.

        `parameters` have the images' dtype; `batch` is the batch's forward pass with the same ones.

        Raises NonFiniteError if a result is not finite.
        """
        check_feature_maps(parameters.f, self._X, self._dtype)
        tiles = self._tiling
        np.put(self._band, tiles.band, parameters.f * self._dtype.type(0.5))
        weights: Floats = parameters.wo[:, 0][tiles.order]
        z = np.empty_like(self._y)

        def run(index: int, block: slice, worker: int) -> None:
            space = self._spaces[worker][block.stop - block.start]
            columns = self._columns[index]
            block_z(tiles, self._band, weights, columns, space, space.units, z[0, block])

        with np.errstate(over="ignore", invalid="ignore"):
            self._blocks.for_each(run)
            halve_z(z, weights)
        return ForwardPass.outside(z, self._y, batch)
