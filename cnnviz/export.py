"""`cnnviz export`: a recorded run as a table, a page, a report, a notebook, numbers or pictures."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cnnviz.inputs import (
    check_image,
    draw_on_no_display,
    output_file,
    own_code_of_run,
    trainer_of,
)
from cnnviz.option_parser import UsageError, given
from cnnviz.terminal import (
    FAILED,
    SIGNALLED,
    ended_at_once,
    noting_signals,
    progress_bar,
    shortened,
    write,
)

if TYPE_CHECKING:
    from cnnviz.training.run.trainer import Trainer

_PICTURES: Final = (".png", ".svg", ".pdf")
_MOVING: Final = (".gif", ".mp4")
_OF_ALL: Final = (".csv", ".html")
"""The types of file that hold every iteration."""
_NUMBERS: Final = (".npy", ".csv")
_ENDINGS: Final = (*_OF_ALL, ".report.html", ".report.pdf", ".ipynb", *_PICTURES, *_MOVING, ".npy")
_FRAMES: Final = 200
"""Frames of a moving picture of a whole run, about."""


def export(options: argparse.Namespace) -> int:
    """Carry out the command and return the exit status."""
    from cnnviz.training.export.content import ending_of

    out = output_file(options.out, "FILE.ipynb")
    ending = ending_of(out)
    _check(options, out, ending)
    trainer = trainer_of(options)
    check_image(options, trainer)
    with own_code_of_run(trainer, runs=options.run_code):
        return _export(options, trainer, out, ending)


def _export(options: argparse.Namespace, trainer: "Trainer", out: Path, ending: str) -> int:
    """Write the format that the ending names."""
    if ending in _MOVING:
        return _moving(options, trainer, out)
    if "iteration" in options:
        trainer.go_to(options.iteration)
    if ending in _PICTURES:
        return _picture(options, trainer, out)
    if ending == ".report.pdf" and not _can_draw(options):
        return FAILED
    if options.tensor is not None or options.predictions:
        _write_numbers(options, trainer, out)
    else:
        _write_run(options, trainer, out)
    write(f"Exported to {' '.join(str(out).splitlines())}\n")
    return 0


def _check(options: argparse.Namespace, out: Path, ending: str) -> None:
    """Raise `UsageError` for options that do not apply to the format."""
    if ending not in _ENDINGS:
        raise UsageError(
            f"{shortened(str(out))} does not say what to write: end its name in one of "
            f"{', '.join(_ENDINGS)}."
        )
    is_exercise = options.blank or options.puzzle or options.solutions
    if is_exercise and ending != ".ipynb":
        raise UsageError(
            "--blank, --puzzle and --solutions apply to a notebook: end the name in .ipynb."
        )
    if options.tensor is not None and ending not in _NUMBERS:
        raise UsageError("--tensor is written as .npy or .csv: end the name in one of them.")
    if options.predictions and (ending != ".csv" or options.tensor is not None):
        raise UsageError("--predictions are a table by themselves: end the name in .csv.")
    if ending == ".npy" and options.tensor is None:
        raise UsageError("an .npy file holds one tensor: name it with --tensor, as in --tensor dF.")
    is_of_one = options.tensor is not None or options.predictions
    if "iteration" in options and not is_of_one and ending in (*_OF_ALL, *_MOVING):
        raise UsageError(
            "--iteration applies to a report, a notebook, a picture or numbers: a table or a page "
            "that replays has them all, and a moving picture has --iterations."
        )
    if ("iterations" in options or "fps" in options) and ending not in _MOVING:
        raise UsageError(
            "--iterations and --fps apply to a moving picture: end the name in .gif or .mp4."
        )
    if (options.panels or "size" in options) and ending not in (*_PICTURES, *_MOVING):
        raise UsageError("--panels and --size apply to pictures: end the name in .png or .gif.")
    if "image" in options and options.tensor is None and ending not in (*_PICTURES, *_MOVING):
        raise UsageError("--image applies to a picture or to --tensor: leave it out.")
    if options.scale != "1" and ending not in (".png", *_MOVING):
        raise UsageError("--scale applies to pixels: end the name in .png, .gif or .mp4.")


def _write_run(options: argparse.Namespace, trainer: "Trainer", out: Path) -> None:
    """Write every iteration, or one as a notebook."""
    from cnnviz.atomic_file import write_whole
    from cnnviz.training.export.content import PDF_REPORT, content_of, ending_of
    from cnnviz.training.run.run_conversion import snapshot_of

    iteration = given(options, "iteration", None)
    exercise = options.blank, options.puzzle
    with progress_bar(total=100, unit="%") as show, snapshot_of(trainer).opened() as run:

        def report(share: float) -> None:
            show(round(100 * share), 100)
            if options.progress:
                write(f"{round(100 * share)}/100\n")

        content = content_of(
            run,
            trainer.dataset,
            ending_of(out),
            iteration,
            *exercise,
            solutions=options.solutions,
            on_progress=report,
        )
    if ending_of(out) == PDF_REPORT:
        content = _pdf(content)
    write_whole(out, content)


def _write_numbers(options: argparse.Namespace, trainer: "Trainer", out: Path) -> None:
    """Write a tensor or the predictions of the trainer's state."""
    from cnnviz.atomic_file import write_whole
    from cnnviz.training.export.numbers import predictions_table, tensor
    from cnnviz.training.files.tensor_file import write_tensor

    if options.tensor is not None:
        image = given(options, "image", None)
        write_tensor(out, options.tensor, tensor(trainer, options.tensor, image), image)
    else:
        write_whole(out, predictions_table(trainer))


