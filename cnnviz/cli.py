"""The command line: the window, and the commands beside it."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cnnviz.app.errors import SnapshotError
from cnnviz.atomic_file import UnwritableFileError
from cnnviz.data.errors import DataError
from cnnviz.debugger_views import VIEWS
from cnnviz.home import provide_home
from cnnviz.inputs import (
    advance,
    check_command,
    check_image,
    dataset_of,
    draw_on_no_display,
    extended_settings,
    output_file,
    rule_named,
    settings_of,
    trainer_of,
)
from cnnviz.notebooks.errors import NotebookError
from cnnviz.option_parser import UsageError, given
from cnnviz.options import (
    DEFAULT_ITERATIONS,
    bench_parser,
    check_parser,
    compare_parser,
    export_parser,
    lesson_parser,
    sessions_parser,
    snapshot_parser,
    train_parser,
    window_parser,
)
from cnnviz.sandbox.errors import InterpreterError
from cnnviz.terminal import (
    FAILED,
    INTERRUPTED,
    SIGNALLED,
    WRONG_USAGE,
    OutputError,
    SignalError,
    complain,
    ended_at_once,
    flush_streams,
    interruptible,
    prepare_streams,
    progress_bar,
    shortened,
    uninterrupted,
    write,
)
from cnnviz.training.errors import TrainingError

# Nothing heavy is imported above this line: a wrong command line does not wait for numpy.

if TYPE_CHECKING:
    from collections.abc import Callable

    from cnnviz.app.window.main_window import MainWindow
    from cnnviz.data.dataset import Dataset

_REFUSALS: Final = (
    UsageError,
    DataError,
    TrainingError,
    UnwritableFileError,
    NotebookError,
    InterpreterError,
    SnapshotError,
)
"""Errors whose message says what is wrong with what the person asked for."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program for a command line, `sys.argv`'s by default, and return its exit status."""
    try:
        prepare_streams()
        provide_home()
        return _run(sys.argv[1:] if arguments is None else arguments)
    except SystemExit as end:  # of --help and --version
        return int(end.code or 0)
    except _REFUSALS as error:
        complain(str(error))
        return WRONG_USAGE
    except OutputError as error:
        complain(str(error))
    except MemoryError:
        complain("there is not enough memory for this: use a smaller --subset or --dtype float32.")
    except BrokenPipeError:
        pass  # whoever read the output wants no more of it
    except OSError as error:
        what = shortened(str(error.filename or "something that cnnviz needs"))
        complain(f"{what} cannot be used ({error.strerror or error}): check its permissions.")
    except SignalError as error:
        return SIGNALLED + error.number
    except KeyboardInterrupt:
        return INTERRUPTED
    finally:
        flush_streams()
    return FAILED


def _run(words: Sequence[str]) -> int:
    command = words[0] if words else ""
    if command == "train":
        return _train(train_parser().read(words[1:]))
    if command == "check":
        from cnnviz.check import check

        return check(check_parser().read(words[1:]))
    if command == "compare":
        return _compare(compare_parser().read(words[1:]))
    if command == "lesson":
        return _lesson(lesson_parser().read(words[1:]))
    if command == "export":
        from cnnviz.export import export

        return export(export_parser().read(words[1:]))
    if command == "sessions":
        from cnnviz.sessions import sessions

        return sessions(sessions_parser().read(words[1:]))
    if command == "snapshot":
        return _snapshot(snapshot_parser().read(words[1:]))
    if command == "bench":
        return _bench(bench_parser().read(words[1:]))
    return open_window(words)


def open_window(
    words: Sequence[str], opened: "Callable[[MainWindow], object] | None" = None
) -> int:
    """Open the window for a command line, and return the exit status when it is closed.

    `opened` is called with the window once it has been shown.
    """
    from cnnviz.app.runtime.display import window_problem
    from cnnviz.app.runtime.thread_priority import start

    start()
    check_command(words)
    options = window_parser().read(words)
    if options.check_setup:
        from cnnviz.app.check_setup import check_setup

        return check_setup()
    trainer = trainer_of(options)
    if problem := window_problem(os.environ, sys.platform):
        complain(problem)
        return FAILED
    with ended_at_once():
        from cnnviz.app.application import run_window

        return run_window(trainer, opened)


