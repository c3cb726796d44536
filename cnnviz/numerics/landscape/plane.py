"""The loss over a plane through a state, computed coarsely first and then finer and finer."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from cnnviz.numerics.blocks import ProgressCallback
from cnnviz.numerics.fast import FastIteration
from cnnviz.numerics.landscape.line import loss_at
from cnnviz.numerics.network import Floats

COARSEST = 9
"""Points along each side at first."""
_PARALLEL = 1e-6
"""Share of a direction across the other, below which the two make no plane."""


def axes_of(first: Floats, second: Floats) -> Floats | None:
    """Return axes of length 1 at right angles: along the first direction, and towards the second.

    Returns them in the shape (2, 1803); None if the directions are parallel or have no length.
    """
    length, other = np.linalg.norm(first), np.linalg.norm(second)
    if not (length > 0 and other > 0):
        return None
    x = first / length
    across = second - (second @ x) * x
    size = np.linalg.norm(across)
    if size <= _PARALLEL * other:
        return None
    across = across / size
    across -= (across @ x) * x
    return np.stack([x, across / np.linalg.norm(across)])


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """The loss over a rectangle of a plane, whose coordinates are distances from the origin."""

    origin: Floats
    """Shape (1803,). The parameters at the origin."""
    axes: Floats
    """Shape (2, 1803). The two directions, of length 1 and at right angles."""
    x: Floats
    y: Floats
    """x, y: shape (m,). The coordinates of the points, evenly spaced."""
    loss: Floats
    """Shape (m, m). ``loss[j, i]`` is that at ``origin + x[i] · axes[0] + y[j] · axes[1]``; NaN if
    the network has no result there."""

    @classmethod
    def around(
        cls,
        kernel: FastIteration,
        origin: Floats,
        axes: Floats,
        x: tuple[float, float],
        y: tuple[float, float],
        on_progress: ProgressCallback = lambda _share: None,
    ) -> Self:
        """Compute the coarsest points of the rectangle with these bounds."""
        xs, ys = np.linspace(*x, COARSEST), np.linspace(*y, COARSEST)
        loss = np.empty((COARSEST, COARSEST))
        for j, i in np.ndindex(loss.shape):
            on_progress((j * COARSEST + i) / loss.size)
            loss[j, i] = loss_at(kernel, origin + xs[i] * axes[0] + ys[j] * axes[1])
        return cls(origin, axes, xs, ys, loss)

    def finer(self, kernel: FastIteration, on_progress: ProgressCallback) -> "Plane":
        """Return the plane with a point between every two, which alone are computed."""
        size = 2 * len(self.x) - 1
        x, y = np.linspace(self.x[0], self.x[-1], size), np.linspace(self.y[0], self.y[-1], size)
        loss = np.empty((size, size))
        loss[::2, ::2] = self.loss
        for j, b in enumerate(y):
            at = self.origin + b * self.axes[1]
            for i in range(1 - j % 2, size, 2 - j % 2):
                on_progress((j * size + i) / loss.size)
                loss[j, i] = loss_at(kernel, at + x[i] * self.axes[0])
        return Plane(self.origin, self.axes, x, y, loss)

    def project(self, vectors: Floats) -> Floats:
        """Return the coordinates of the nearest points of the plane, shape (m, 2)."""
        return (vectors - self.origin) @ self.axes.T
