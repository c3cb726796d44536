"""The exact gradient of the mean loss, once more and apart from the package, in complex numbers.

With a step of i·h, ``Im ∇L(θ + i h v) / h`` is the Hessian times v, without any difference.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.numerics.network import Batch, Parameters

Complex = NDArray[np.complex128]
STEP = 1e-30


def complex_gradient(batch: Batch, f: NDArray[Any], wo: NDArray[Any]) -> Complex:
    """Return the derivative by f and then by wo, in their own layout, one image after another."""
    n = batch.n
    maps = []
    for k in range(n):
        image = batch.planes[k]
        C = np.zeros((3, 24, 24), complex)
        for u in range(5):
            for v in range(5):
                for i in range(3):
                    C[i] += image[u : u + 24, v : v + 24] * f[u, v, i]
        maps.append(1 / (1 + np.exp(-C)))
    weights = wo.reshape(3, 24, 24)
    z = np.array([(weights * A).sum() for A in maps])
    centred = z - z.sum() / n
    std = ((centred**2).sum() / n) ** 0.5
    zs = centred / std
    o = 1 / (1 + np.exp(-zs))
    d = (o - batch.y[0]) * o * (1 - o) / n
    delta = (d - d.sum() / n - zs * (d * zs).sum() / n) / std
    by_f, by_wo = np.zeros((5, 5, 3), complex), np.zeros((3, 24, 24), complex)
    for k, A in enumerate(maps):
        by_wo += delta[k] * A
        G = delta[k] * weights * A * (1 - A)
        for u in range(5):
            for v in range(5):
                by_f[u, v] += (batch.planes[k][u : u + 24, v : v + 24] * G).sum(axis=(1, 2))
    return np.concatenate([by_f.ravel(), by_wo.ravel()])


def hessian_times(batch: Batch, parameters: Parameters, v: NDArray[Any]) -> NDArray[np.float64]:
    """Return the Hessian's product with a direction, by a complex step."""
    f = parameters.f + 1j * STEP * v[:75].reshape(5, 5, 3)
    wo = parameters.wo + 1j * STEP * v[75:].reshape(1728, 1)
    return complex_gradient(batch, f, wo).imag / STEP
