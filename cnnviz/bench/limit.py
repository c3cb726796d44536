"""What cannot be saved: the tanh and the matrix products of an iteration, and nothing else."""

from collections.abc import Callable

import numpy as np
from numpy.typing import DTypeLike

from cnnviz.numerics.blocks import Blocks
from cnnviz.numerics.fast import STORED_TILE
from cnnviz.numerics.network import DENSE_SIZE
from cnnviz.numerics.tiling import tiling


def limit_iteration(n: int, dtype: DTypeLike, threads: int) -> Callable[[], None]:
    """Return what runs the tanh and the matrix products of one exact iteration of n images.

    Forward: the banded product, the tanh, the product with the dense weights. Backward: the dense
    gradient and the banded product of the filter gradient. Blocks and threads are those of the
    fast path, but every block works on the same arrays, which stay in the cache.

    Parameters
    ----------
    n : int
    dtype : dtype-like
    threads : int
    """
    blocks, tiles = Blocks(n, threads), tiling(*STORED_TILE)
    rng = np.random.default_rng(0)
    rows = blocks.widest * tiles.grid[0] * tiles.grid[1]
    windows = rng.standard_normal((blocks.threads, rows, tiles.inputs)).astype(dtype)
    band = rng.standard_normal((tiles.inputs, tiles.outputs)).astype(dtype)
    weights, delta = rng.standard_normal(DENSE_SIZE), rng.standard_normal(blocks.widest)
    weights, delta = weights.astype(dtype), delta.astype(dtype)
    units = np.empty((blocks.threads, blocks.widest, DENSE_SIZE), dtype)
    z = np.empty((blocks.threads, blocks.widest), dtype)
    dense = np.empty((blocks.threads, DENSE_SIZE), dtype)
    banded = np.empty((blocks.threads, tiles.inputs, tiles.outputs), dtype)

    def forward(_index: int, block: slice, worker: int) -> None:
        count = block.stop - block.start
        t = units[worker, :count]
        x = windows[worker, : count * rows // blocks.widest]
        np.matmul(x, band, out=t.reshape(-1, tiles.outputs))
        np.tanh(t, out=t)
        np.matmul(t, weights, out=z[worker, :count])

    def backward(_index: int, block: slice, worker: int) -> None:
        count = block.stop - block.start
        t = units[worker, :count]
        x = windows[worker, : count * rows // blocks.widest]
        np.matmul(delta[:count], t, out=dense[worker])
        np.matmul(x.T, t.reshape(-1, tiles.outputs), out=banded[worker])

    def run() -> None:
        blocks.for_each(forward)
        blocks.for_each(backward)

    return run
