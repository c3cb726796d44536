"""Resumes a recorded run."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from cnnviz.data.dataset import Dataset
from cnnviz.data.errors import DataError, MissingDataError, NotDownloadedError
from cnnviz.data.source import load
from cnnviz.training.errors import RunFileError
from cnnviz.training.files.run_file import read_run
from cnnviz.training.run.trainer import Trainer


def restore(path: Path, at_hand: Mapping[Dataset, str] | None = None) -> Trainer:
    """Return a trainer at the last state of the run in a file.

    Parameters
    ----------
    path : Path
        A run file.
    at_hand : mapping of Dataset to str, optional
        Images, and where they came from. The first that begin with those of the run are used, and
        nothing is loaded: so a run can be opened whose images have moved.

    Raises
    ------
    RunFileError
        If the file is no run, or its images cannot be had or are others; one sentence.
    """
    run = read_run(path)
    for dataset, source in (at_hand or {}).items():
        with suppress(DataError):  # images that cannot be had are not those of the run
            if run.config.fits(dataset):
                return Trainer.from_run(run, dataset, source)
    try:
        return Trainer.from_run(run, load(run.config.source))
    except (MissingDataError, NotDownloadedError) as error:
        what = str(error).rpartition(": ")[0]
        raise RunFileError(
            f"the images that {path} was recorded on are missing: {what}, so load them first, in "
            "the Data menu or with --data, and then open the run."
        ) from error
    except DataError as error:
        raise RunFileError(
            f"the images that {path} was recorded on are missing: {error}"
        ) from error
