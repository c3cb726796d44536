"""The derivative of δ by z: the part of the Hessian that the images share.

The formulae stand in `cnnviz.numerics.landscape.hessian`.
"""

import numpy as np

from cnnviz.numerics import layers
from cnnviz.numerics.network import Floats


class OutputTangents:
    """R{δ} of R{z}, through the standardisation, the output and the loss of a batch.

    Parameters
    ----------
    y, zs, o : ndarray, shape (n,)
        Targets, ẑ and outputs.
    delta : ndarray, shape (n,)
        ``∂L/∂z_k``, of the mean loss.
    """

    def __init__(self, y: Floats, zs: Floats, o: Floats, std: float, delta: Floats) -> None:
        slope = layers.sigmoid_derivative(o)
        self._d = layers.squared_error_derivative(y, o) * slope
        self._bend = slope**2 - (y - o) * slope * (1 - 2 * o)
        self._zs, self._std, self._delta = zs, std, delta

    def tangent_of_delta(self, z: Floats) -> Floats:
        """Return R{δ} of R{z}, both of shape (n, m)."""
        zs, d, bend, delta = (
            row[:, np.newaxis] for row in (self._zs, self._d, self._bend, self._delta)
        )
        std = (zs * z).mean(axis=0)
        tangent_zs = (z - z.mean(axis=0) - zs * std) / self._std
        tangent_d = bend * tangent_zs
        at_z = tangent_d - tangent_d.mean(axis=0) - tangent_zs * (d * zs).mean()
        at_z -= zs * (tangent_d * zs + d * tangent_zs).mean(axis=0)
        tangent: Floats = at_z / (len(zs) * self._std) - delta * (std / self._std)
        return tangent