def _train(options: argparse.Namespace) -> int:
    from cnnviz.numerics.errors import NumericsError
    from cnnviz.numerics.number_format import percent
    from cnnviz.training.files.recorder import record
    from cnnviz.training.files.run_file import write_run
    from cnnviz.training.limits import check_disk_space

    out = output_file(options.out, "RUN.npz", "run")
    iterations = given(options, "iterations", DEFAULT_ITERATIONS)
    dataset, source = dataset_of(options)
    check_disk_space(out, iterations, settings_of(options, dataset).numpy_dtype)
    with interruptible() as signals:
        try:
            with (
                extended_settings(options, dataset) as settings,
                progress_bar(total=iterations, unit=" iterations") as show,
            ):
                recording = record(dataset, settings, iterations, show, source, options.held_out)
        except NumericsError as error:
            raise UsageError(f"{options.code}, {error}") from None
        run = recording.run
        with uninterrupted():
            write_run(out, run)
    for notice in recording.notices:
        complain(notice.summary)
    done = "1 iteration" if run.iterations == 1 else f"{run.iterations:,} iterations"
    if run.iterations < iterations:
        done = f"{run.iterations:,} of {iterations:,} iterations"
    if run.iterations:
        done += f", loss {run.loss[-1]:.4f}, accuracy {percent(run.accuracy[-1])}"
        done += f" at iteration {run.iterations - 1:,}"  # the last one's, before its update
    if held_out := len(run.held_out):
        images, at = run.held_out.images[-1], run.held_out.iteration[-1]
        figures = f"{run.held_out.loss[-1]:.4f}, accuracy {percent(run.held_out.accuracy[-1])}"
        done += f", {images:,} held-out images after {at:,}: loss {figures} ({held_out} states)"
    write(f"{done}, recorded in {' '.join(str(out).splitlines())}\n")
    if recording.interrupted:
        return SIGNALLED + signals[0]
    return 0 if run.iterations == iterations else FAILED


def _compare(options: argparse.Namespace) -> int:
    from cnnviz.atomic_file import write_whole
    from cnnviz.bench.report import table
    from cnnviz.training.comparison import report
    from cnnviz.training.comparison.compare import compare

    out = None if options.out is None else output_file(options.out, "RULES.csv", "table")
    if options.lockstep is not None:
        return _lockstep(options, out)
    if "amount" in options:
        raise UsageError("--amount applies to two rules: name them with --lockstep.")
    dataset, _ = dataset_of(options)
    settings = settings_of(options, dataset)
    with progress_bar(unit=" iterations") as show:
        comparison = compare(dataset, settings, options.iterations, show)
    if out is not None:
        write_whole(out, report.as_csv(comparison).encode())
    if options.json:
        write(report.as_json(comparison))
    else:
        write(f"{table(report.HEADER, report.rows(comparison))}\n{report.sentences(comparison)}")
    return 0


def _lockstep(options: argparse.Namespace, out: Path | None) -> int:
    from cnnviz.atomic_file import write_whole
    from cnnviz.bench.report import table
    from cnnviz.training.comparison import lockstep_report as report
    from cnnviz.training.comparison.lockstep import AMOUNT, lockstep

    first, second = map(rule_named, options.lockstep)
    dataset, _ = dataset_of(options)
    settings, iterations = settings_of(options, dataset), options.iterations
    with progress_bar(total=iterations, unit=" iterations") as show:
        amount = given(options, "amount", AMOUNT)
        found = lockstep(
            dataset,
            settings,
            (first, second),
            iterations,
            amount,
            lambda share: show(round(share * iterations), iterations),
        )
    if out is not None:
        write_whole(out, report.as_csv(found).encode())
    if options.json:
        write(report.as_json(found))
    else:
        rows = report.rows(found)
        write(f"{table(report.HEADER, rows)}\n" if rows else "")
        write(report.sentences(found))
    return 0


