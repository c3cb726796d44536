"""Resumes a recorded run."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from cnnviz.data.dataset import Dataset
from cnnviz.data.errors import DataError, MissingDataError, NotDownloadedError
from cnnviz.data.source import MNIST, load
from cnnviz.training.errors import RunFileError
from cnnviz.training.files.run_file import read_run
from cnnviz.training.run.recorded_run import RunConfig
from cnnviz.training.run.run_conversion import check_images, resume_run
from cnnviz.training.run.trainer import Trainer


def restore(path: Path, at_hand: Mapping[Dataset, str] | None = None) -> Trainer:
    """Return a trainer at the last state of the run in a file.

    `at_hand` has images, and where they came from. The first that begin with those of the run are
    used, and nothing is loaded: so a run can be opened whose images have moved.

    Raises RunFileError if the file is not a run, or its images cannot be had or are others; one
    sentence.
    """
    run = read_run(path)
    dataset, source = images_of(run.config, str(path), at_hand or {})
    return resume_run(run, dataset, source)


def restore_beside(path: Path, before: Trainer) -> Trainer:
    """Return a trainer at the last state of the run in a file, with the branches of another.

    The other one is of no use afterwards. Errors are those of `restore`; then it still is.
    """
    trainer = restore(path, before.branches.datasets)
    before.close()
    trainer.change(pause_on_warning=before.settings.pause_on_warning)
    if before.held_out.on and not trainer.held_out.on:
        trainer.held_out.switch(True, before.held_out.wanted)
    trainer.branches.name_current(path.stem)
    trainer.branches.take_over(before.branches)
    return trainer


def images_of(config: RunConfig, what: str, at_hand: Mapping[Dataset, str]) -> tuple[Dataset, str]:
    """Return the images of a run, and where they came from.

    `what` is the name of the recording, for the message; `at_hand` is as for `restore`.

    Raises RunFileError if they cannot be had or are others; one sentence.
    """
    for dataset, source in at_hand.items():
        with suppress(DataError):  # images that cannot be had are not those of the run
            if config.fits(dataset):
                return dataset, source
    try:
        dataset = load(config.source)
        check_images(config, dataset)
        return dataset, config.source
    except (MissingDataError, NotDownloadedError) as error:
        with suppress(DataError):  # another machine may have MNIST in its cache folder
            dataset = load(MNIST)
            if config.fits(dataset):
                return dataset, MNIST
        missing = str(error).rpartition(": ")[0]
        raise RunFileError(
            f"the images that {what} was recorded on are missing: {missing}, so load them first, "
            "in the Data menu or with --data, and then open the run."
        ) from error
    except DataError as error:
        raise RunFileError(
            f"the images that {what} was recorded on are missing: {error}"
        ) from error
