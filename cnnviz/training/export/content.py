"""What a run is exported as, by the ending of the file."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.blocks import ProgressCallback
from cnnviz.training.export.moment import Moment
from cnnviz.training.export.notebook import as_notebook
from cnnviz.training.export.replay import as_replay
from cnnviz.training.export.table import as_table
from cnnviz.training.run.recorded_run import Run

TABLE: Final = ".csv"
NOTEBOOK: Final = ".ipynb"
REPLAY: Final = ".html"
REPORT: Final = ".report.html"
PDF_REPORT: Final = ".report.pdf"
"""The ending of a report as PDF, which `cnnviz.app.report_pdf` makes."""


def ending_of(path: Path) -> str:
    """Return the ending of a file's name that says what it holds."""
    name = path.name.lower()
    return next((one for one in (REPORT, PDF_REPORT) if name.endswith(one)), path.suffix.lower())


def content_of(
    run: Run,
    dataset: Dataset,
    ending: str,
    iteration: int | None = None,
    blanks: Sequence[str] = (),
    puzzles: Sequence[str] = (),
    *,
    solutions: bool = False,
    on_progress: ProgressCallback = lambda _share: None,
) -> bytes:
    """Return a run as a table, a page that replays it, a report, or one iteration as a notebook.

    The other parameters, and the errors raised, are those of `Moment.of_run`, `as_notebook`,
    `as_replay` and `as_report`.
    """
    if ending == TABLE:
        return as_table(run, on_progress).encode()
    if ending == REPLAY:
        return as_replay(run, dataset, on_progress).encode()
    if ending in (REPORT, PDF_REPORT):
        from cnnviz.training.export.report import as_report  # noqa: PLC0415  (slow: every check)

        return as_report(run, dataset, iteration, on_progress).encode()
    moment = Moment.of_run(run, dataset, iteration)
    return as_notebook(moment, blanks, puzzles, solutions=solutions).encode()