def _picture(options: argparse.Namespace, trainer: "Trainer", out: Path) -> int:
    """Draw the window or panels at the trainer's state."""
    if not _can_draw(options):
        return FAILED
    with ended_at_once():
        from cnnviz.app.snapshot import WindowPicture, snapshot

        size = given(options, "size", (1440, 900))
        look = options.theme, options.panels, given(options, "image", 0)
        snapshot(trainer, WindowPicture(out, size, *look))
    write(f"Exported to {' '.join(str(out).splitlines())}\n")
    return 0


def _moving(options: argparse.Namespace, trainer: "Trainer", out: Path) -> int:
    """Draw panels or the window at one iteration after another."""
    last = trainer.iteration
    iterations = given(options, "iterations", range(0, last + 1, max(1, last // _FRAMES)))
    if iterations[-1] > last:
        raise UsageError(
            f"--iterations {iterations[0]}:{iterations[-1]} goes beyond the run, which has "
            f"iterations 0 to {last:,}."
        )
    if not _can_draw(options):
        return FAILED
    received: list[int] = []
    with ended_at_once():
        from cnnviz.app.moving_picture import MovingPicture, record
    with progress_bar(total=len(iterations), unit=" frames") as show:
        moving = MovingPicture(
            out,
            iterations,
            options.panels,
            given(options, "size", (960, 720) if options.panels else (1200, 760)),
            given(options, "fps", 10.0),
            options.theme,
            given(options, "image", 0),
        )
        with record(trainer, moving) as frames, noting_signals() as received:
            for done, _ in enumerate(frames, 1):
                show(done, len(iterations))
                if options.progress:
                    write(f"{done}/{len(iterations)}\n")
                if received:
                    break
    if received:
        return SIGNALLED + received[0]
    write(f"Exported to {' '.join(str(out).splitlines())}\n")
    return 0


def _pdf(report: bytes) -> bytes:
    """Return a report as a PDF."""
    with ended_at_once():
        from PySide6.QtGui import QGuiApplication

        from cnnviz.app.report_pdf import as_pdf

        application = QGuiApplication.instance() or QGuiApplication([])
        content = as_pdf(report)
        del application
    return content


def _can_draw(options: argparse.Namespace) -> bool:
    """Let Qt draw without a display; complain if its libraries are missing."""
    from cnnviz.pictures import can_draw

    if can_draw():
        draw_on_no_display(options.scale)
        return True
    return False
