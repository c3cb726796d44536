"""The command line: the window, `train`, `snapshot` and `bench`."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cnnviz.inputs import dataset_of, settings_of, trainer_of
from cnnviz.options import (
    DEFAULT_ITERATIONS,
    VIEWS,
    UsageError,
    bench_parser,
    given,
    snapshot_parser,
    train_parser,
    window_parser,
)
from cnnviz.terminal import complain, ended_at_once, progress_bar, uninterrupted, write

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.app.window.main_window import MainWindow
    from cnnviz.training.run.trainer import Trainer

WRONG_USAGE: Final = 2
ENDED_EARLY: Final = 1
"""Fewer iterations were done than were wanted."""
INTERRUPTED: Final = 130


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
        complain(str(error))
        return WRONG_USAGE
    except MemoryError:
        complain("there is not enough memory for this: use a smaller --subset or --dtype float32.")
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
    from cnnviz.app.runtime.display import window_problem
    from cnnviz.app.runtime.thread_priority import start

    start()
    options = window_parser().read(words)
    trainer = trainer_of(options)
    if problem := window_problem(os.environ, sys.platform):
        complain(problem)
        return 1
    with ended_at_once():
        from cnnviz.app.application import run_window

        return run_window(trainer, opened)


def _train(options: argparse.Namespace) -> int:
    from cnnviz.numerics.number_format import percent
    from cnnviz.training.files.recorder import record
    from cnnviz.training.files.run_file import write_run
    from cnnviz.training.limits import check_disk_space

    out, iterations = (
        _file(options.out, "RUN.npz"),
        given(options, "iterations", DEFAULT_ITERATIONS),
    )
    dataset, source = dataset_of(options)
    settings = settings_of(options, dataset)
    check_disk_space(out, iterations, settings.numpy_dtype)
    with progress_bar(iterations) as bar:

        def show(_done: int, _all: int) -> None:
            bar.update()

        recording = record(dataset, settings, iterations, show, source)
    for notice in recording.notices:
        complain(notice.summary)
    run = recording.run
    with uninterrupted():  # what was reached is kept, however often Ctrl-C is pressed
        write_run(out, run)
    said = "1 iteration" if run.iterations == 1 else f"{run.iterations:,} iterations"
    if run.iterations < iterations:
        said = f"{run.iterations:,} of {iterations:,} iterations"
    if run.iterations:
        said += f", loss {run.loss[-1]:.4f}, accuracy {percent(run.accuracy[-1])}"
    write(sys.stdout, f"{said}, recorded in {out}")
    if recording.interrupted:
        return INTERRUPTED
    return 0 if run.iterations == iterations else ENDED_EARLY


def _snapshot(options: argparse.Namespace) -> int:
    from cnnviz.app.runtime.system_libraries import library_problem, missing_libraries
    from cnnviz.app.snapshot_request import DebugSession, SceneError, StopAt

    out = _file(options.out, "WINDOW.png")
    trainer = trainer_of(options)
    images = trainer.settings.subset
    if options.image >= images:
        message = f"--image {options.image} is not in the subset: name one of 0 to {images - 1}."
        raise UsageError(message)
    iterations = given(options, "iterations", 0 if options.run else DEFAULT_ITERATIONS)
    try:
        stop = StopAt(options.stop_at, iterations) if options.stop_at is not None else None
        stepping = None
        if options.operation is not None:
            stepping = DebugSession(options.operation, options.cell, options.view)
        elif options.cell is not None or options.view != VIEWS[0]:
            raise SceneError("--cell and --view are of an operation: name it with --operation.")
    except SceneError as error:
        raise UsageError(str(error)) from None
    if problem := library_problem(missing_libraries(xcb=False)):
        complain(problem)
        return 1
    if stop is None:
        _iterate(trainer, iterations)

    # Whatever display there is, it is not drawn on; and a pixel is a pixel.
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    for name in ("QT_SCALE_FACTOR", "QT_SCREEN_SCALE_FACTORS"):
        os.environ.pop(name, None)
    with ended_at_once():
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
    from cnnviz.app.runtime.system_libraries import library_problem, missing_libraries
    from cnnviz.bench.machine import machine
    from cnnviz.bench.report import as_json

    if options.rounds is None:
        options.rounds = 30 if options.live else 7
    if options.rounds < 1:
        message = f"--rounds {options.rounds} takes no time at all: ask for 1 or more."
        raise UsageError(message)
    dataset, source = dataset_of(options)
    about = {**machine(), "data": dataset.name, "precision": options.dtype}
    if (options.live or options.soak) and (
        problem := library_problem(missing_libraries(xcb=False))
    ):
        complain(problem)
        return 1
    if options.soak:
        from cnnviz.bench import soak
        from cnnviz.bench.window import measure_soak

        n = (options.sizes or (200,))[0]
        moments = measure_soak(source, n, options.dtype, options.soak)
        report = as_json("soak", moments, about) if options.json else soak.report(moments, about)
    elif options.live:
        from cnnviz.bench import window

        sizes = options.sizes or (200, 2_000, 60_000)
        measured = window.measure_window(
            source, sizes, options.dtype, options.rounds, options.seconds
        )
        windows = list(measured)
        report = (
            as_json("window", windows, about) if options.json else window.report(windows, about)
        )
    else:
        from cnnviz.bench import headless

        sizes = options.sizes or (2, 20, 200, 2_000, 60_000)
        rows = headless.measure_iteration(dataset, sizes, options.dtype, options.rounds)
        report = as_json("iteration", rows, about) if options.json else headless.report(rows, about)
    sys.stdout.write(report)
    return 0


def _iterate(trainer: "Trainer", iterations: int) -> None:
    """Train so long, or until an iteration has no result, which is said."""
    from cnnviz.training.blas import blas_on_one_thread

    with blas_on_one_thread(), progress_bar(iterations) as bar:
        for _ in range(iterations):
            if not trainer.step():
                break
            bar.update()
    if trainer.notice and trainer.notice.final:
        complain(trainer.notice.summary)


def _file(path: Path | None, example: str) -> Path:
    from cnnviz.atomic_file import UnwritableFileError, check_writable

    if path is None:
        message = f"the file to write is missing: name it with --out {example}."
        raise UsageError(message)
    try:
        check_writable(path)
    except UnwritableFileError as error:
        raise UsageError(str(error)) from None
    return path
