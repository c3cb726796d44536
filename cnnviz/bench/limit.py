"""The least that an iteration can take: its tanh and its matrix products, and nothing else."""

from collections.abc import Callable

import numpy as np
from numpy.typing import DTypeLike

from cnnviz.numerics.block_forward import TILE
from cnnviz.numerics.blocks import Blocks, block_size
from cnnviz.numerics.network import DENSE_SIZE
from cnnviz.numerics.tiling import tiling


def limit_iteration(n: int, dtype: DTypeLike, threads: int) -> Callable[[], None]:
    """Return a function that runs the tanh and matrix products of an exact iteration of n images.

    Forward: the banded product, the tanh, the product with the dense weights. Backward: the dense
    gradient and the banded product of the filter gradient. Blocks and threads are those of the
    fast path, but every block works on the same arrays, which stay in the cache.
    """
    blocks, tiles = Blocks(n, threads, block_size(dtype)), tiling(*TILE)
    rng = np.random.default_rng(0)
    grid, workers, widest = tiles.grid, blocks.threads, blocks.widest
    pixels = rng.random((workers, *grid, tiles.inputs, widest)).astype(dtype)
    band = rng.standard_normal((tiles.outputs, tiles.inputs)).astype(dtype)
    weights = rng.standard_normal(DENSE_SIZE).astype(dtype)
    delta = rng.standard_normal(widest).astype(dtype)
    units = np.empty((workers, *grid, tiles.outputs, widest), dtype)
    z = np.empty((workers, widest), dtype)
    dense = np.empty((workers, DENSE_SIZE), dtype)
    sums = np.empty((workers, *grid, tiles.outputs, tiles.inputs), dtype)

    def forward(_index: int, _block: slice, worker: int) -> None:
        t = units[worker]
        np.matmul(band, pixels[worker], out=t)
        np.tanh(t, out=t)
        np.matmul(weights, t.reshape(DENSE_SIZE, widest), out=z[worker])

    def backward(_index: int, _block: slice, worker: int) -> None:
        t = units[worker]
        np.matmul(t.reshape(DENSE_SIZE, widest), delta, out=dense[worker])
        np.matmul(t, pixels[worker].swapaxes(2, 3), out=sums[worker])

    def run() -> None:
        blocks.for_each(forward)
        blocks.for_each(backward)

    return run
