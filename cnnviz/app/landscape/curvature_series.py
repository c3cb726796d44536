"""The curvatures that were found along a run."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from cnnviz.app.runtime.batch_kernel import BatchKernel
from cnnviz.numerics.blocks import ProgressCallback
from cnnviz.numerics.landscape.curvature import Curvature, QuickCurvature, curvature
from cnnviz.numerics.network import Batch
from cnnviz.training.limits import check_slopes
from cnnviz.training.loop.frame import Frame

MOST = 4_000
"""States that are kept: those of half an hour at two a second."""


@dataclass(frozen=True, slots=True, eq=False)
class StateCurvature:
    """The curvature at a state."""

    key: object
    """Identifies the run: its branch and its batch."""
    iteration: int
    learning_rate: float
    curvature: Curvature


class CurvatureFinder:
    """Finds the curvature at the states of frames, by one background thread at a time.

    Its methods raise a NumericsError if the forward pass has no meaningful result, a SettingsError
    if there are too many images for the memory, and a DataError if an image cannot be read.
    """

    def __init__(self) -> None:
        self._kernels = BatchKernel()
        self._of: Batch | None = None
        self._quick: QuickCurvature | None = None

    def at(
        self, frame: Frame, near: Curvature | None, on_progress: ProgressCallback
    ) -> StateCurvature:
        """Find it at a frame's state, quickly while training runs."""
        check_slopes(frame.settings)
        batch = self._kernels.batch_of(frame)
        find = self._quick_of(batch).at if frame.running else partial(curvature, batch)
        found = find(frame.parameters, near, on_progress)
        return StateCurvature(_run(frame), frame.iteration, frame.settings.learning_rate, found)

    def along(self, frame: Frame, on_progress: ProgressCallback) -> tuple[StateCurvature, ...]:
        """Find it, quickly, at the states of a frame's path."""
        check_slopes(frame.settings)
        quick, found = self._quick_of(self._kernels.batch_of(frame)), list[StateCurvature]()
        for index, (iteration, parameters) in enumerate(frame.path):
            near, share = found[-1].curvature if found else None, index / len(frame.path)

            def report(_share: float, done: float = share) -> None:
                on_progress(done)

            here = quick.at(parameters, near, report)
            rate = frame.curve.settings_after(iteration).learning_rate
            found.append(StateCurvature(_run(frame), iteration, rate, here))
            on_progress((index + 1) / len(frame.path))
        return tuple(found)

    def _quick_of(self, batch: Batch) -> QuickCurvature:
        if self._quick is None or self._of is not batch:
            self._quick, self._of = None, batch  # never the memory of two
            self._quick = QuickCurvature(batch)
        return self._quick


def _run(frame: Frame) -> object:
    """Return the identity of a run: its branch and its batch."""
    return frame.branch.number, frame.dataset, frame.settings.subset


class CurvatureSeries:
    """The curvatures of one run by their iterations; those of another run replace them."""

    def __init__(self) -> None:
        self._key: object = None
        self._found: dict[int, StateCurvature] = {}
        self.newest: StateCurvature | None = None

    def add(self, found: StateCurvature) -> None:
        """Add the curvature at a state; it replaces a previous one there."""
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

    def _in_order(self) -> list[StateCurvature]:
        return [self._found[iteration] for iteration in sorted(self._found)]
