"""The curvature of the loss: eigenvalues of the Hessian of the exact mean loss.

Gradient descent on a parabola of curvature λ overshoots its minimum more and more if η λ > 2.
Trained on all images at once, a network comes to the edge, η λ / 2 = 1, and hovers there (J. Cohen
et al., Gradient Descent on Neural Networks Typically Occurs at the Edge of Stability, 2021).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cnnviz.numerics.blocks import ProgressCallback
from cnnviz.numerics.landscape.fast_hessian import FastHessian
from cnnviz.numerics.landscape.hessian import Hessian
from cnnviz.numerics.landscape.lanczos import TOLERANCE, largest_eigenpair
from cnnviz.numerics.landscape.vectors import WEIGHTS
from cnnviz.numerics.network import Batch, Floats, Parameters

_QUICK_TOLERANCE = 3e-3
"""Residual of an eigenpair, relative to its eigenvalue, that is enough for four digits of it: an
eigenvalue's error is of the order of the square of that."""


@dataclass(frozen=True, slots=True, eq=False)
class Curvature:
    """The strongest curvature at a state."""

    largest: float
    """The Hessian's eigenvalue of largest magnitude, with its sign."""
    direction: Floats
    """Shape (1803,). Its eigenvector, of length 1, in the order of `as_vector`."""

    def stability(self, learning_rate: float) -> float:
        """Return η λ / 2: above 1, steps along `direction` grow; below 0, it is not a valley."""
        return learning_rate * self.largest / 2


def curvature(
    batch: Batch,
    parameters: Parameters,
    near: Curvature | None = None,
    on_progress: ProgressCallback = lambda _share: None,
) -> Curvature:
    """Find the strongest curvature at a state, faster from one that was found nearby.

    `on_progress` is called before each product with the Hessian; how many there will be is not
    known. An error from it ends the work.

    Raises NumericsError if the forward pass has no meaningful result.
    """
    return _search(Hessian(batch, parameters).times, near, TOLERANCE, on_progress)


class QuickCurvature:
    """Finds the strongest curvature at one state of a batch after another, to four digits.

    Computes in float32, whatever the batch's precision. One object belongs to one thread.
    """

    def __init__(self, batch: Batch) -> None:
        self._hessian = FastHessian(batch, np.float32)

    def at(
        self,
        parameters: Parameters,
        near: Curvature | None = None,
        on_progress: ProgressCallback = lambda _share: None,
    ) -> Curvature:
        """Find it at a state; `near`, progress and errors are as in `curvature`."""
        self._hessian.move_to(parameters)
        return _search(self._hessian.times, near, _QUICK_TOLERANCE, on_progress)


def _search(
    product: Callable[[Floats], Floats],
    near: Curvature | None,
    tolerance: float,
    on_progress: ProgressCallback,
) -> Curvature:
    def times(v: Floats) -> Floats:
        on_progress(0.5)
        return product(v)

    start = near.direction if near else None
    pair = largest_eigenpair(times, WEIGHTS, start, tolerance)
    return Curvature(pair.value, pair.vector)
