"""Taking up a recorded run again."""

from contextlib import suppress
from pathlib import Path

from cnnviz.data.dataset import Dataset
from cnnviz.data.errors import DataError
from cnnviz.data.source import load
from cnnviz.training.errors import RunFileError
from cnnviz.training.files.run_file import read_run
from cnnviz.training.run.trainer import Trainer


def restore(path: Path, at_hand: Dataset | None = None) -> Trainer:
    """Return a trainer that looks at the last state of the run in a file.

    Parameters
    ----------
    path : Path
        A run file.
    at_hand : Dataset, optional
        Used where it begins with the images of the run, in place of loading them; so a run can be
        opened whose images have moved.

    Raises
    ------
    RunFileError
        One sentence, where the file is no run, or its images cannot be had or are others.
    """
    run = read_run(path)
    with suppress(DataError):  # images that cannot be had are not those of the run
        if at_hand is not None and run.config.fits(at_hand):
            return Trainer.from_run(run, at_hand)
    try:
        return Trainer.from_run(run, load(run.config.source))
    except DataError as error:
        raise RunFileError(
            f"the images that {path} was recorded on are missing: {error}"
        ) from error
