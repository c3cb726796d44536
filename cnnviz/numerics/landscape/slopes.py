"""The first derivatives of the loss at a state, image by image.

The loss depends on the weights only through each image's z, so the gradient of the mean loss is
``∇L = Z δ`` with ``Z[p, k] = ∂z_k/∂θ_p`` and ``δ_k = ∂L/∂z_k``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import DTypeLike

from cnnviz.numerics import layers
from cnnviz.numerics.blocks import blocks_of
from cnnviz.numerics.landscape.vectors import FILTER_WEIGHTS, WEIGHTS
from cnnviz.numerics.network import FILTER_COUNT, FILTER_SIZE, MAP_CELLS, Batch, Floats, Parameters
from cnnviz.numerics.operations import check_finite

BLOCK = 16
"""Images, at most, whose receptive fields are laid out at a time: they stay in the cache."""


@dataclass(frozen=True, slots=True, eq=False)
class Slopes:
    """The first derivatives of the exact mean loss at a state."""

    Z: Floats
    """Shape (1803, n). The derivative of each image's z by each weight. Its last 1,728 rows are the
    activations."""
    zs: Floats
    o: Floats
    y: Floats
    """zs, o, y: shape (n,). Each image's ẑ, output and target."""
    std: float
    """The deviation of z over the batch."""
    delta: Floats
    """Shape (n,). ``∂L/∂z_k``, of the mean loss: carried back through the standardisation, divided
    by n."""

    @classmethod
    def at(cls, batch: Batch, parameters: Parameters, dtype: DTypeLike = np.float64) -> Self:
        """Compute them at a state, in a precision that need not be the batch's.

        Raises NumericsError if the forward pass has no meaningful result.
        """
        parameters = parameters.astype(dtype)
        n = batch.n
        Z, z = np.empty((WEIGHTS, n), dtype), np.empty((1, n), dtype)
        filters = Z[:FILTER_WEIGHTS].reshape(FILTER_SIZE**2, FILTER_COUNT, n)
        units = Z[FILTER_WEIGHTS:].reshape(FILTER_COUNT, MAP_CELLS, n)
        wo = parameters.wo.reshape(FILTER_COUNT, 1, MAP_CELLS)
        f = parameters.f.reshape(FILTER_SIZE**2, FILTER_COUNT)
        for block in small_blocks(n):
            P = fields(batch, block, dtype)
            with np.errstate(over="ignore", invalid="ignore"):
                C = (f.T @ P.reshape(FILTER_SIZE**2, -1)).reshape(FILTER_COUNT, -1, MAP_CELLS)
            check_finite("correlate", "C", C)
            a = layers.sigmoid(C)
            units[..., block] = a.swapaxes(1, 2)
            with np.errstate(over="ignore", invalid="ignore"):
                z[0, block] = (wo * a).sum(axis=(0, 2))
            # ∂z_k/∂f[u, v, i] = Σ_{r,c} wo_j a (1 − a) X[r+u, c+v, k]
            slope = wo * layers.sigmoid_derivative(a)
            filters[..., block] = (slope.swapaxes(0, 1) @ P.transpose(1, 2, 0)).transpose(2, 1, 0)
        check_finite("dense", "z", z)
        zs, _, std = layers.standardise(z)
        o, y = layers.sigmoid(zs), batch.y.astype(dtype)
        at_zs = layers.squared_error_derivative(y, o) * layers.sigmoid_derivative(o)
        delta = layers.standardise_backward(at_zs, zs, std) / n
        return cls(Z, zs[0], o[0], y[0], std.item(), delta[0])

    @property
    def gradient(self) -> Floats:
        """``∇L = Z δ``, shape (1803,)."""
        return self.Z @ self.delta


def small_blocks(n: int) -> Iterator[slice]:
    """Cut n images into blocks of `BLOCK`, and report progress as `blocks_of` does."""
    for block in blocks_of(n):
        for start in range(block.start, block.stop, BLOCK):
            yield slice(start, min(start + BLOCK, block.stop))


def fields(batch: Batch, block: slice, dtype: DTypeLike) -> Floats:
    """Return the receptive fields of some images, shape (25, images, 576).

    Weight by weight: what follows runs along the images and units, which are many.
    """
    X = batch.X[:, :, block].transpose(2, 0, 1).astype(dtype, order="C")
    P = sliding_window_view(X, (FILTER_SIZE, FILTER_SIZE), axis=(1, 2))
    return P.transpose(3, 4, 0, 1, 2).reshape(FILTER_SIZE**2, len(X), MAP_CELLS)
