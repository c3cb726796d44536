"""All eigenvalues of the Hessian of the exact mean loss."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cnnviz.numerics.blocks import ProgressCallback
from cnnviz.numerics.landscape.hessian import Hessian
from cnnviz.numerics.landscape.vectors import WEIGHTS
from cnnviz.numerics.network import Batch, Floats, Parameters

Decompose = Callable[[Floats], tuple[Floats, Floats]]
"""``decompose(matrix)`` returns what `numpy.linalg.eigh` does."""

_SMALL = 600
"""Rows of a matrix that is decomposed within a tenth of a second."""
_COLUMNS = 128
"""Directions, at most, that the Hessian is applied to at a time."""
_NUMBERS = 256_000
"""Numbers of R{z}, at most, that it gives at a time, unless there are very many images."""


@dataclass(frozen=True, slots=True, eq=False)
class Spectrum:
    """All eigenvalues of the Hessian, by falling magnitude, and the leading eigenvectors."""

    eigenvalues: Floats
    """Shape (1803,)."""
    directions: Floats
    """Shape (m, 1803). The eigenvectors of the first m eigenvalues, each of length 1."""


def spectrum(
    batch: Batch,
    parameters: Parameters,
    leading: int = 6,
    on_progress: ProgressCallback = lambda _share: None,
    decompose: Decompose = np.linalg.eigh,
) -> Spectrum:
    """Compute all 1,803 eigenvalues and the leading eigenvectors.

    Few images bend the loss in few directions: then the Hessian is decomposed among these, and its
    other eigenvalues are 0. The work can be ended by an error from `on_progress` at any moment, but
    for that of `decompose`, which is called if the many directions make it take long.

    Raises NumericsError if the forward pass has no meaningful result.
    """
    hessian = Hessian(batch, parameters)
    is_small = hessian.span.shape[1] <= _SMALL
    axes = np.linalg.qr(hessian.span).Q if is_small else np.eye(WEIGHTS)
    count = axes.shape[1]
    H = np.empty((count, count))
    width = max(4, min(_COLUMNS, _NUMBERS // batch.n))
    for start in range(0, count, width):
        columns = slice(start, start + width)
        product = hessian.times(axes[:, columns])
        H[:, columns] = axes.T @ product if is_small else product
        on_progress(start / (2 * count))
    on_progress(0.5)
    values, vectors = (np.linalg.eigh if is_small else decompose)((H + H.T) / 2)
    order = np.argsort(-np.abs(values))
    eigenvalues = np.zeros(WEIGHTS)
    eigenvalues[:count] = values[order]
    on_progress(1.0)
    return Spectrum(eigenvalues, (axes @ vectors[:, order[:leading]]).T)
