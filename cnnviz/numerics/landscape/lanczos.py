"""Lanczos' method for the eigenvalue of largest magnitude of a symmetric matrix.

Only products with the matrix are needed (C. Lanczos, 1950; B. N. Parlett, The Symmetric Eigenvalue
Problem, 1998, chapter 13).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from cnnviz.numerics.network import Floats

TOLERANCE: Final = 1e-9
"""Residual of an eigenpair, relative to its eigenvalue, at which it is good enough."""
MOST_STEPS: Final = 200
_SEED: Final = 20_240_229
_FRESH: Final = 0.05
"""Length of the random part added to a start of length 1, so that no eigenvector is missed."""


@dataclass(frozen=True, slots=True, eq=False)
class Eigenpair:
    """An eigenvalue and its eigenvector of length 1."""

    value: float
    vector: Floats


def leading_eigenpairs(
    times: Callable[[Floats], Floats], size: int, count: int, tolerance: float = TOLERANCE
) -> list[Eigenpair]:
    """Return the eigenpairs of largest magnitude, the largest first.

    Each is looked for in the matrix without those before: ``A − Σ λ v vᵀ``.
    """
    pairs: list[Eigenpair] = []

    def without(v: Floats) -> Floats:
        product = times(v)
        for pair in pairs:
            product = product - pair.value * (pair.vector @ v) * pair.vector
        return product

    while len(pairs) < count:
        # The same start would miss the second of two equal eigenvalues.
        start = np.random.default_rng(len(pairs)).normal(size=size)
        pairs.append(largest_eigenpair(without, size, start, tolerance))
    return pairs


def largest_eigenpair(
    times: Callable[[Floats], Floats],
    size: int,
    start: Floats | None = None,
    tolerance: float = TOLERANCE,
) -> Eigenpair:
    """Return the eigenvalue of largest magnitude, with its sign.

    Parameters
    ----------
    times : callable
        ``times(v)`` is the product of the matrix with a vector of shape (size,).
    start : ndarray, shape (size,), optional
        Something near the eigenvector, such as that of a matrix nearby.
    tolerance : float
        Residual, relative to the eigenvalue, at which it ends.

    Notes
    -----
    Each new vector is orthogonalised twice against all before it, so that rounding makes no
    ghosts: copies of eigenvalues that have converged.
    """
    random = np.random.default_rng(_SEED).normal(size=size)
    q = random / np.linalg.norm(random)
    if start is not None:
        q = start / np.linalg.norm(start) + _FRESH * q
        q /= np.linalg.norm(q)
    steps = min(MOST_STEPS, size)
    basis = np.empty((steps, size))
    diagonal: list[float] = []
    beside: list[float] = []
    while True:
        k = len(diagonal)
        basis[k] = q
        product = times(q)
        diagonal.append(float(q @ product))
        for _ in range(2):
            product = product - basis[: k + 1].T @ (basis[: k + 1] @ product)
        beta = float(np.linalg.norm(product))
        values, vectors = np.linalg.eigh(
            np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1)
        )
        largest = int(np.abs(values).argmax())
        value, residual = float(values[largest]), beta * abs(float(vectors[-1, largest]))
        if residual <= tolerance * abs(value) or k + 1 == steps:
            vector = vectors[:, largest] @ basis[: k + 1]
            return Eigenpair(value, vector / np.linalg.norm(vector))
        beside.append(beta)
        q = product / beta
