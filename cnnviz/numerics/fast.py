"""The same iteration as `operations`, arranged for speed.

Four ideas carry it. A unit is kept as ``T = tanh(C/2)``, so that ``a = ½ (1 + T)`` and
``a (1 − a) = ¼ (1 − T²)`` cost no pass of their own. Images are the innermost axis, so the pixels
that a tile of 2 × 2 neighbouring units sees are rows of a matrix that overlap in memory: the
correlation is a product of a banded (12, 36) matrix of all three filters with each tile, without
im2col. What belongs to an image (its δ) is multiplied into the pixels, and what belongs to a unit
(its dense weight) into the finished products, both of which are fewer than the units of all images.
And images are processed in blocks that stay in the cache, spread over threads; blocks and the
order in which their sums are added depend on n alone, so results are bitwise the same with any
number of threads, as long as BLAS itself is held to one.
"""

from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from functools import reduce
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cnnviz.numerics import layers
from cnnviz.numerics.arena import Arena
from cnnviz.numerics.block_forward import TILE, block_z, check_feature_maps, halve_z
from cnnviz.numerics.blocks import Blocks, ProgressCallback, Work, block_size, report_progress
from cnnviz.numerics.forward import ForwardPass
from cnnviz.numerics.network import (
    DENSE_SIZE,
    FILTER_COUNT,
    FILTER_SIZE,
    IMAGE_SIZE,
    MAP_CELLS,
    MAP_SIZE,
    Batch,
    Floats,
    Parameters,
    Tensors,
)
from cnnviz.numerics.operations import check_finite, iterate, updated
from cnnviz.numerics.rule import RULES, Rule
from cnnviz.numerics.scratch_arrays import ScratchArrays, columns_of
from cnnviz.numerics.tiling import tiling
from cnnviz.numerics.variants import Switch

COVERED: Final = {rule: frozenset(rule.corrected) for rule in RULES}
"""The rules that this path computes, and the switches that each has on."""
SAMPLE: Final = 32
"""Images of the batch, evenly spaced, on which the share of saturated units is measured."""
SAMPLED: Final = f"measured on at most {SAMPLE} images, evenly spaced"
"""The words that say so wherever the share is shown."""


