"""Each image's part of the gradient, and of the change of the loss.

``∇L = Σ_k δ_k ∂z_k/∂θ``: the term of image k is what it adds to the gradient by its own z. The
image *pulls* the weights against it, along −δ_k ∂z_k/∂θ.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnviz.numerics.landscape.slopes import Slopes
from cnnviz.numerics.network import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Pull:
    """Every image's pull at a state, in the images' order. Arrays have the shape (n,)."""

    along: Floats
    """How far each image pulls along the step: below 0, it pulls against it. Their sum is the slope
    of the loss along the step, downwards, for a step of length 1."""
    across: Floats
    """How far it pulls at a right angle to the step."""
    noise_scale: float
    """``tr Σ / |∇L|²``: the batch size at which the noise of the images' gradients, of covariance
    Σ, is as large as their mean (S. McCandlish et al., An Empirical Model of Large-Batch Training,
    2018). Infinite if the gradient is 0."""

    @property
    def against(self) -> NDArray[np.intp]:
        """The images that pull against the step, the strongest first."""
        order = np.argsort(self.along)
        return order[: np.count_nonzero(self.along < 0)]


def pull(slopes: Slopes, step: Floats) -> Pull:
    """Return how each image pulls, along a step of the weights, shape (1803,), and across it.

    A step of length 0 has no direction: everything is across it then.
    """
    length = float(np.linalg.norm(step))
    direction = step / length if length else step
    along = -slopes.delta * (direction @ slopes.Z)
    squares = slopes.delta**2 * np.einsum("pk,pk->k", slopes.Z, slopes.Z)
    across = np.sqrt(np.maximum(0, squares - along**2))
    gradient = slopes.gradient
    n, size = slopes.delta.size, float(gradient @ gradient)
    # An image's gradient of the mean loss is n times its term; their mean is the gradient.
    variance = n * float(squares.sum()) - size
    return Pull(along, across, variance / size if size else float("inf"))


def shares_of_change(before: Floats, after: Floats) -> Floats:
    """Return each image's part of the change of the mean loss, of its errors E, shape (n,).

    Their sum is the change itself. An image whose error has fallen is below 0.
    """
    return (after - before) / before.size
