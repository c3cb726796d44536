"""The inputs of a command: data, settings, and a trainer at its start."""

import argparse
import os
import re
import stat
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from cnnviz.option_parser import UsageError, given
from cnnviz.options import COMMANDS, OF_SETTINGS
from cnnviz.spelling import nearest, unknown
from cnnviz.terminal import complain, progress_bar, shortened, show_output

if TYPE_CHECKING:
    from cnnviz.data.dataset import Dataset
    from cnnviz.numerics.checking.case import AnyFault
    from cnnviz.numerics.rule import Rule
    from cnnviz.training.own_code.source import OwnSource
    from cnnviz.training.run.trainer import Trainer
    from cnnviz.training.settings import Settings


def check_command(words: Sequence[str]) -> None:
    """Refuse a command line that begins with neither a command, nor an option, nor a path."""
    word = words[0] if words else ""
    if not re.fullmatch(r"\w[\w-]*", word) or os.path.lexists(word):
        return
    near = nearest(word, COMMANDS)
    hint = f"perhaps you mean `cnnviz {near}`." if near else f"commands are {', '.join(COMMANDS)}."
    raise UsageError(f"{shortened(word)} is neither a command nor a file: {hint}")


def trainer_of(options: argparse.Namespace) -> "Trainer":
    """Return a trainer on the run file that is named, or on data with settings.

    Raises UsageError, DataError or TrainingError if there is none.
    """
    from cnnviz.training.run.trainer import Trainer

    if options.run is None:
        dataset, source = dataset_of(options)
        return Trainer(dataset, settings_of(options, dataset), source)
    return _recorded(options, options.run)


def _recorded(options: argparse.Namespace, path: Path) -> "Trainer":
    """Return a trainer at the last iteration of a run, on the images of ``--data`` if given."""
    from cnnviz.data.source import load
    from cnnviz.training.files.restore import restore

    if options.download:
        raise UsageError(
            "--download does not go with a recorded run: fetch MNIST in a call of its own."
        )
    _check_run(path)
    for name in OF_SETTINGS:
        if name in options:
            option = f"--{name.replace('_', '-')}"
            raise UsageError(
                f"{option} does not go with {path}: a recorded run has its own settings."
            )
    named = {load(options.data): str(options.data)} if "data" in options else {}
    trainer = restore(path, named)
    if named and trainer.dataset not in named:
        raise UsageError(f"--data {options.data} does not hold the images of {path}: leave it out.")
    return trainer


def _check_run(path: Path) -> None:
    """Refuse a path that is not a file."""
    from cnnviz.data.errors import MissingDataError
    from cnnviz.data.reading import file_mode

    mode = 0
    with suppress(MissingDataError):
        mode = file_mode(path)
    if stat.S_ISREG(mode):
        return
    hint = "name a run that `cnnviz train --out` wrote"
    if str(path) in COMMANDS:
        hint = f"write `cnnviz {path}` first and the options after it"
    elif stat.S_ISDIR(mode):
        hint += f", or write `--data {path}` to train on images that are in it"
    raise UsageError(f"{shortened(str(path))} is not a file: {hint}.")


def dataset_of(options: argparse.Namespace) -> "tuple[Dataset, str]":
    """Return the named data set and its name for `load`.

    If none is named, it is MNIST if it has been downloaded. A cache that has been damaged since is
    reported and does not keep the program from starting.
    """
    from cnnviz.data.errors import DataError
    from cnnviz.data.mnist import download_mnist
    from cnnviz.data.source import BUNDLED, MNIST, default_source, load

    if options.download:
        if given(options, "data", MNIST) != MNIST:
            raise UsageError(
                f"--download fetches MNIST, not {options.data}: use --data mnist with it."
            )
        with progress_bar(desc="MNIST", unit="B", unit_scale=True) as show:
            download_mnist(show)
    if "data" in options:
        dataset = load(options.data)
        if dataset.notice:
            complain(dataset.notice)
        return dataset, options.data
    source = default_source()
    try:
        dataset = load(source)
        wanted = settings_of(options, dataset).subset
        dataset.first(min(wanted, len(dataset)))  # damage further on does not matter
        return dataset, source
    except DataError as error:
        complain(f"{error} The bundled digits are used instead.")
        return load(BUNDLED), BUNDLED


def settings_of(options: argparse.Namespace, dataset: "Dataset") -> "Settings":
    """Return the given settings, and the notebook's for the others."""
    from cnnviz.numerics.rule import EXACT, SWITCHES, Rule
    from cnnviz.training.settings import Settings

    default = Settings()
    fixes: list[str] = given(options, "fix", [])
    for name in fixes:
        if name not in SWITCHES:
            raise UsageError(unknown(name, SWITCHES, f"--fix {shortened(name)}"))
    exact = given(options, "rule", "notebook") == "exact"
    if exact and fixes:
        raise UsageError("--rule exact corrects everything: leave --fix out, or --rule exact.")
    return Settings(
        subset=given(options, "subset", min(default.subset, len(dataset))),
        learning_rate=given(options, "learning_rate", default.learning_rate),
        seed=given(options, "seed", default.seed),
        rule=EXACT if exact else Rule.correcting(fixes),
        dtype=given(options, "dtype", default.dtype),
    )


