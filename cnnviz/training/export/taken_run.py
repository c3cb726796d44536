"""A copy of a run, taken to be exported beside the training."""

from dataclasses import dataclass

from cnnviz.data.dataset import Dataset
from cnnviz.training.run.recorded_run import Run


@dataclass(frozen=True, slots=True, eq=False)
class TakenRun:
    """A run to be exported by another thread than the one that trains.

    Attributes
    ----------
    iteration : int
        Of the state that was shown.
    """

    run: Run
    dataset: Dataset
    iteration: int
