"""The network's operations, each beside its derivative.

Array names and layouts are the notebook's: r, c run over a feature map's rows and columns, u, v
over a filter's, i over filters and k over images.
"""

from typing import Final

import numpy as np

from cnnviz.numerics.blocks import blocks_of
from cnnviz.numerics.errors import SingleImageError, ZeroDeviationError
from cnnviz.numerics.network import DENSE_SIZE, FILTER_COUNT, FILTER_SIZE, MAP_SIZE, Floats
from cnnviz.numerics.number_format import plain

SATURATED: Final = 1e-6
"""A sigmoid is saturated if its derivative, ¼ at most, is below this."""


def patches(X: Floats) -> Floats:
    """``P[r, c, k, u, v] = X[r+u, c+v, k]``: every receptive field, as a view.

    X has the shape (28, 28, n), or (28, 28) for a single image; P then has no third axis.
    """
    return np.lib.stride_tricks.sliding_window_view(X, (FILTER_SIZE, FILTER_SIZE), axis=(0, 1))


def correlate(P: Floats, f: Floats) -> Floats:
    """``C[k, i, r, c] = Σ_{u,v} P[r, c, k, u, v] · f[u, v, i]``: valid cross-correlation.

    Works block by block: the patches of 60,000 images, copied, would take 7 GB.
    """
    n = P.shape[2]
    C = np.empty((n, FILTER_COUNT, MAP_SIZE, MAP_SIZE), np.result_type(P, f))
    for block in blocks_of(n):
        C[block] = np.tensordot(P[:, :, block], f, axes=((3, 4), (0, 1))).transpose(2, 3, 0, 1)
    return C


def correlate_gradient(P: Floats, M: Floats) -> Floats:
    """``dF[i, u, v] = (1/n) Σ_k Σ_{r,c} P[r, c, k, u, v] · M[r, c, i, k]``.

    M has the shape (24, 24, 3, n), or (24, 24, 3) if all images have the same gradient at the maps.
    """
    n = P.shape[2]
    dF = np.zeros((FILTER_COUNT, FILTER_SIZE, FILTER_SIZE), np.result_type(P, M))
    for block in blocks_of(n):
        if M.ndim == 3:
            dF += np.tensordot(M, P[:, :, block], axes=((0, 1), (0, 1))).sum(axis=1)
        else:
            dF += np.tensordot(M[..., block], P[:, :, block], axes=((0, 1, 3), (0, 1, 2)))
    dF /= n
    return dF


def sigmoid(t: Floats) -> Floats:
    """``σ(t) = 1 / (1 + e^−t)``; a large |t| gives 0 or 1."""
    with np.errstate(over="ignore"):
        a: Floats = 1 / (1 + np.exp(-t))
    return a


def sigmoid_derivative(a: Floats) -> Floats:
    """``σ′ = σ (1 − σ)``, of the value ``a = σ(t)``."""
    return a * (1 - a)


def flatten(A: Floats) -> Floats:
    """``a[i·576 + r·24 + c, k] = A[k, i, r, c]``: filter-major columns, one for each image."""
    return A.reshape(len(A), DENSE_SIZE).T


def unflatten(g: Floats) -> Floats:
    """``M[r, c, i, …] = g[i·576 + r·24 + c, …]``: the inverse of `flatten`, filters last.

    g has the shape (1728,) or (1728, n), the result (24, 24, 3) or (24, 24, 3, n).
    """
    return np.moveaxis(g.reshape(FILTER_COUNT, MAP_SIZE, MAP_SIZE, *g.shape[1:]), 0, 2)


def reshape_row_column_filter(g: Floats) -> Floats:
    """``M = g`` read in C order as (24, 24, 3), as if filters were the fastest axis.

    The notebook does this in place of `unflatten`: gradients land on other pixels and filters.
    """
    return g.reshape(MAP_SIZE, MAP_SIZE, FILTER_COUNT, *g.shape[1:])


def dense(a: Floats, wo: Floats) -> Floats:
    """``z = woᵀ a``, shape (1, n)."""
    return wo.T @ a


def dense_gradient(a: Floats, delta: Floats) -> Floats:
    """``dW = a δᵀ``, a sum over images, shape (1728, 1)."""
    return a @ delta.T


def dense_backward(wo: Floats, delta: Floats) -> Floats:
    """``wo δ``: the gradient at the flattened maps, shape (1728, n)."""
    return wo @ delta


def standardise(z: Floats) -> tuple[Floats, Floats, Floats]:
    """``ẑ = (z − mean z) / std z`` over the whole batch, with the population deviation.

    ẑ is the logit of the output. Returns ẑ, shape (1, n), and mean and deviation, shape (1, 1).

    Raises SingleImageError if the batch is one image, and ZeroDeviationError if all z are equal
    within the rounding of sums of 1728 terms.
    """
    if z.shape[1] == 1:
        raise SingleImageError(
            "standardise",
            "one image has no standard deviation to divide by: train on at least 2 images.",
        )
    low, high = z.min(), z.max()
    rounding = DENSE_SIZE**0.5 * np.finfo(z.dtype).eps * max(-low, high)
    mean = z.mean(axis=1, keepdims=True)
    centred = z - mean
    if high - low <= rounding or not (std := _deviation(centred)).all():
        raise ZeroDeviationError(
            "standardise",
            f"all {z.shape[1]} values z are equal ({plain(z[0, 0], 6)}), so their standard "
            "deviation is 0 and ẑ is undefined: step back to see the a and wo of which each z "
            "is the product.",
        )
    return centred / std, mean, std


def _deviation(centred: Floats) -> Floats:
    std: Floats = np.sqrt((centred * centred).mean(axis=1, keepdims=True))
    return std


def standardise_backward(delta: Floats, zs: Floats, std: Floats | float) -> Floats:
    """``(δ − mean δ − ẑ · mean(δ ẑ)) / std z``: δ at ẑ carried back to z, shape (1, n)."""
    carried: Floats = (delta - delta.mean() - zs * (delta * zs).mean()) / std
    return carried


def squared_error(y: Floats, o: Floats) -> Floats:
    """``E = (y − o)² / 2`` per image, shape (1, n); the loss is its mean."""
    return (y - o) ** 2 / 2


def squared_error_derivative(y: Floats, o: Floats) -> Floats:
    """``∂E/∂o = −(y − o)``."""
    return -(y - o)


def gradient_step(parameter: Floats, gradient: Floats, learning_rate: float) -> Floats:
    """``p ← p − η ∂L/∂p``, as a new array."""
    return parameter - parameter.dtype.type(learning_rate) * gradient