def rule_named(text: str) -> "Rule":
    """Return the rule called notebook, exact, or by its corrections, like scale,layout."""
    from cnnviz.numerics.rule import EXACT, NOTEBOOK, SWITCHES, Rule

    if text in ("notebook", "exact"):
        return EXACT if text == "exact" else NOTEBOOK
    corrections = text.split(",")
    if not SWITCHES.keys() >= set(corrections):
        words = ("notebook", "exact", *SWITCHES)
        if near := nearest(next(one for one in corrections if one not in SWITCHES), words):
            raise UsageError(f"{shortened(text)} is not a rule: perhaps you mean {near}.")
        raise UsageError(
            f"{shortened(text)} is not a rule: name notebook, exact, or some of "
            f"{','.join(SWITCHES)}, separated by commas."
        )
    return Rule.correcting(corrections)


def fault_of(options: argparse.Namespace) -> "AnyFault | None":
    """Return the fault of the gallery that is named, to go into the exact rule."""
    from cnnviz.numerics.checking.case import GALLERY

    if options.fault is None:
        return None
    if given(options, "rule", "exact") != "exact" or "fix" in options:
        raise UsageError("--fault puts one fault into the exact rule: leave --rule and --fix out.")
    for fault in GALLERY:
        if fault.name == options.fault:
            return fault
    near = nearest(options.fault, [fault.name for fault in GALLERY])
    hint = f"perhaps you mean {near}; " if near else ""
    raise UsageError(
        f"--fault {shortened(options.fault)} is not in the gallery: {hint}"
        "`cnnviz check --list-faults` lists it."
    )


@contextmanager
def extended_settings(options: argparse.Namespace, dataset: "Dataset") -> "Iterator[Settings]":
    """Return the settings with a named fault or a person's code in the exact rule, for the block.

    Raises UsageError if they do not go together, and OwnCodeError if the code fails outside its
    functions.
    """
    settings = settings_of(options, dataset)
    if options.code is not None:
        from cnnviz.training.own_code.process import running

        check_own_code_alone(options)
        with running(own_source(options.code)) as code:
            yield replace(settings, rule=code.rule)
        show_output(code.output)
        return
    fault = fault_of(options)
    if fault is None:
        yield settings
        return
    from cnnviz.numerics.checking.fault import Fault

    if not isinstance(fault, Fault):
        raise UsageError(
            f"--fault {fault.name} is in the {fault.operation}, not in a rule: `cnnviz check` can "
            "train it."
        )
    yield replace(settings, rule=fault.rule)


@contextmanager
def own_code_of_run(trainer: "Trainer", *, runs: bool) -> Iterator[None]:
    """Allow the code in a recorded run to be executed inside the block, if `--run-code` is given.

    Raises OwnCodeError if the code fails outside its functions.
    """
    if not runs:
        yield
        return
    from cnnviz.training.own_code.process import OwnCodeProcesses
    from cnnviz.training.own_code.source import code_not_run

    with closing(OwnCodeProcesses()) as processes:
        marks = trainer.branches.current.history.settings
        for settings in (*(mark.settings for mark in marks), trainer.settings):
            for variant in code_not_run(settings.rule):
                trainer.exchange(processes.allow(variant.source).variants)
        yield


def check_own_code_alone(options: argparse.Namespace) -> None:
    """Refuse options that exclude a person's own code."""
    if options.fault is not None:
        raise UsageError("--code goes into the rule by itself: leave --fault out.")
    if given(options, "rule", "exact") != "exact" or "fix" in options:
        raise UsageError("--code goes into the exact rule: leave --rule and --fix out.")


def own_source(path: Path) -> "OwnSource":
    """Read a file of a person's own code without running it."""
    from cnnviz.training.own_code.errors import SourceError
    from cnnviz.training.own_code.source import OwnSource, read_source

    try:
        return OwnSource.parse(read_source(path), path.name)
    except SourceError as error:
        raise UsageError(f"{shortened(str(path))}: {error}") from None


def advance(trainer: "Trainer", iterations: int) -> None:
    """Do some iterations; if one has no result, report why and end."""
    from cnnviz.training.blas import blas_on_one_thread

    with blas_on_one_thread(), progress_bar(total=iterations, unit=" iterations") as show:
        for done in range(iterations):
            if not trainer.step():
                break
            show(done + 1, iterations)
    if trainer.notice and trainer.notice.final:
        complain(trainer.notice.summary)


def output_file(path: Path | None, example: str, what: str = "") -> Path:
    """Return the file to write; refuse one that is missing or that cannot be written.

    `what` says what it is, if it must have the ending of the example. Raises UsageError for a
    missing name or another ending, and UnwritableFileError if it cannot be written.
    """
    from cnnviz.atomic_file import check_writable

    if path is None:
        raise UsageError(f"the file to write is missing: name it with --out {example}.")
    check_writable(path)
    ending = Path(example).suffix
    if what and path.suffix.lower() != ending:
        raise UsageError(
            f"{shortened(str(path))} does not name a {what}: end its name in {ending}."
        )
    return path


def check_image(options: argparse.Namespace, trainer: "Trainer") -> None:
    """Refuse an image that is not in the subset."""
    images = trainer.settings.subset
    if "image" in options and options.image >= images:
        raise UsageError(
            f"--image {options.image} is not in the subset: name one of 0 to {images - 1}."
        )


def draw_on_no_display(scale: str = "1") -> None:
    """Let Qt draw without a display, with this number of pixels for each, along each side."""
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    for name in ("QT_SCALE_FACTOR", "QT_SCREEN_SCALE_FACTORS"):
        os.environ.pop(name, None)
    if scale != "1":
        os.environ["QT_SCALE_FACTOR"] = scale
