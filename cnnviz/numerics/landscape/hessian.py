"""The exact Hessian of the mean loss, applied to directions: Pearlmutter's R-operator.

``R{·}`` is the derivative along a direction v = (v_f, v_wo) of the weights (B. A. Pearlmutter,
Fast exact multiplication by the Hessian, 1994). Forward, with s = a (1 − a) and j = (i, r, c)::

    R{C} = P v_f                R{a} = s ⊙ R{C}
    R{z} = aᵀ v_wo + woᵀ R{a} = Zᵀ v
    R{std} = mean(ẑ R{z})       R{ẑ} = (R{z} − mean R{z} − ẑ R{std}) / std

Backward, with d = −(y − o) o (1 − o), and δ = (d − mean d − ẑ mean(d ẑ)) / (n std)::

    R{d} = (o² (1 − o)² − (y − o) o (1 − o) (1 − 2 o)) R{ẑ}
    R{δ} = (R{d} − mean R{d} − R{ẑ} mean(d ẑ) − ẑ mean(R{d} ẑ + d R{ẑ})) / (n std) − δ R{std} / std
    R{dW} = a R{δ} + Σ_k R{a} δ
    R{dF} = Σ_k P R{G},  R{G} = (wo R{δ} + v_wo δ) ⊙ s + wo δ ⊙ s (1 − 2 a) ⊙ R{C}

What is summed over the images with δ does not depend on R{δ}. It is linear in v, so that its
matrices are computed once for a state, and a product then costs two passes over Z::

    B_j = Σ_k δ_k s_{j,k} P_{r,c,k}                      (25 weights of filter i for each unit j)
    Q_i = Σ_{r,c,k} wo_j δ_k s_{j,k} (1 − 2 a_{j,k}) P_{r,c,k} P_{r,c,k}ᵀ              (25 × 25)
    H v = Z R{δ} + (Q v_f + Bᵀ v_wo, B v_f)
"""

import numpy as np
from numpy.typing import DTypeLike

from cnnviz.numerics import layers
from cnnviz.numerics.landscape.output_tangents import OutputTangents
from cnnviz.numerics.landscape.slopes import Slopes, fields, small_blocks
from cnnviz.numerics.landscape.vectors import FILTER_WEIGHTS, WEIGHTS
from cnnviz.numerics.network import (
    DENSE_SIZE,
    FILTER_COUNT,
    FILTER_SIZE,
    MAP_CELLS,
    Batch,
    Floats,
    Parameters,
)


class Hessian:
    """The second derivatives of the exact mean loss at a state.

    Weights are in the order of `as_vector`.

    `dtype` is the precision of everything, whatever the batch's. In float32, λ has five digits.

    Raises NumericsError if the forward pass has no meaningful result.
    """

    def __init__(self, batch: Batch, parameters: Parameters, dtype: DTypeLike = np.float64) -> None:
        self.slopes = t = Slopes.at(batch, parameters, dtype)
        self._Q = np.zeros((FILTER_COUNT, FILTER_SIZE**2, FILTER_SIZE**2), dtype)
        self._B = np.zeros((FILTER_COUNT, MAP_CELLS, FILTER_SIZE**2), dtype)
        units = t.Z[FILTER_WEIGHTS:].reshape(FILTER_COUNT, MAP_CELLS, batch.n)
        wo = parameters.wo.astype(dtype).reshape(FILTER_COUNT, 1, MAP_CELLS)
        for block in small_blocks(batch.n):
            P = fields(batch, block, dtype)
            flat = P.reshape(FILTER_SIZE**2, -1)
            a = np.ascontiguousarray(units[..., block].swapaxes(1, 2))
            weighted = layers.sigmoid_derivative(a) * t.delta[block, np.newaxis]
            for i in range(FILTER_COUNT):
                self._B[i] += np.einsum("kj,pkj->jp", weighted[i], P)
            weighted *= wo * (1 - 2 * a)
            for i in range(FILTER_COUNT):
                self._Q[i] += (flat * weighted[i].reshape(-1)) @ flat.T
        self._outputs = OutputTangents(t.y, t.zs, t.o, t.std, t.delta)

    @property
    def span(self) -> Floats:
        """Directions among whose combinations ``H v`` is for every v, shape (1803, n + 150)."""
        axes = np.eye(WEIGHTS, FILTER_WEIGHTS, dtype=self._B.dtype)
        by_dense = np.zeros((WEIGHTS, FILTER_COUNT, FILTER_SIZE**2), self._B.dtype)
        for i, B in enumerate(self._B):
            rows = FILTER_WEIGHTS + i * MAP_CELLS
            by_dense[rows : rows + MAP_CELLS, i] = B
        return np.hstack([self.slopes.Z, axes, by_dense.reshape(WEIGHTS, -1)])

    def times(self, v: Floats) -> Floats:
        """Return ``H v`` for a direction, shape (1803,), or for several, shape (1803, m)."""
        t = self.slopes
        columns = v.reshape(WEIGHTS, -1).astype(t.Z.dtype, copy=False)
        product = t.Z @ self._outputs.tangent_of_delta(t.Z.T @ columns)
        v_f = columns[:FILTER_WEIGHTS].reshape(FILTER_SIZE**2, FILTER_COUNT, -1).swapaxes(0, 1)
        v_wo = columns[FILTER_WEIGHTS:].reshape(FILTER_COUNT, MAP_CELLS, -1)
        along_f = self._Q @ v_f + self._B.swapaxes(1, 2) @ v_wo
        product[:FILTER_WEIGHTS] += along_f.swapaxes(0, 1).reshape(FILTER_WEIGHTS, -1)
        product[FILTER_WEIGHTS:] += (self._B @ v_f).reshape(DENSE_SIZE, -1)
        return product.reshape(v.shape)
