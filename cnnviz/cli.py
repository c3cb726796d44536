"""The command line: the window, `train`, `snapshot` and `bench`."""

import argparse
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final, NoReturn, TextIO

from cnnviz.options import (
    DEFAULT_ITERATIONS,
    OF_SETTINGS,
    VIEWS,
    UsageError,
    bench_parser,
    given,
    snapshot_parser,
    train_parser,
    window_parser,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from tqdm import tqdm

    from cnnviz.app.main_window import MainWindow
    from cnnviz.data.dataset import Dataset
    from cnnviz.training.settings import Settings
    from cnnviz.training.trainer import Trainer

WRONG_USAGE: Final = 2
INTERRUPTED: Final = 130
_COMMANDS: Final = ("train", "snapshot", "bench")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program and return its exit status.

    Parameters
    ----------
    arguments : sequence of str, optional
        The command line without the program's name; `sys.argv`'s by default.
    """
    # Nothing heavy is imported above this line: a wrong command line does not wait for numpy.
    from cnnviz.data.errors import DataError
    from cnnviz.training.errors import TrainingError

    try:
        try:
            status = _run(sys.argv[1:] if arguments is None else arguments)
        except SystemExit as end:  # of --help and --version
            status = int(end.code or 0)
        if sys.stdout is not None:
            sys.stdout.flush()
        return status
    except (UsageError, DataError, TrainingError) as error:
        _complain(str(error))
        return WRONG_USAGE
    except MemoryError:
        _complain("there is not enough memory for this: use a smaller --subset or --dtype float32.")
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # Nobody reads any more; Python would say so once again when it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1


def _run(words: Sequence[str]) -> int:
    command = words[0] if words else ""
    if command == "train":
        return _train(train_parser().read(words[1:]))
    if command == "snapshot":
        return _snapshot(snapshot_parser().read(words[1:]))
    if command == "bench":
        return _bench(bench_parser().read(words[1:]))
    return open_window(words)


def open_window(
    words: Sequence[str], opened: "Callable[[MainWindow], object] | None" = None
) -> int:
    """Open the window as the command line asks, and return the exit status when it is closed.

    Parameters
    ----------
    words : sequence of str
        The command line without the program's name.
    opened : callable, optional
        Called with the window once it has been shown.
    """
    from cnnviz.app.system import window_problem

    options = window_parser().read(words)
    trainer = _trainer(options)
    if problem := window_problem(os.environ, sys.platform):
        _complain(problem)
        return 1
    from cnnviz.app.application import run_window

    return run_window(trainer, opened)


def _train(options: argparse.Namespace) -> int:
    from cnnviz.training.recorder import record
    from cnnviz.training.room import check_room
    from cnnviz.training.run_file import write_run

    out, iterations = (
        _file(options.out, "RUN.npz"),
        given(options, "iterations", DEFAULT_ITERATIONS),
    )
    dataset, source = _dataset(options)
    settings = _settings(options, dataset)
    check_room(out, iterations, settings.numpy_dtype)
    with _bar(iterations) as bar:

        def show(_done: int, _all: int) -> None:
            bar.update()

        recording = record(dataset, settings, iterations, show, source)
    for notice in recording.notices:
        _complain(notice.summary)
    run = recording.run
    with _uninterrupted():  # what was reached is kept, however often Ctrl-C is pressed
        write_run(out, run)
    said = "1 iteration" if run.iterations == 1 else f"{run.iterations:,} iterations"
    if run.iterations < iterations:
        said = f"{run.iterations:,} of {iterations:,} iterations"
    if run.iterations:
        said += f", loss {run.loss[-1]:.4f}, accuracy {run.accuracy[-1]:.1%}"
    _write(sys.stdout, f"{said}, recorded in {out}")
    return INTERRUPTED if recording.interrupted else 0


def _snapshot(options: argparse.Namespace) -> int:
    from cnnviz.app.scene import SceneError, Stepping, StopAt
    from cnnviz.app.system import library_problem, missing_libraries

    out = _file(options.out, "WINDOW.png")
    trainer = _trainer(options)
    images = trainer.settings.subset
    if options.image >= images:
        message = f"--image {options.image} is not in the subset: name one of 0 to {images - 1}."
        raise UsageError(message)
    iterations = given(options, "iterations", 0 if options.run else DEFAULT_ITERATIONS)
    try:
        stop = StopAt(options.stop_at, iterations) if options.stop_at is not None else None
        stepping = None
        if options.operation is not None:
            stepping = Stepping(options.operation, options.cell, options.view)
        elif options.cell is not None or options.view != VIEWS[0]:
            raise SceneError("--cell and --view are of an operation: name it with --operation.")
    except SceneError as error:
        raise UsageError(str(error)) from None
    if problem := library_problem(missing_libraries(xcb=False)):
        _complain(problem)
        return 1
    if stop is None:
        _iterate(trainer, iterations)

    # Whatever display there is, it is not drawn on; and a pixel is a pixel.
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    for name in ("QT_SCALE_FACTOR", "QT_SCREEN_SCALE_FACTORS"):
        os.environ.pop(name, None)
    from cnnviz.app.snapshot import Picture, SnapshotError, snapshot

    size = (options.size.width, options.size.height)
    look = (options.theme, options.panel, options.image, options.presentation)
    picture = Picture(out, size, *look, stop, stepping)
    try:
        snapshot(trainer, picture)
    except SnapshotError as error:
        raise UsageError(str(error)) from None
    return 0


def _bench(options: argparse.Namespace) -> int:
    from cnnviz.bench.headless import measure_iteration
    from cnnviz.bench.machine import machine
    from cnnviz.bench.report import as_json, table

    if options.rounds < 1:
        message = f"--rounds {options.rounds} takes no time at all: ask for 1 or more."
        raise UsageError(message)
    dataset, source = _dataset(options)
    about = {**machine(), "data": dataset.name, "precision": options.dtype}
    if options.live or options.soak:
        return _bench_window(options, source, about)
    sizes = options.sizes or (2, 20, 200, 2_000, 60_000)
    rows = measure_iteration(dataset, sizes, options.dtype, options.rounds)
    sys.stdout.write(as_json(rows, about) + "\n" if options.json else table(rows, about))
    return 0


def _bench_window(options: argparse.Namespace, source: str, about: "Mapping[str, str]") -> int:
    from cnnviz.app.system import library_problem, missing_libraries

    if problem := library_problem(missing_libraries(xcb=False)):
        _complain(problem)
        return 1
    from cnnviz.bench.window import measure_soak, measure_window
    from cnnviz.bench.window_report import soak_json, soak_table, window_json, window_table

    if options.soak:
        n = (options.sizes or (200,))[0]
        moments = measure_soak(source, n, options.dtype, options.soak)
        said = (soak_json if options.json else soak_table)(moments, about)
    else:
        sizes = options.sizes or (200, 2_000, 60_000)
        windows = list(
            measure_window(source, sizes, options.dtype, options.rounds, options.seconds)
        )
        said = (window_json if options.json else window_table)(windows, about)
    sys.stdout.write(said)
    return 0


def _iterate(trainer: "Trainer", iterations: int) -> None:
    """Train so long, or until an iteration has no result, which is said."""
    from cnnviz.training.blas import blas_on_one_thread

    with blas_on_one_thread(), _bar(iterations) as bar:
        for _ in range(iterations):
            if not trainer.step():
                break
            bar.update()
    if trainer.notice and trainer.notice.final:
        _complain(trainer.notice.summary)


def _bar(iterations: int) -> "tqdm[NoReturn]":
    """Return a progress bar, seen on a terminal only."""
    from tqdm import tqdm

    tqdm.monitor_interval = 0  # never a thread of tqdm's own
    return tqdm(total=iterations, unit=" iterations", disable=None)


def _trainer(options: argparse.Namespace) -> "Trainer":
    """Return a trainer on the recorded run that is named, or on data with settings.

    Raises
    ------
    UsageError, DataError, TrainingError
    """
    from cnnviz.training.trainer import Trainer

    if options.run is None:
        dataset, source = _dataset(options)
        return Trainer(dataset, _settings(options, dataset), source)
    return _recorded(options)


def _recorded(options: argparse.Namespace) -> "Trainer":
    """Return a trainer at the last iteration of a recorded run.

    Its images are those that ``--data`` names, where it does.
    """
    from cnnviz.data.source import load
    from cnnviz.training.restore import restore

    path: Path = options.run
    if options.download:
        message = "--download does not go with a recorded run: fetch MNIST in a call of its own."
        raise UsageError(message)
    if not path.is_file():
        hint = "name a run that `cnnviz train --out` wrote"
        if str(path) in _COMMANDS:
            hint = f"write `cnnviz {path}` first and the options after it"
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
    trainer = restore(path, named)
    if trainer.dataset is not named:
        message = f"--data {options.data} does not hold the images of {path}: leave it out."
        raise UsageError(message)
    return trainer


def _dataset(options: argparse.Namespace) -> "tuple[Dataset, str]":
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
        return load(source), source
    except DataError as error:
        _complain(f"{error} The bundled digits are used instead.")
        return load(BUNDLED), BUNDLED


def _settings(options: argparse.Namespace, dataset: "Dataset") -> "Settings":
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


def _file(path: Path | None, example: str) -> Path:
    if path is None:
        message = f"the file to write is missing: name it with --out {example}."
        raise UsageError(message)
    if path.exists() and not (path.is_file() or path.is_dir()):
        message = f"--out {path} is not a file: name one, such as {example}."
        raise UsageError(message)
    return path


def _complain(message: str) -> None:
    _write(sys.stderr, f"cnnviz: {message}")


def _write(stream: TextIO | None, message: str) -> None:
    """Write one line, whatever characters a file's name brings into it."""
    if stream is not None:
        line = " ".join(message.splitlines())
        stream.write(line.encode(stream.encoding, "backslashreplace").decode(stream.encoding))
        stream.write("\n")


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """Do not hear of Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


if __name__ == "__main__":
    sys.exit(main())