class FastIteration:
    """One batch, ready to be iterated.

    `forward` must come before each `update`: it leaves behind the activations that the backward
    pass uses. One object belongs to one thread; it spreads its own work over `threads`.

    The dtype of `batch` is the precision of everything. `threads` work on it; 1 starts none.
    """

    def __init__(self, batch: Batch, threads: int = 1) -> None:
        self._n, self._y, self._dtype = batch.n, batch.y, batch.planes.dtype
        n, dtype = self._n, self._dtype
        self._blocks = Blocks(n, threads, block_size(dtype))
        arena = Arena(dtype)
        widths = [block.stop - block.start for block in self._blocks]
        self._X = [arena.empty(IMAGE_SIZE, IMAGE_SIZE, width) for width in widths]
        self._T = [arena.empty(DENSE_SIZE, width) for width in widths]
        for X, block in zip(self._X, self._blocks, strict=True):
            np.copyto(X, batch.X[:, :, block])
            report_progress(block.stop / n)
        count, tiles = len(self._blocks), tiling(*TILE)
        self._tiling = tiles
        self._columns = [columns_of(tiles, X) for X in self._X]
        self._spaces = [
            {width: ScratchArrays.of(tiles, width, arena) for width in sorted(set(widths))}
            for _ in range(self._blocks.threads)
        ]
        self._dense_sums = np.empty((count, DENSE_SIZE), dtype)
        self._square_sums = np.empty((count, DENSE_SIZE), dtype)
        self._filter_sums = np.empty((count, tiles.outputs, 1, tiles.inputs), dtype)
        self._band = np.zeros((tiles.outputs, tiles.inputs), dtype)
        image_sum = batch.X.sum(axis=2, dtype=np.float64)
        self._image_sum = image_sum.astype(dtype)[..., np.newaxis]
        self._sample = dict(self._sampled())
        sees_ink = [
            _sees_ink(self._X[index][:, :, columns])[tiles.order]
            for index, (columns, _) in self._sample.items()
        ]
        self._sees_ink = np.concatenate(sees_ink, axis=1).astype(dtype)  # 1 or 0, to multiply with
        self._seeing = int(np.count_nonzero(self._sees_ink))
        self._sample_units = np.empty(self._sees_ink.shape, dtype)
        self._batch: Batch | None = None
        self._parameters: Parameters | None = None
        self._last: ForwardPass | None = None
        self._gradients: Tensors = {}
        self._on_progress: ProgressCallback | None = None

    def close(self) -> None:
        """End the threads. The object is of no use afterwards."""
        self._blocks.close()

    def report(self, on_progress: ProgressCallback | None) -> None:
        """Report the progress of each pass, the share of its images, 0 to 1."""
        self._on_progress = on_progress

    @property
    def batch(self) -> Batch:
        """The images, laid out as `X`; assembled on first use."""
        if self._batch is None:
            X = np.concatenate(self._X, axis=2)
            self._batch = Batch(X.transpose(2, 0, 1), self._y)
        return self._batch

    @property
    def gradients(self) -> Tensors:
        """Return dW and dF of the last update, and g if it was averaged over the images."""
        return self._gradients

    @property
    def dtype(self) -> np.dtype[np.floating]:
        """The precision of everything."""
        return self._dtype

    def forward(self, parameters: Parameters) -> ForwardPass:
        """Run the forward pass of the whole batch, with parameters of its dtype.

        Raises NumericsError if a result is not finite or cannot be standardised, with the
        operation's name.
        """
        self._parameters = self._last = None
        check_feature_maps(parameters.f, self._X, self._dtype)
        dtype = self._dtype
        tiles = self._tiling
        np.put(self._band, tiles.band, parameters.f * dtype.type(0.5))
        self._weights = weights = parameters.wo[:, 0][tiles.order]
        z = np.empty((1, self._n), dtype)

        def run(index: int, block: slice, worker: int) -> None:
            units, space = self._T[index], self._space(block, worker)
            block_z(tiles, self._band, weights, self._columns[index], space, units, z[0, block])
            if index in self._sample:
                columns, sampled = self._sample[index]
                sees_ink, seen = self._sees_ink[:, sampled], self._sample_units[:, sampled]
                np.multiply(units[:, columns], sees_ink, out=seen)

        with np.errstate(over="ignore", invalid="ignore"):
            self._each(run)
            halve_z(z, weights)
        self._parameters = parameters
        self._last = ForwardPass.from_z(z, self._y)
        return self._last

    def update(self, rule: Rule, learning_rate: float) -> Parameters:
        """Run the backward pass of the last forward pass and return the new parameters.

        Raises
        ------
        ValueError
            If the rule is none of `COVERED`.
        RuntimeError
            If no forward pass came before.
        NonFiniteError
            If a gradient or a new parameter is not finite.
        """
        if (corrected := COVERED.get(rule)) is None:
            raise ValueError(f"the fast path computes the rules of the five switches, not {rule}.")
        if self._last is None or self._parameters is None:
            raise RuntimeError("update needs a forward pass that succeeded; call forward first.")
        with np.errstate(over="ignore", invalid="ignore"):
            return self._update(self._parameters, self._last, corrected, learning_rate)

    def saturated_share(self) -> float:
        """Return the share of saturated units among those that see ink, in the last forward pass.

        Measured on at most `SAMPLE` images, evenly spaced in the batch; 0 if no unit sees ink.

        Raises RuntimeError if no forward pass came as far as the units.
        """
        if self._parameters is None:
            raise RuntimeError(
                "saturated_share needs the units of a forward pass; call forward first."
            )
        saturated = np.abs(self._sample_units) > 1 - 2 * layers.SATURATED  # ¼ (1 − T²) < SATURATED
        return int(np.count_nonzero(saturated)) / max(1, self._seeing)

    def _update(
        self, p: Parameters, last: ForwardPass, corrected: AbstractSet[Switch], lr: float
    ) -> Parameters:
        n, dtype = self._n, self._dtype
        pairing, layout = "pairing" in corrected, "layout" in corrected
        delta = layers.squared_error_derivative(self._y, last.o)
        delta = delta * layers.sigmoid_derivative(last.o)
        if "standardisation" in corrected:
            delta = layers.standardise_backward(delta, last.zs, last.std)
        d = np.ascontiguousarray(delta[0])
        check_finite("delta", "delta", d)

        one_pass = pairing and "update-order" in corrected  # which computes both gradients
        if one_pass:
            self._each(self._dense_and_filter_pass(d, self._weights, layout=layout))
        else:
            self._each(self._dense_pass(d) if pairing else self._square_pass(d))
        dense = self._sum_of(self._dense_sums) + d.sum(dtype=np.float64)
        scaled = np.empty(DENSE_SIZE, dtype)
        half = 0.5 / n if "scale" in corrected else 0.5
        np.multiply(dense, half, out=scaled, casting="same_kind")
        gradient = scaled[self._tiling.inverse]
        wo = layers.gradient_step(p.wo, gradient[:, np.newaxis], lr)
        if not np.isfinite(wo).all():  # it is finite only if the gradient is
            check_finite("dense_gradient", "dW", gradient)
            check_finite("dense_update", "wo", wo)

        if pairing:
            if not one_pass:
                self._each(self._filter_pass(d, wo[:, 0][self._tiling.order], layout=layout))
            banded = (
                self._sum_of(self._filter_sums)
                .reshape(-1)[self._tiling.band]
                .sum(axis=0, dtype=np.float64)
            )
            filters = (banded * (0.25 / n)).reshape(p.f.shape).astype(dtype)
        else:
            squares = (d.sum(dtype=np.float64) - self._sum_of(self._square_sums))[
                self._tiling.inverse
            ]
            used = p.wo if "update-order" in corrected else wo
            g = (used[:, 0] * squares * (0.25 / n)).astype(dtype)
            check_finite("map_gradient", "g", g)
            maps = layers.unflatten(g) if layout else layers.reshape_row_column_filter(g)
            pixels = layers.patches(self._image_sum)
            filters = layers.correlate_gradient(pixels, maps).transpose(1, 2, 0) / dtype.type(n)
        check_finite("filter_gradient", "dF", filters)
        averaged = {} if pairing else {"g": g}
        dW, dF = gradient[:, np.newaxis], filters.transpose(2, 0, 1)
        self._gradients = {"dW": dW, "dF": dF, **averaged}
        f = layers.gradient_step(p.f, filters, lr)
        check_finite("filter_update", "f", f)
        return Parameters(f, wo)

    def _dense_pass(self, d: Floats) -> Work:
        def run(index: int, block: slice, _worker: int) -> None:
            np.matmul(self._T[index], d[block], out=self._dense_sums[index])

        return run

    def _square_pass(self, d: Floats) -> Work:
        def run(index: int, block: slice, worker: int) -> None:
            units, square = self._T[index], self._space(block, worker).units
            np.matmul(units, d[block], out=self._dense_sums[index])
            np.multiply(units, units, out=square)
            np.matmul(square, d[block], out=self._square_sums[index])

        return run

    def _filter_pass(self, d: Floats, weights: Floats, *, layout: bool) -> Work:
        """Return the work that sums a block's part of dF, with the dense weights in tile order."""
        tiles = self._tiling
        if not layout:
            weights = weights[tiles.reshape_row_column_filter]
        by_output = weights.reshape(-1, tiles.outputs).T[:, np.newaxis]

        def run(index: int, block: slice, worker: int) -> None:
            units, space = self._T[index], self._space(block, worker)
            slope = np.multiply(units, units, out=space.units)
            np.subtract(1, slope, out=slope)
            if not layout:
                slope = np.take(
                    slope, tiles.reshape_row_column_filter, axis=0, out=space.moved, mode="clip"
                )
            np.multiply(self._columns[index], d[block], out=space.strips)
            np.matmul(self._tiling.by_tile(slope), space.tiles.swapaxes(2, 3), out=space.sums)
            of_tile = space.sums.reshape(-1, tiles.outputs, tiles.inputs).swapaxes(0, 1)
            np.matmul(by_output, of_tile, out=self._filter_sums[index])

        return run

    def _dense_and_filter_pass(self, d: Floats, weights: Floats, *, layout: bool) -> Work:
        dense, filters = self._dense_pass(d), self._filter_pass(d, weights, layout=layout)

        def run(index: int, block: slice, worker: int) -> None:
            dense(index, block, worker)
            filters(index, block, worker)

        return run

    def _each(self, work: Work) -> None:
        self._blocks.for_each(work, self._on_progress)

    def _space(self, block: slice, worker: int) -> ScratchArrays:
        return self._spaces[worker][block.stop - block.start]

    def _sampled(self) -> Iterator[tuple[int, tuple[slice, slice]]]:
        """Yield each block with images of the sample: their positions in it, and in the sample."""
        step = -(-self._n // SAMPLE)
        for index, block in enumerate(self._blocks):
            first, end = -(-block.start // step), -(-block.stop // step)
            if first < end:
                yield index, (slice(first * step - block.start, None, step), slice(first, end))

    @staticmethod
    def _sum_of(block_sums: Floats) -> Floats:
        """Return the sum over the blocks, in float64 if there are several."""
        sums: Floats = block_sums[0]
        return sums if len(block_sums) == 1 else block_sums.sum(axis=0, dtype=np.float64)


def next_parameters(
    kernel: FastIteration, parameters: Parameters, rule: Rule, learning_rate: float
) -> Parameters:
    """Return the parameters after an iteration from those of the kernel's last forward pass.

    Under a rule that the fast path does not cover, the readable one computes them, as a first
    iteration. Raises as `iterate` does.
    """
    if rule in COVERED:
        return kernel.update(rule, learning_rate)
    return updated(iterate(kernel.batch, parameters, rule, learning_rate))


def _sees_ink(X: Floats) -> NDArray[np.bool_]:
    """Whether any pixel of a unit's receptive field is above 0, shape (1728, n)."""
    ink = X > 0
    of_rows = reduce(np.logical_or, (ink[u : u + MAP_SIZE] for u in range(FILTER_SIZE)))
    ink = reduce(np.logical_or, (of_rows[:, v : v + MAP_SIZE] for v in range(FILTER_SIZE)))
    return np.tile(ink.reshape(MAP_CELLS, -1), (FILTER_COUNT, 1))
