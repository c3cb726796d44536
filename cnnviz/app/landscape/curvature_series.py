"""The curvatures that were found along a run."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnviz.numerics.landscape.curvature import Curvature

MOST = 4_000
"""States that are kept: those of half an hour at two a second."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """The curvature at a state.

    Attributes
    ----------
    key : object
        Tells the run from others: its branch and its batch.
    """

    key: object
    iteration: int
    loss: float
    learning_rate: float
    curvature: Curvature


class CurvatureSeries:
    """The curvatures of one run by their iterations; those of another run replace them."""

    def __init__(self) -> None:
        self._key: object = None
        self._found: dict[int, Found] = {}
        self.newest: Found | None = None

    def add(self, found: Found) -> None:
        """Add the curvature at a state, in place of an earlier one there."""
        if found.key != self._key:
            self._key, self._found = found.key, {}
        self.newest = self._found[found.iteration] = found
        if len(self._found) > MOST:
            self._found = dict(sorted(self._found.items())[::2])

    @property
    def iterations(self) -> NDArray[np.float64]:
        """The iterations, rising."""
        return np.array([float(one.iteration) for one in self._in_order()])

    @property
    def stability(self) -> NDArray[np.float64]:
        """η λ / 2 of each."""
        return np.array([one.curvature.stability(one.learning_rate) for one in self._in_order()])

    def near(self) -> Curvature | None:
        """Return the newest curvature, to begin the search for the next one with."""
        return self.newest.curvature if self.newest else None

    def _in_order(self) -> list[Found]:
        return [self._found[iteration] for iteration in sorted(self._found)]