def _lesson(options: argparse.Namespace) -> int:
    from cnnviz.data.source import load
    from cnnviz.numerics.number_format import counted
    from cnnviz.teaching.checker import check_file
    from cnnviz.teaching.laboratory import Laboratory
    from cnnviz.teaching.library import bundled_folder, lesson_files
    from cnnviz.teaching.reader import read_lesson

    laboratory, status = Laboratory(load), 0
    for name in options.files:
        paths = lesson_files(name) if name.is_dir() else (name,)
        if not paths:
            raise UsageError(f"{shortened(str(name))} holds no lesson: lessons end in .md.")
        for path in paths:
            errors = check_file(path, laboratory)
            for error in errors:
                write(f"{error}\n")
            if errors:
                status = FAILED
                continue
            lesson = read_lesson(path)
            steps = counted(len(lesson.steps), "step")
            questions = counted(len(lesson.questions), "question")
            write(f"{path}: “{lesson.title}” is right: {steps}, {questions}.\n")
    if status:
        write(f"Everything that a lesson may contain: {bundled_folder() / 'README.md'}\n")
    return status


def _snapshot(options: argparse.Namespace) -> int:
    from cnnviz.app.snapshot_request import DebuggedOperation, StopAt
    from cnnviz.pictures import can_draw

    out = output_file(options.out, "WINDOW.png")
    trainer = trainer_of(options)
    check_image(options, trainer)
    iterations = given(options, "iterations", 0 if options.run else DEFAULT_ITERATIONS)
    stop = StopAt(options.stop_at, iterations) if options.stop_at is not None else None
    debugged = None
    if options.operation is not None:
        debugged = DebuggedOperation(options.operation, options.cell, options.view)
    elif options.cell is not None or options.view != VIEWS[0]:
        raise UsageError("--cell and --view apply to an operation: name it with --operation.")
    if not can_draw():
        return FAILED
    if stop is None:
        advance(trainer, iterations)
    draw_on_no_display(options.scale)
    with ended_at_once():
        from cnnviz.app.snapshot import WindowPicture, snapshot

        panels = () if options.panel is None else (options.panel,)
        look = (options.theme, panels, options.image, options.presentation)
        arrangement = options.workspace, options.lesson
        snapshot(trainer, WindowPicture(out, options.size, *look, stop, debugged, *arrangement))
    return 0


def _bench(options: argparse.Namespace) -> int:
    from cnnviz.pictures import can_draw

    rounds = (30 if options.live else 7) if options.rounds is None else options.rounds
    if rounds < 1:
        raise UsageError(f"--rounds {rounds} takes no time at all: ask for 1 or more.")
    dataset, source = dataset_of(options)
    if (options.live or options.soak) and not can_draw():
        return FAILED
    with interruptible():
        text = _measured(options, dataset, source, rounds)
    write(text)
    return 0


def _measured(options: argparse.Namespace, dataset: "Dataset", source: str, rounds: int) -> str:
    """Return the report of a benchmark."""
    from cnnviz.bench.machine import machine
    from cnnviz.bench.report import as_json

    about = {**machine(), "data": dataset.name, "precision": options.dtype}
    if options.soak:
        from cnnviz.bench import soak

        n = (options.sizes or (200,))[0]
        moments = soak.measure_soak(source, n, options.dtype, options.soak)
        return as_json("soak", moments, about) if options.json else soak.report(moments, about)
    if options.live:
        from cnnviz.bench import window

        sizes = options.sizes or (200, 2_000, 60_000)
        windows = window.measure_window(source, sizes, options.dtype, rounds, options.seconds)
        return as_json("window", windows, about) if options.json else window.report(windows, about)
    from cnnviz.bench import headless

    sizes = options.sizes or (2, 20, 200, 2_000, 60_000)
    rows = headless.measure_iteration(dataset, sizes, options.dtype, rounds)
    return as_json("iteration", rows, about) if options.json else headless.report(rows, about)


if __name__ == "__main__":
    sys.exit(main())
