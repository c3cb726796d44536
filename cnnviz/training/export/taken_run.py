"""A run as it is at one moment, taken to be exported beside the training."""

from dataclasses import dataclass

from cnnviz.training.run.run_conversion import BranchSnapshot


@dataclass(frozen=True, slots=True, eq=False)
class TakenRun:
    """A run to be exported by another thread than the one that trains."""

    branch: BranchSnapshot
    iteration: int
    """The iteration of the state that was shown."""
