"""What a command line names: data, settings, and a trainer to begin with."""

import argparse
import stat
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cnnviz.options import OF_SETTINGS, UsageError, given
from cnnviz.terminal import complain

if TYPE_CHECKING:
    from cnnviz.data.dataset import Dataset
    from cnnviz.training.run.trainer import Trainer
    from cnnviz.training.settings import Settings

COMMANDS: Final = ("train", "snapshot", "bench")


def trainer_of(options: argparse.Namespace) -> "Trainer":
    """Return a trainer on the recorded run that is named, or on data with settings.

    Raises
    ------
    UsageError, DataError, TrainingError
    """
    from cnnviz.training.run.trainer import Trainer

    if options.run is None:
        dataset, source = dataset_of(options)
        return Trainer(dataset, settings_of(options, dataset), source)
    return _recorded(options)


def _recorded(options: argparse.Namespace) -> "Trainer":
    """Return a trainer at the last iteration of a recorded run.

    Its images are those that ``--data`` names, where it does.
    """
    from cnnviz.data.errors import MissingDataError
    from cnnviz.data.reading import file_mode
    from cnnviz.data.source import load
    from cnnviz.training.files.restore import restore

    path: Path = options.run
    if options.download:
        message = "--download does not go with a recorded run: fetch MNIST in a call of its own."
        raise UsageError(message)
    mode = None
    with suppress(MissingDataError):
        mode = file_mode(path)
    if mode is None or not stat.S_ISREG(mode):
        hint = "name a run that `cnnviz train --out` wrote"
        if str(path) in COMMANDS:
            hint = f"write `cnnviz {path}` first and the options after it"
        elif mode is not None and stat.S_ISDIR(mode):
            hint += f", or write `--data {path}` to train on images that are in it"
        message = f"{path} is not a file: {hint}."
        raise UsageError(message)
    for name in OF_SETTINGS:
        if name in options:
            option = f"--{name.replace('_', '-')}"
            message = f"{option} does not go with {path}: a recorded run has its own settings."
            raise UsageError(message)
    if "data" not in options:
        return restore(path)
    named = load(options.data)
    trainer = restore(path, {named: options.data})
    if trainer.dataset is not named:
        message = f"--data {options.data} does not hold the images of {path}: leave it out."
        raise UsageError(message)
    return trainer


def dataset_of(options: argparse.Namespace) -> "tuple[Dataset, str]":
    """Return the data set that was asked for and its name for `load`.

    Without a wish, MNIST where it has been downloaded; a cache that has been damaged since is said
    and does not keep the program from starting.
    """
    from cnnviz.data.errors import DataError
    from cnnviz.data.source import BUNDLED, MNIST, default_source, load

    if options.download:
        if given(options, "data", MNIST) != MNIST:
            message = f"--download fetches MNIST, not {options.data}: use --data mnist with it."
            raise UsageError(message)
        _download()
    if "data" in options:
        return load(options.data), options.data
    source = default_source()
    try:
        dataset = load(source)
        wanted = settings_of(options, dataset).subset
        dataset.first(min(wanted, len(dataset)))  # damage further on is no matter
        return dataset, source
    except DataError as error:
        complain(f"{error} The bundled digits are used instead.")
        return load(BUNDLED), BUNDLED


def settings_of(options: argparse.Namespace, dataset: "Dataset") -> "Settings":
    """Return the settings that were asked for, and the notebook's for the others."""
    from cnnviz.numerics.rule import EXACT, SWITCHES, Rule
    from cnnviz.training.settings import Settings

    default = Settings()
    fixes: list[str] = given(options, "fix", [])
    for name in fixes:
        if name not in SWITCHES:
            message = f"--fix {name} is none of {', '.join(SWITCHES)}."
            raise UsageError(message)
    exact = given(options, "rule", "notebook") == "exact"
    if exact and fixes:
        message = "--rule exact corrects everything: leave --fix out, or --rule exact."
        raise UsageError(message)
    return Settings(
        subset=given(options, "subset", min(default.subset, len(dataset))),
        learning_rate=given(options, "learning_rate", default.learning_rate),
        seed=given(options, "seed", default.seed),
        rule=EXACT if exact else Rule.correcting(fixes),
        dtype=given(options, "dtype", default.dtype),
    )


def _download() -> None:
    """Fetch MNIST into the cache, with a bar on a terminal.

    Raises
    ------
    DataError
    """
    from cnnviz.data.mnist import download_mnist
    from cnnviz.data.progress import terminal_progress

    with terminal_progress("MNIST") as progress:
        download_mnist(progress)
