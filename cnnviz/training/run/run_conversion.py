"""From a recorded run to a history, and back."""

from cnnviz.data.dataset import Dataset
from cnnviz.training.errors import RunFileError
from cnnviz.training.limits import empty_parameters
from cnnviz.training.run.annotations import Annotations
from cnnviz.training.run.branches import bookmarks_of
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


def run_of(now: CurrentState) -> Run:
    """Return the whole line that is looked at, whichever state is.

    Parameters that are not kept are computed again.

    Parameters
    ----------
    now : Present
        Its state is in the history.

    Raises
    ------
    RunFileError
        Where the run would not fit in memory.
    """
    line = now.line
    last, settings = line.history.last, line.history.settings
    if now.iteration == last and now.settings.kept != settings[-1].settings:
        settings = (*settings, Mark(last, now.settings.kept))
    annotations = Annotations(
        line.name if line.named else "", bookmarks_of(line), line.history.edits
    )
    config = RunConfig.of(line.source, line.dataset, settings, annotations)
    f, wo = empty_parameters(last, config.dtype)
    for iteration in range(last + 1):
        parameters = now.parameters_at(iteration, lambda: False)
        f[iteration], wo[iteration] = parameters.f, parameters.wo
    curve = line.history.curve()
    output = now.output_at(max(0, last - 1), config.at_output(last))
    return Run(f, wo, curve.loss[:last], curve.accuracy[:last], output, config)
