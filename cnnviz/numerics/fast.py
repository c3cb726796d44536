"""The same iteration as `operations`, arranged for speed.

Three ideas carry it. A unit is kept as ``T = tanh(C/2)``, so that ``a = ½ (1 + T)`` and
``a (1 − a) = ¼ (1 − T²)`` cost no pass of their own. The correlation is one matrix product on
tiles: the 6 × 8 pixels that 2 × 4 neighbouring units see, times a banded (48, 24) matrix of all
three filters, so the patches take a quarter of the memory of im2col and the product is wide
enough for BLAS. And images are processed in blocks that stay in the cache, spread over threads;
blocks and the order in which their sums are added depend on n alone, so results are bitwise the
same with any number of threads, as long as BLAS itself is held to one.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from cnnviz.numerics import layers
from cnnviz.numerics.blocks import Blocks, Work
from cnnviz.numerics.forward import Forward
from cnnviz.numerics.network import (
    DENSE_SIZE,
    FILTER_COUNT,
    MAP_CELLS,
    Batch,
    Floats,
    Parameters,
)
from cnnviz.numerics.operations import check_finite
from cnnviz.numerics.rule import Rule
from cnnviz.numerics.tiling import tiling

STORED_TILE: Final = (2, 4)
"""Rows and columns of units in a tile where the tiles are kept: the cheapest product."""
GATHERED_TILE: Final = (2, 8)
"""Where they are gathered anew: a little more to multiply, half as many runs to copy."""
STORED_TILES_LIMIT: Final = 64 * 2**20
"""Bytes up to which the tiles of a batch are kept; above, they are gathered anew block by block."""
SATURATED: Final = 1e-6
"""σ′ below which a unit counts as saturated; at its best σ′ is ¼."""
SAMPLE: Final = 32
"""Images of the batch, evenly spaced, on which the share of saturated units is measured."""


class FastIteration:
    """One batch, ready to be iterated.

    `forward` must come before each `update`: it leaves behind the activations that the backward
    pass uses. One object belongs to one thread; it spreads its own work over `threads`.

    Parameters
    ----------
    batch : Batch
        Its dtype is the precision of everything.
    threads : int
        Threads to work on; 1 starts none.
    """

    def __init__(self, batch: Batch, threads: int = 1) -> None:
        self._batch = batch
        self._planes = batch.planes
        n, dtype = batch.n, batch.planes.dtype
        self._blocks = Blocks(n, threads)
        count, workers, widest = len(self._blocks), self._blocks.threads, self._blocks.widest
        self._unit_scratch = np.empty((workers, 2, widest, DENSE_SIZE), dtype)
        self._tiling = tiling(*STORED_TILE)
        stored = self._tiling.tiles_of(self._planes)
        self._stored: Floats | None = None
        if stored.size * dtype.itemsize <= STORED_TILES_LIMIT:
            self._stored = np.ascontiguousarray(stored)
        else:
            self._tiling = tiling(*GATHERED_TILE)
            shape = (workers, widest, *self._tiling.grid, *self._tiling.window)
            self._tile_scratch = np.empty(shape, dtype)
        self._T = np.empty((n, DENSE_SIZE), dtype)
        self._dense_sums = np.empty((count, DENSE_SIZE), dtype)
        self._square_sums = np.empty((count, DENSE_SIZE), dtype)
        self._filter_sums = np.empty((count, self._tiling.inputs, self._tiling.outputs), dtype)
        image_sum = self._planes.sum(axis=0, dtype=np.float64)
        self._image_sum = image_sum.astype(dtype)[..., np.newaxis]
        step = -(-n // SAMPLE)
        self._sample = slice(0, n, step)
        ink = _units_that_see_ink(self._planes[self._sample])
        self._sees_ink = ink[:, self._tiling.order]
        self._parameters: Parameters | None = None
        self._last: Forward | None = None

    def close(self) -> None:
        """End the threads. The object is of no use afterwards."""
        self._blocks.close()

    @property
    def batch(self) -> Batch:
        """The images that are iterated on."""
        return self._batch

    def forward(self, parameters: Parameters) -> Forward:
        """Run the forward pass of the whole batch.

        Parameters
        ----------
        parameters : Parameters
            In the batch's dtype.

        Raises
        ------
        NumericsError
            Where a result is not finite or cannot be standardised, with the operation's name.
        """
        self._parameters = self._last = None
        self._check_feature_maps(parameters.f)
        dtype = self._T.dtype
        tiles = self._tiling
        band = np.zeros((tiles.inputs, tiles.outputs), dtype)
        band.reshape(-1)[tiles.band] = parameters.f.reshape(-1) * dtype.type(0.5)
        weights = parameters.wo[:, 0][tiles.order] * dtype.type(0.5)
        z = np.empty((1, self._batch.n), dtype)

        def run(_index: int, block: slice, worker: int) -> None:
            units = self._T[block]
            np.matmul(self._tiles_of(block, worker), band, out=units.reshape(-1, tiles.outputs))
            np.tanh(units, out=units)
            np.matmul(units, weights, out=z[0, block])

        with np.errstate(over="ignore", invalid="ignore"):
            self._blocks.for_each(run)
            z += weights.sum(dtype=np.float64).astype(dtype)
        self._parameters = parameters
        self._last = Forward.from_z(z, self._batch.y)
        return self._last

    def update(self, rule: Rule, learning_rate: float) -> Parameters:
        """Run the backward pass of the last forward pass and return the new parameters.

        Parameters
        ----------
        rule : Rule
        learning_rate : float
            η.

        Raises
        ------
        RuntimeError
            Where no forward pass came before.
        NonFiniteError
            Where a gradient or a new parameter is not finite.
        """
        if self._last is None or self._parameters is None:
            message = "update needs a forward pass that succeeded; call forward first."
            raise RuntimeError(message)
        with np.errstate(over="ignore", invalid="ignore"):
            return self._update(self._parameters, self._last, rule, learning_rate)

    def saturated_share(self) -> float:
        """Share of units that see ink and whose σ′ is below `SATURATED`, in the last forward pass.

        Measured on at most `SAMPLE` images, evenly spaced in the batch; 0 where none sees ink.

        Raises
        ------
        RuntimeError
            Where no forward pass came as far as the units.
        """
        if self._parameters is None:
            message = "saturated_share needs the units of a forward pass; call forward first."
            raise RuntimeError(message)
        flat = np.abs(self._T[self._sample]) > 1 - 2 * SATURATED  # ¼ (1 − T²) < SATURATED
        seeing = int(np.count_nonzero(self._sees_ink))
        return int(np.count_nonzero(flat & self._sees_ink)) / max(1, seeing)

    def _update(self, p: Parameters, last: Forward, rule: Rule, lr: float) -> Parameters:
        n, dtype = self._batch.n, self._T.dtype
        delta = layers.squared_error_derivative(self._batch.y, last.o)
        delta = delta * layers.sigmoid_derivative(last.o)
        if rule.standardisation:
            delta = layers.standardise_backward(delta, last.zs, last.std)
        d = np.ascontiguousarray(delta[0])
        check_finite("delta", "delta", d)

        fused = rule.pairing and rule.update_order
        if fused:
            self._blocks.for_each(self._dense_and_filter_pass(d, p.wo, rule))
        elif rule.pairing:
            self._blocks.for_each(self._dense_pass(d))
        else:
            self._blocks.for_each(self._dense_and_square_pass(d))

        dense = self._sum_of(self._dense_sums) + d.sum(dtype=np.float64)
        gradient = (dense * (0.5 / n if rule.scale else 0.5))[self._tiling.inverse].astype(dtype)
        check_finite("dense_gradient", "dW", gradient)
        wo = layers.descend(p.wo, gradient[:, np.newaxis], lr)
        check_finite("dense_update", "wo", wo)

        used = p.wo if rule.update_order else wo
        if rule.pairing:
            if not fused:
                self._blocks.for_each(self._filter_pass(d, used, rule))
            banded = self._sum_of(self._filter_sums).reshape(-1)[self._tiling.band].sum(axis=0)
            filters = (banded * (0.25 / n)).reshape(p.f.shape).astype(dtype)
        else:
            squares = (d.sum(dtype=np.float64) - self._sum_of(self._square_sums))[
                self._tiling.inverse
            ]
            g = (used[:, 0] * squares * (0.25 / n)).astype(dtype)
            check_finite("map_error", "g", g)
            maps = layers.unflatten(g) if rule.layout else layers.misread(g)
            pixels = layers.patches(self._image_sum)
            filters = layers.correlate_gradient(pixels, maps).transpose(1, 2, 0) / dtype.type(n)
        check_finite("filter_gradient", "dF", filters)
        f = layers.descend(p.f, filters, lr)
        check_finite("filter_update", "f", f)
        return Parameters(f, wo)

    def _dense_pass(self, d: Floats) -> Work:
        def run(index: int, block: slice, _worker: int) -> None:
            np.matmul(d[block], self._T[block], out=self._dense_sums[index])

        return run

    def _dense_and_square_pass(self, d: Floats) -> Work:
        def run(index: int, block: slice, worker: int) -> None:
            units = self._T[block]
            square = self._unit_scratch[worker, 0, : len(units)]
            np.matmul(d[block], units, out=self._dense_sums[index])
            np.multiply(units, units, out=square)
            np.matmul(d[block], square, out=self._square_sums[index])

        return run

    def _filter_pass(self, d: Floats, wo: Floats, rule: Rule) -> Work:
        tiles = self._tiling
        weights = wo[:, 0][tiles.order]

        def run(index: int, block: slice, worker: int) -> None:
            units = self._T[block]
            error = self._unit_scratch[worker, 0, : len(units)]
            np.multiply(units, units, out=error)
            np.subtract(1, error, out=error)
            np.multiply(error, weights, out=error)
            np.multiply(error, d[block, np.newaxis], out=error)
            if not rule.layout:
                moved = self._unit_scratch[worker, 1, : len(units)]
                np.take(error, tiles.misread, axis=1, out=moved, mode="clip")
                error = moved
            np.matmul(
                self._tiles_of(block, worker).T,
                error.reshape(-1, tiles.outputs),
                out=self._filter_sums[index],
            )

        return run

    def _dense_and_filter_pass(self, d: Floats, wo: Floats, rule: Rule) -> Work:
        dense, filters = self._dense_pass(d), self._filter_pass(d, wo, rule)

        def run(index: int, block: slice, worker: int) -> None:
            dense(index, block, worker)
            filters(index, block, worker)

        return run

    def _tiles_of(self, block: slice, worker: int) -> Floats:
        """Tiles of a block, shape (images · 72, 48)."""
        if self._stored is not None:
            tiles = self._stored[block]
        else:
            tiles = self._tile_scratch[worker, : block.stop - block.start]
            np.copyto(tiles, self._tiling.tiles_of(self._planes[block]))
        return tiles.reshape(-1, self._tiling.inputs)

    @staticmethod
    def _sum_of(block_sums: Floats) -> NDArray[np.float64]:
        total: NDArray[np.float64] = block_sums.sum(axis=0, dtype=np.float64)
        return total

    def _check_feature_maps(self, f: Floats) -> None:
        """Raise where C is not all finite, which tanh would hide."""
        with np.errstate(over="ignore", invalid="ignore"):
            largest = np.abs(f).sum(axis=(0, 1)).max()  # no C is larger: pixels are at most 1
            if largest < np.finfo(self._T.dtype).max / 2:
                return
            for block in self._blocks:
                pixels = layers.patches(self._planes[block].transpose(1, 2, 0))
                check_finite("correlate", "C", layers.correlate(pixels, f))


def _units_that_see_ink(planes: Floats) -> NDArray[np.bool_]:
    """Whether any pixel of a unit's receptive field is above 0, shape (n, 1728)."""
    pixels = layers.patches(planes.transpose(1, 2, 0))
    ink: NDArray[np.bool_] = np.any(pixels > 0, axis=(3, 4))
    seen = ink.transpose(2, 0, 1).reshape(len(planes), MAP_CELLS)
    every_filter: NDArray[np.bool_] = np.tile(seen, (1, FILTER_COUNT))
    return every_filter
