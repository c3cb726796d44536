"""The command line: the window, `train` and `snapshot`."""

import argparse
import os
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn

from cnnviz import __version__

if TYPE_CHECKING:
    from tqdm import tqdm

    from cnnviz.data.dataset import Dataset
    from cnnviz.training.recorder import Progress
    from cnnviz.training.settings import Settings
    from cnnviz.training.trainer import Trainer

WRONG_USAGE: Final = 2
INTERRUPTED: Final = 130
_COMMANDS: Final = ("train", "snapshot")
PANELS: Final = ("network", "loss", "predictions", "controls")


class UsageError(Exception):
    """A wrong value on the command line; the message is one line."""


class _Parser(argparse.ArgumentParser):
    """Ends with one line and status 2, where argparse would print its usage too."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message)


@dataclass(frozen=True, slots=True)
class _Size:
    """The numbers of ``WIDTHxHEIGHT``, in pixels."""

    width: int
    height: int


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program and return its exit status.

    Parameters
    ----------
    arguments : sequence of str, optional
        The command line without the program's name; `sys.argv`'s by default.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    command = words[0] if words and words[0] in _COMMANDS else ""
    # Imported late: a wrong command line should not have to wait for numpy.
    from cnnviz.data.errors import DataError
    from cnnviz.training.errors import TrainingError

    try:
        if command == "train":
            return _train(_train_parser().parse_args(words[1:]))
        if command == "snapshot":
            return _snapshot(_snapshot_parser().parse_args(words[1:]))
        return _window(_window_parser().parse_args(words))
    except (UsageError, DataError, TrainingError) as error:
        sys.stderr.write(f"cnnviz: {error}\n")
        return WRONG_USAGE
    except BrokenPipeError:
        return 1


def _window(options: argparse.Namespace) -> int:
    from cnnviz.app.system import window_problem

    trainer = _trainer(options)
    if problem := window_problem(os.environ, sys.platform):
        sys.stderr.write(f"cnnviz: {problem}\n")
        return 1
    from cnnviz.app.application import run_window

    return run_window(trainer, options.run)


def _train(options: argparse.Namespace) -> int:
    from tqdm import tqdm

    from cnnviz.training.recorder import record
    from cnnviz.training.room import check_room
    from cnnviz.training.run_file import write_run

    settings = _settings(options)
    dataset, source = _dataset(options)
    check_room(options.out, options.iterations, settings.numpy_dtype)
    # Without a terminal there is no bar, and never a thread of tqdm's own.
    tqdm.monitor_interval = 0
    with tqdm(total=options.iterations, unit="iteration", disable=None) as bar:
        recording = record(dataset, settings, options.iterations, _advance(bar), source)
    for notice in recording.notices:
        sys.stderr.write(f"cnnviz: {notice.summary}\n")
    run = recording.run
    write_run(options.out, run)
    said = f"{run.iterations:,} iterations"
    if run.iterations:
        said += f", loss {run.loss[-1]:.4f}, accuracy {run.accuracy[-1]:.1%}"
    sys.stdout.write(f"{said}, recorded in {options.out}\n")
    return INTERRUPTED if recording.interrupted else 0


def _advance(bar: "tqdm[NoReturn]") -> "Progress":
    def show(_done: int, _all: int) -> None:
        bar.update()

    return show


def _snapshot(options: argparse.Namespace) -> int:
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    from cnnviz.app.system import library_problem, missing_libraries

    trainer = _trainer(options)
    if problem := library_problem(missing_libraries(xcb=False)):
        sys.stderr.write(f"cnnviz: {problem}\n")
        return 1
    from cnnviz.app.snapshot import Picture, SnapshotError, snapshot

    picture = Picture(
        options.out,
        (options.size.width, options.size.height),
        options.theme,
        options.panel,
        options.image,
        options.presentation,
    )
    try:
        snapshot(trainer, options.iterations, picture, options.run)
    except SnapshotError as error:
        raise UsageError(str(error)) from None
    return 0


def _trainer(options: argparse.Namespace) -> "Trainer":
    """Return a trainer for what the options say, its data loaded and its settings checked."""
    from cnnviz.training.trainer import Trainer

    settings = _settings(options)
    dataset, source = _dataset(options)
    return Trainer(dataset, settings, source)


def _dataset(options: argparse.Namespace) -> "tuple[Dataset, str]":
    """Return the data set that was asked for and its name for `load`.

    Without a wish, MNIST where it has been downloaded; a cache that has been damaged since is said
    and does not keep the program from starting.
    """
    from cnnviz.data.errors import DataError
    from cnnviz.data.source import BUNDLED, default_source, load

    if options.data:
        return load(options.data), options.data
    source = default_source()
    try:
        return load(source), source
    except DataError as error:
        sys.stderr.write(f"cnnviz: {error} The bundled digits are used instead.\n")
        return load(BUNDLED), BUNDLED


def _settings(options: argparse.Namespace) -> "Settings":
    from cnnviz.numerics.rule import EXACT, SWITCHES, Rule
    from cnnviz.training.settings import Settings

    fixes = options.fix or []
    for name in fixes:
        if name not in SWITCHES:
            message = f"--fix {name} is none of {', '.join(SWITCHES)}."
            raise UsageError(message)
    rule = EXACT if options.rule == "exact" else Rule.correcting(fixes)
    return Settings(
        subset=options.subset,
        learning_rate=options.learning_rate,
        seed=options.seed,
        rule=rule,
        dtype=options.dtype,
    )


def _window_parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="cnnviz",
        description="Watch, debug and teach how a small convolutional network learns.",
        epilog="Other commands: cnnviz train --help, cnnviz snapshot --help.",
    )
    parser.add_argument("--version", action="version", version=f"cnnviz {__version__}")
    parser.add_argument("run", nargs="?", type=_run_file, metavar="RUN.npz", help="a recorded run")
    _add_settings(parser)
    return parser


def _train_parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="cnnviz train", description="Train without a window and record the run.")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="RUN.npz", help="the run file to write"
    )
    parser.add_argument("--iterations", type=_count, default=100, metavar="N")
    _add_settings(parser)
    return parser


def _snapshot_parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="cnnviz snapshot",
        description="Draw the main window into a picture, without a display.",
    )
    parser.add_argument(
        "--out", type=Path, required=True, metavar="WINDOW.png", help="the picture to write"
    )
    parser.add_argument("run", nargs="?", type=_run_file, metavar="RUN.npz", help="a recorded run")
    parser.add_argument("--iterations", type=_count, default=0, metavar="N")
    parser.add_argument("--panel", choices=PANELS, help="one panel instead of the window")
    parser.add_argument("--size", type=_size, default=_Size(1440, 900), metavar="1440x900")
    parser.add_argument("--theme", choices=("light", "dark"), default="light")
    parser.add_argument("--image", type=_count, default=0, metavar="K", help="the selected image")
    parser.add_argument("--presentation", action="store_true", help="type for a classroom")
    _add_settings(parser)
    return parser


def _add_settings(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("what is trained")
    group.add_argument("--data", metavar="bundled|mnist|FILE-OR-FOLDER")
    group.add_argument("--subset", type=_whole, default=200, metavar="N", help="the first N images")
    group.add_argument("--learning-rate", type=_number, default=15.0, metavar="ETA")
    group.add_argument("--seed", type=_whole, default=0, metavar="S")
    group.add_argument("--rule", choices=("notebook", "exact"), default="notebook")
    group.add_argument(
        "--fix", action="append", metavar="NAME", help="correct one thing in the notebook's rule"
    )
    group.add_argument("--dtype", choices=("float64", "float32"), default="float64")


def _whole(text: str) -> int:
    try:
        return int(text)
    except ValueError:
        message = f"{text!r} is not a whole number"
        raise argparse.ArgumentTypeError(message) from None


def _count(text: str) -> int:
    number = _whole(text)
    if number < 0:
        message = f"{text!r} is less than 0"
        raise argparse.ArgumentTypeError(message)
    return number


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        message = f"{text!r} is not a number, such as 15 or 1e-3"
        raise argparse.ArgumentTypeError(message) from None


def _size(text: str) -> _Size:
    match = re.fullmatch(r"(\d{1,5})[x×](\d{1,5})", text)
    if match is None or not all(320 <= int(n) <= 8192 for n in match.groups()):
        message = f"{text!r} is not a size from 320x320 to 8192x8192, such as 1600x1000"
        raise argparse.ArgumentTypeError(message)
    return _Size(int(match[1]), int(match[2]))


def _run_file(text: str) -> Path:
    path = Path(text)
    if not path.is_file():
        message = f"{text} is no file: name a run that `cnnviz train --out` wrote, or a command"
        raise argparse.ArgumentTypeError(message)
    return path


if __name__ == "__main__":
    sys.exit(main())
