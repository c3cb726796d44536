"""The products of `hessian`, arranged for speed, as `cnnviz.numerics.fast` arranges an iteration.

With ``T = tanh(C/2)`` and ``S = 1 − T²`` it is ``a = ½ (1 + T)``, ``s = ¼ S`` and ``1 − 2 a = −T``,
so that the formulae of `cnnviz.numerics.landscape.hessian` become::

    R{z} = ½ (1 + T)ᵀ v_wo + ¼ woᵀ (S ⊙ R{C})
    R{dW} = ½ (1 + T) R{δ} + ¼ B v_f
    R{dF} = ¼ Σ_k P (wo (S R{δ} − T ⊙ S ⊙ R{C} δ)) + ¼ Bᵀ v_wo,  B_j = Σ_k S_{j,k} δ_k P_{r,c,k}

A product costs about as much as an iteration, a correlation and a filter gradient, and moving to
another state as much as one and a half. `Hessian` takes 15 iterations for each state, and only then
are its products cheap: it is the better one if there are many of them.
"""

import numpy as np
from numpy.typing import DTypeLike

from cnnviz.numerics.arena import Arena
from cnnviz.numerics.block_forward import TILE, block_z, check_feature_maps, halve_z
from cnnviz.numerics.blocks import Blocks, block_size, report_progress
from cnnviz.numerics.forward import ForwardPass
from cnnviz.numerics.landscape.output_tangents import OutputTangents
from cnnviz.numerics.landscape.vectors import FILTER_WEIGHTS, WEIGHTS
from cnnviz.numerics.layers import (
    sigmoid_derivative,
    squared_error_derivative,
    standardise_backward,
)
from cnnviz.numerics.network import DENSE_SIZE, Batch, Floats, Parameters
from cnnviz.numerics.scratch_arrays import ScratchArrays, columns_of
from cnnviz.numerics.tiling import tiling


class FastHessian:
    """The second derivatives of the exact mean loss at one state after another.

    `move_to` must come before `times`. One object belongs to one thread. Reports progress as
    `cnnviz.numerics.blocks.blocks_of` does.

    `dtype` is the precision of everything, whatever the batch's. In float32, λ has five digits.
    """

    def __init__(self, batch: Batch, dtype: DTypeLike = np.float64) -> None:
        self._n, self._y = batch.n, batch.y.astype(dtype)
        self._dtype = self._y.dtype
        self._tiling = tiles = tiling(*TILE)
        self._blocks = list(Blocks(batch.n, 1, block_size(self._dtype)))
        arena = Arena(self._dtype)
        widths = [block.stop - block.start for block in self._blocks]
        spaces = {width: ScratchArrays.of(tiles, width, arena) for width in sorted(set(widths))}
        self._spaces = [spaces[width] for width in widths]
        X = batch.X.astype(dtype, copy=False)
        self._X = [X[:, :, block] for block in self._blocks]
        self._columns = [columns_of(tiles, X) for X in self._X]
        self._T, self._S, self._C = (
            [arena.empty(DENSE_SIZE, width) for width in widths] for _ in range(3)
        )
        self._band = np.zeros((tiles.outputs, tiles.inputs), self._dtype)

    def move_to(self, parameters: Parameters) -> None:
        """Compute the arrays that all products at a state share.

        Raises NumericsError if the forward pass has no meaningful result.
        """
        n, y, tiles = self._n, self._y, self._tiling
        f, wo = parameters.f.astype(self._dtype), parameters.wo[:, 0].astype(self._dtype)
        check_feature_maps(f, self._X, self._dtype)
        np.put(self._band, tiles.band, f / 2)
        self._wo = wo[tiles.order]
        z = np.empty((1, n), self._dtype)
        with np.errstate(over="ignore", invalid="ignore"):
            for index, block in enumerate(self._blocks):
                T, space = self._T[index], self._spaces[index]
                block_z(tiles, self._band, self._wo, self._columns[index], space, T, z[0, block])
                self._report(index)
            halve_z(z, self._wo)
        forward = ForwardPass.from_z(z, y)
        zs, o, std = forward.zs, forward.o, z.dtype.type(forward.std)
        at_zs = squared_error_derivative(y, o) * sigmoid_derivative(o)
        self._delta = standardise_backward(at_zs, zs, std)[0] / n
        self._outputs = OutputTangents(y[0], zs[0], o[0], forward.std, self._delta)
        self._B = np.zeros(self._spaces[0].sums.shape, self._dtype)
        for index, block in enumerate(self._blocks):
            T, S, space = self._T[index], self._S[index], self._spaces[index]
            np.multiply(T, T, out=S)
            np.subtract(1, S, out=S)
            np.multiply(S, self._delta[block], out=space.units)
            np.copyto(space.strips, self._columns[index])
            self._B += self._tiling.by_tile(space.units) @ space.tiles.swapaxes(2, 3)
            self._report(index)

    def times(self, v: Floats) -> Floats:
        """Return ``H v`` for a direction, shape (1803,) and float64, as the result."""
        tiles, half = self._tiling, self._dtype.type(0.5)
        columns = v.astype(self._dtype)
        np.put(self._band, tiles.band, columns[:FILTER_WEIGHTS])
        v_wo = columns[FILTER_WEIGHTS:][tiles.order]
        z = np.empty(self._n, self._dtype)
        for index, block in enumerate(self._blocks):
            C, space = self._C[index], self._spaces[index]
            np.copyto(space.strips, self._columns[index])
            np.matmul(self._band, space.tiles, out=self._tiling.by_tile(C))
            C *= self._S[index]
            z[block] = half * (v_wo @ self._T[index]) + half * half * (self._wo @ C)
            self._report(index)
        z += half * v_wo.sum()
        at_z = self._outputs.tangent_of_delta(z[:, np.newaxis])[:, 0].astype(self._dtype)
        dense = np.full(DENSE_SIZE, at_z.sum(), self._dtype)
        maps = np.zeros_like(self._B)
        for index, block in enumerate(self._blocks):
            C, space = self._C[index], self._spaces[index]
            dense += self._T[index] @ at_z[block]
            C *= self._T[index]
            C *= -self._delta[block]
            C += np.multiply(self._S[index], at_z[block], out=space.units)
            np.copyto(space.strips, self._columns[index])
            maps += np.matmul(self._tiling.by_tile(C), space.tiles.swapaxes(2, 3), out=space.sums)
            self._report(index)
        dense = half * dense + half * half * (self._B * self._band).sum(axis=3).reshape(-1)
        by_tile = (*tiles.grid, tiles.outputs, 1)
        maps *= self._wo.reshape(by_tile)
        maps += self._B * v_wo.reshape(by_tile)
        product = np.empty(WEIGHTS)
        banded = maps.sum(axis=(0, 1)).reshape(-1)[tiles.band]
        product[:FILTER_WEIGHTS] = half * half * banded.sum(axis=0)
        product[FILTER_WEIGHTS:] = dense[tiles.inverse]
        return product

    def _report(self, index: int) -> None:
        report_progress((index + 1) / len(self._blocks))
