"""Conversion of a recorded run to a trainer, and back."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.network import Floats, Parameters
from cnnviz.training.errors import RunFileError
from cnnviz.training.run.annotations import Annotations
from cnnviz.training.run.branch import bookmarks_of
from cnnviz.training.run.branches import Branches
from cnnviz.training.run.curve import SettingsMark, marks_before
from cnnviz.training.run.history import History
from cnnviz.training.run.kernel_cache import KernelCache
from cnnviz.training.run.recorded_run import Run, RunConfig, settings_at_output
from cnnviz.training.run.replay import Replay
from cnnviz.training.run.trainer import Trainer


def check_images(config: RunConfig, dataset: Dataset) -> None:
    """Raise a RunFileError if a run was not recorded on these images."""
    if not config.fits(dataset):
        raise RunFileError(
            f"the run was recorded on {config.images:,} images from {config.source}, which "
            f"are not the first of {dataset.name}: load the data that it was recorded on."
        )


def resume_run(run: Run, dataset: Dataset, source: str = "") -> Trainer:
    """Resume a recorded run at its last state; every state has the file's own parameters.

    `source` is where the images of `dataset` came from, if not from where the run says.

    Raises RunFileError if these are others than the run's.
    """
    last, config = run.iterations, run.config
    check_images(config, dataset)
    history = _history_of(run)
    settings = config.at_output(last)
    branches = Branches(dataset, source or config.source, settings)
    branches.current.history = history
    branches.annotate(config.annotations.name, config.annotations.bookmarks)
    parameters = run.states.parameters(last)
    trainer = Trainer.from_branches(branches, last, settings, parameters)
    branches.mark_saved(branches.current)
    if held_out := len(run.held_out):
        trainer.held_out.switch(True, int(run.held_out.images[held_out - 1]))
    if len(history.settings) < len(config.settings):  # chosen after the last iteration
        trainer.apply(config.settings[-1].settings)
    branches.name_by_settings(trainer.settings)
    return trainer


def _history_of(run: Run) -> History:
    """Return the history of a recorded run, to which its last state is yet to be appended."""
    acted = marks_before(run.config.settings, run.iterations)
    series = run.loss, run.accuracy
    history = History.of_file(run.states, *series, acted, run.config.annotations.edits)
    history.held_out = run.held_out
    return history


@dataclass(frozen=True, slots=True, eq=False)
class BranchSnapshot:
    """A branch at one moment, from which any thread can make a run while training goes on."""

    history: History
    dataset: Dataset
    source: str
    settings: tuple[SettingsMark, ...]
    """The history's, and the settings in force if they differ from the last of these."""
    annotations: Annotations
    output: Floats
    """Shape (n,). The outputs, as in `Run`."""

    def count_missing(self) -> int:
        """Count the states whose parameters are kept nowhere, and must be computed again."""
        history, missing = self.history, self.history.missing(self.history.last + 1)
        while history.parent is not None:
            missing |= history.parent.missing(history.start)
            history = history.parent
        return len(missing)

    @contextmanager
    def opened(self) -> Iterator[Run]:
        """Yield the whole branch, whose parameters are read, or computed again, when needed."""
        with closing(KernelCache()) as kernel_cache:
            replay = Replay(self.history, self.dataset, kernel_cache)
            config = RunConfig.of(self.source, self.dataset, self.settings, self.annotations)
            states = _SnapshotStates(self.history, replay, np.dtype(config.dtype))
            curve, last = self.history.curve(), self.history.last
            series = curve.loss[:last], curve.accuracy[:last]
            yield Run(states, *series, self.output, config, curve.held_out)


class _SnapshotStates:
    """The states of a history that no longer grows, as `States`.

    `replay` computes states again that are kept nowhere. `dtype` is the precision that holds every
    state.
    """

    def __init__(self, history: History, replay: Replay, dtype: np.dtype[Any]) -> None:
        self.dtype = dtype
        self._history, self._replay = history, replay

    def __len__(self) -> int:
        return self._history.last + 1

    def parameters(self, iteration: int) -> Parameters:
        return self._replay.parameters(iteration, lambda: False).astype(self.dtype)

    def block(self, iteration: int, most: int) -> tuple[Floats, Floats]:
        block = self._history.read_block(iteration, most)
        if block is None:
            state = self.parameters(iteration)
            return state.f[np.newaxis], state.wo[np.newaxis]
        f, wo = block
        return f.astype(self.dtype, copy=False), wo.astype(self.dtype, copy=False)


def snapshot_of(trainer: Trainer, number: int | None = None) -> BranchSnapshot:
    """Return a whole branch, by default the current one, for another thread to make a run of.

    Raises BranchError if there is no such branch.
    """
    branches, now = trainer.branches, trainer.current_state
    branch = branches.current if number is None else branches.branch(number)
    history = branch.history.snapshot()
    last, settings = history.last, history.settings
    if (
        branch is now.branch
        and now.iteration == last
        and now.settings.kept != settings[-1].settings
    ):
        settings = (*settings, SettingsMark(last, now.settings.kept))
    annotations = Annotations(
        branch.name if branch.named else "", bookmarks_of(branch), history.edits
    )
    before = now.replay_of(branch).parameters(max(0, last - 1), lambda: False)
    output = now.output_of(branch, before, settings_at_output(settings, last))
    return BranchSnapshot(history, branch.dataset, branch.source, settings, annotations, output)
