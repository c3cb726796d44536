"""The forward pass of one block of images, arranged for speed; see `cnnviz.numerics.fast`."""

from typing import Final

import numpy as np

from cnnviz.numerics import layers
from cnnviz.numerics.network import FILTER_SIZE, Floats
from cnnviz.numerics.operations import check_finite
from cnnviz.numerics.scratch_arrays import ScratchArrays
from cnnviz.numerics.tiling import Tiling

TILE: Final = (2, 2)
"""Rows and columns of units in a tile."""


def block_z(
    tiles: Tiling,
    band: Floats,
    weights: Floats,
    columns: Floats,
    space: ScratchArrays,
    units: Floats,
    z: Floats,
) -> None:
    """Send a block of images forward: T = tanh(C / 2) into `units`, and their part of 2 z into `z`.

    Parameters
    ----------
    band : ndarray of float, shape (12, 36)
        The filters, halved, in the tiling's band.
    weights : ndarray of float, shape (1728,)
        The dense weights in the order of the tiling.
    columns : ndarray of float
        The result of `columns_of` for the block's images.
    units : ndarray of float, shape (1728, width)
    z : ndarray of float, shape (width,)
    """
    np.copyto(space.strips, columns)
    np.matmul(band, space.tiles, out=units.reshape(*tiles.grid, tiles.outputs, -1))
    np.tanh(units, out=units)
    np.matmul(weights, units, out=z)


def halve_z(z: Floats, weights: Floats) -> None:
    """Turn Σ w T into z = Σ w ½ (1 + T), in place; the weights may be in any order."""
    z += weights.sum(dtype=np.float64).astype(z.dtype)
    z *= z.dtype.type(0.5)


def check_feature_maps(f: Floats, blocks: list[Floats], dtype: np.dtype[np.floating]) -> None:
    """Raise unless all of C is finite, which tanh would hide.

    The blocks are images as the notebook has them, shape (28, 28, width).
    """
    with np.errstate(over="ignore", invalid="ignore"):
        # No C is larger than a filter's sum of magnitudes: pixels are at most 1.
        if FILTER_SIZE**2 * np.abs(f).max() < np.finfo(dtype).max / 2:
            return
        for X in blocks:
            check_finite("correlate", "C", layers.correlate(layers.patches(X), f))
