"""From a recorded run to a history, and back."""

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.blocks import ProgressCallback
from cnnviz.training.errors import RunFileError
from cnnviz.training.limits import empty_parameters
from cnnviz.training.run.annotations import Annotations
from cnnviz.training.run.branches import BranchState, bookmarks_of
from cnnviz.training.run.current_state import CurrentState
from cnnviz.training.run.history import History, Mark
from cnnviz.training.run.recorded_run import Run, RunConfig


def history_of(run: Run, dataset: Dataset) -> History:
    """Return a recorded run's states up to the last, which is yet to be appended.

    Parameters
    ----------
    run : Run
    dataset : Dataset
        The images that it was recorded on.

    Raises
    ------
    RunFileError
        Where these are other images.
    """
    config = run.config
    if not config.fits(dataset):
        raise RunFileError(
            f"the run was recorded on {config.images:,} images from {config.source}, which "
            f"are not the first of {dataset.name}: load the data that it was recorded on."
        )
    first, *changes = config.settings
    acted = [first, *(mark for mark in changes if mark.iteration < run.iterations)]
    return History.of_file((run.f, run.wo), run.loss, run.accuracy, acted, config.annotations.edits)


def run_of(
    now: CurrentState, line: BranchState, on_progress: ProgressCallback = lambda _share: None
) -> Run:
    """Return a whole line, whichever state is the current one.

    Parameters that are not kept are computed again.

    Parameters
    ----------
    now : CurrentState
        Its state is in the history.
    line : BranchState
    on_progress : callable
        Called after each state with the share of them that is done; what it raises ends the work.

    Raises
    ------
    RunFileError
        If the run would not fit in memory.
    """
    last, settings = line.history.last, line.history.settings
    if line is now.line and now.iteration == last and now.settings.kept != settings[-1].settings:
        settings = (*settings, Mark(last, now.settings.kept))
    annotations = Annotations(
        line.name if line.named else "", bookmarks_of(line), line.history.edits
    )
    config = RunConfig.of(line.source, line.dataset, settings, annotations)
    f, wo = empty_parameters(last, config.dtype)
    replay = now.replay_of(line)
    for iteration in range(last + 1):
        parameters = replay.parameters(iteration, lambda: False)
        f[iteration], wo[iteration] = parameters.f, parameters.wo
        on_progress((iteration + 1) / (last + 1))
    of_output = replay.parameters(max(0, last - 1), lambda: False)
    output = now.output_of(line, of_output, config.at_output(last))
    curve = line.history.curve()
    return Run(f, wo, curve.loss[:last], curve.accuracy[:last], output, config)
