"""Conversion of a recorded run to a history, and back."""

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.blocks import ProgressCallback
from cnnviz.training.errors import RunFileError
from cnnviz.training.limits import empty_parameters
from cnnviz.training.run.annotations import Annotations
from cnnviz.training.run.branches import BranchState, bookmarks_of
from cnnviz.training.run.current_state import CurrentState
from cnnviz.training.run.history import History, Mark
from cnnviz.training.run.recorded_run import Run, RunConfig


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


def run_of(
    now: CurrentState, branch: BranchState, on_progress: ProgressCallback = lambda _share: None
) -> Run:
    """Return a whole branch of a run whose current state, `now`, is in the history.

    `on_progress` is called after each state with the share that is done; an error that it raises
    ends the work.

    Raises
    ------
    RunFileError
        If the run would not fit in memory.
    """
    last, settings = branch.history.last, branch.history.settings
    if (
        branch is now.branch
        and now.iteration == last
        and now.settings.kept != settings[-1].settings
    ):
        settings = (*settings, Mark(last, now.settings.kept))
    annotations = Annotations(
        branch.name if branch.named else "", bookmarks_of(branch), branch.history.edits
    )
    config = RunConfig.of(branch.source, branch.dataset, settings, annotations)
    f, wo = empty_parameters(last, config.dtype)
    replay = now.replay_of(branch)
    for iteration in range(last + 1):
        parameters = replay.parameters(iteration, lambda: False)
        f[iteration], wo[iteration] = parameters.f, parameters.wo
        on_progress((iteration + 1) / (last + 1))
    of_output = replay.parameters(max(0, last - 1), lambda: False)
    output = now.output_of(branch, of_output, config.at_output(last))
    curve = branch.history.curve()
    series = curve.loss[:last], curve.accuracy[:last]
    return Run(f, wo, *series, output, config, curve.held_out)
