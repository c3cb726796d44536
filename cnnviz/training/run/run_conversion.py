"""Conversion of a recorded run to a history, and back."""

from contextlib import closing
from dataclasses import dataclass
from typing import Final

import numpy as np

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.blocks import ProgressCallback
from cnnviz.numerics.network import Floats
from cnnviz.training.errors import RunFileError
from cnnviz.training.limits import empty_parameters
from cnnviz.training.run.annotations import Annotations
from cnnviz.training.run.branch import BranchState, bookmarks_of
from cnnviz.training.run.current_state import CurrentState
from cnnviz.training.run.curve import Mark
from cnnviz.training.run.history import History
from cnnviz.training.run.kernel_cache import KernelCache
from cnnviz.training.run.recorded_run import Run, RunConfig, settings_at_output
from cnnviz.training.run.replay import Replay

_BLOCK: Final = 128
"""States that are read at once, at most."""


def check_images(config: RunConfig, dataset: Dataset) -> None:
    """Raise a RunFileError if a run was not recorded on these images."""
    if not config.fits(dataset):
        raise RunFileError(
            f"the run was recorded on {config.images:,} images from {config.source}, which "
            f"are not the first of {dataset.name}: load the data that it was recorded on."
        )


def history_of(run: Run, dataset: Dataset) -> History:
    """Return the history of a recorded run, to which its last state is yet to be appended.

    Raises
    ------
    RunFileError
        If the run was not recorded on these images.
    """
    config = run.config
    check_images(config, dataset)
    first, *changes = config.settings
    acted = [first, *(mark for mark in changes if mark.iteration < run.iterations)]
    series = run.loss, run.accuracy
    history = History.of_file((run.f, run.wo), *series, acted, config.annotations.edits)
    history.held_out = run.held_out
    return history


@dataclass(frozen=True, slots=True, eq=False)
class BranchSnapshot:
    """A branch at one moment, from which any thread can make a run while training goes on.

    Attributes
    ----------
    settings : tuple of Mark
        The history's, and those in force if they are others.
    output : ndarray of float, shape (n,)
        As in `Run`.
    """

    history: History
    dataset: Dataset
    source: str
    settings: tuple[Mark, ...]
    annotations: Annotations
    output: Floats

    def run(self, on_progress: ProgressCallback, replay: Replay | None = None) -> Run:
        """Return the whole branch; parameters that are not kept are recomputed.

        Parameters
        ----------
        on_progress : callable
            Called after each state with the share that is done; an error that it raises ends the
            work.
        replay : Replay, optional
            Recomputes states; by default, with a kernel of its own.

        Raises
        ------
        RunFileError
            If the run would not fit in memory.
        """
        last = self.history.last
        config = RunConfig.of(self.source, self.dataset, self.settings, self.annotations)
        f, wo = empty_parameters(last, config.dtype)
        with closing(KernelCache()) as kernel_cache:
            replay = replay or Replay(self.history, self.dataset, kernel_cache)
            iteration = 0
            while iteration <= last:
                block = self.history.read_block(iteration, _BLOCK)
                if block is None:
                    state = replay.parameters(iteration, lambda: False)
                    block = state.f[np.newaxis], state.wo[np.newaxis]
                stop = iteration + len(block[0])
                f[iteration:stop], wo[iteration:stop] = block
                iteration = stop
                on_progress(iteration / (last + 1))
        curve = self.history.curve()
        series = curve.loss[:last], curve.accuracy[:last]
        return Run(f, wo, *series, self.output, config, curve.held_out)


def snapshot_of(now: CurrentState, branch: BranchState) -> BranchSnapshot:
    """Return a whole branch of a run whose current state, `now`, is in the history."""
    history = branch.history.snapshot()
    last, settings = history.last, history.settings
    if (
        branch is now.branch
        and now.iteration == last
        and now.settings.kept != settings[-1].settings
    ):
        settings = (*settings, Mark(last, now.settings.kept))
    annotations = Annotations(
        branch.name if branch.named else "", bookmarks_of(branch), history.edits
    )
    before = now.replay_of(branch).parameters(max(0, last - 1), lambda: False)
    output = now.output_of(branch, before, settings_at_output(settings, last))
    return BranchSnapshot(history, branch.dataset, branch.source, settings, annotations, output)


def run_of(now: CurrentState, branch: BranchState, on_progress: ProgressCallback) -> Run:
    """Return a whole branch of a run, computed by the thread and with the kernel of `now`.

    Parameters and errors are those of `BranchSnapshot.run`.
    """
    snapshot = snapshot_of(now, branch)
    return snapshot.run(on_progress, now.replay_of(branch))
