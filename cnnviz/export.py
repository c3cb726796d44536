"""`cnnviz export`: a recorded run as a table, a page, a report, a notebook or a picture."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Final

from cnnviz.inputs import draw_on_no_display, output_file, trainer_of
from cnnviz.options import UsageError, given
from cnnviz.terminal import FAILED, complain, ended_at_once, shortened, write

if TYPE_CHECKING:
    from cnnviz.training.run.trainer import Trainer

_PICTURES: Final = (".png", ".svg", ".pdf")
_OF_ALL: Final = (".csv", ".html")
"""What holds every iteration."""
_ENDINGS: Final = (*_OF_ALL, ".report.html", ".report.pdf", ".ipynb", *_PICTURES)


def export(options: argparse.Namespace) -> int:
    """Carry out the command and return the exit status."""
    from cnnviz.atomic_file import replacing
    from cnnviz.training.export.content import PDF_REPORT, content_of, ending_of

    out = output_file(options.out, "FILE.ipynb")
    ending = ending_of(out)
    if ending not in _ENDINGS:
        raise UsageError(
            f"{shortened(str(out))} does not say what to write: end its name in one of "
            f"{', '.join(_ENDINGS)}."
        )
    is_exercise = options.blank or options.puzzle or options.solutions
    if is_exercise and ending != ".ipynb":
        raise UsageError("--blank, --puzzle and --solutions are of a notebook: end in .ipynb.")
    trainer = trainer_of(options)
    if "iteration" in options:
        if ending in _OF_ALL:
            raise UsageError(
                "--iteration is of a report, a notebook or a picture: a table or a page that "
                "replays has them all."
            )
        trainer.go_to(options.iteration)
    if ending in _PICTURES:
        return _picture(trainer, out)
    run = trainer.to_run()
    iteration = given(options, "iteration", None)
    exercise = options.blank, options.puzzle
    content = content_of(
        run, trainer.dataset, ending, iteration, *exercise, solutions=options.solutions
    )
    if ending == PDF_REPORT:
        if not _can_draw():
            return FAILED
        content = _pdf(content)
    with replacing(out) as file:
        file.write(content)
    write(f"Exported to {' '.join(str(out).splitlines())}\n")
    return 0


def _picture(trainer: "Trainer", out: Path) -> int:
    """Draw the window at the trainer's state."""
    from cnnviz.app.snapshot_request import SnapshotError

    if not _can_draw():
        return FAILED
    try:
        with ended_at_once():
            from cnnviz.app.snapshot import Picture, snapshot

            snapshot(trainer, Picture(out))
    except SnapshotError as error:
        raise UsageError(str(error)) from None
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


def _can_draw() -> bool:
    """Prepare Qt for drawing without a display; complain if the machine lacks libraries for it."""
    from cnnviz.app.runtime.system_libraries import library_problem, missing_libraries

    if problem := library_problem(missing_libraries(xcb=False)):
        complain(problem)
        return False
    draw_on_no_display()
    return True
