"""One moment of a run, with everything that its iteration is computed from."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.network import Batch, Parameters
from cnnviz.training.errors import ExportError
from cnnviz.training.pixels import painted
from cnnviz.training.run.recorded_run import Run
from cnnviz.training.settings import Settings


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """A state of a run and the settings of its next iteration.

    Attributes
    ----------
    images, labels : ndarray of uint8, shapes (n, 28, 28) and (n,)
        Of the subset, upright, with the pixels drawn over them.
    parameters : Parameters
        In the settings' precision.
    loss, accuracy : ndarray of float64, shape (T,)
        Of the run before this state.
    """

    iteration: int
    name: str
    settings: Settings
    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    parameters: Parameters
    loss: NDArray[np.float64]
    accuracy: NDArray[np.float64]

    @classmethod
    def of_run(cls, run: Run, dataset: Dataset, iteration: int | None = None) -> "Moment":
        """Return a state of a recorded run, by default the last.

        Raises
        ------
        ExportError
            If the run has no such state.
        """
        at = run.iterations if iteration is None else iteration
        if not 0 <= at <= run.iterations:
            raise ExportError(
                f"the run has no iteration {at:,}: choose one of 0 to {run.iterations:,}."
            )
        settings = [m.settings for m in run.config.settings if m.iteration <= at][-1]
        data = painted(dataset, settings.pixels, settings.drawings).first(settings.subset)
        parameters = Parameters(run.f[at], run.wo[at]).astype(settings.numpy_dtype)
        name = run.config.annotations.name or "run"
        series = run.loss[:at], run.accuracy[:at]
        return cls(at, name, settings, data.images, data.labels, parameters, *series)

    @property
    def batch(self) -> Batch:
        """The images as the network reads them."""
        return Batch.from_images(self.images, self.labels, self.settings.numpy_dtype)
