"""The figures of a run as CSV."""

from collections.abc import Iterator
from typing import Final

from cnnviz.csv_text import csv_text
from cnnviz.numerics.blocks import ProgressCallback
from cnnviz.training.run.recorded_run import Run

HELD_OUT: Final = ("held_out_loss", "held_out_accuracy", "held_out_images")
"""Columns at the end, if states were evaluated on held-out images; empty where one was not."""
_BLOCK: Final = 10_000
"""Lines between reports of the progress."""
HEADER: Final = ("iteration", "loss", "accuracy", "learning_rate", "images", "rule", "precision")


def as_table(run: Run, on_progress: ProgressCallback = lambda _share: None) -> str:
    """Return a line for each iteration: its loss and accuracy, before its update, and settings.

    If states were evaluated on held-out images, so is the state after the last iteration, and the
    last line has its figures and no others.
    """
    return csv_text(_rows(run, on_progress))


def _rows(run: Run, on_progress: ProgressCallback) -> Iterator[tuple[object, ...]]:
    held_out = run.held_out
    yield (*HEADER, *HELD_OUT) if len(held_out) else HEADER
    evaluated = {
        at: (repr(loss), repr(accuracy), images)
        for at, loss, accuracy, images in zip(
            *(getattr(held_out, name).tolist() for name in ("iteration", "loss", "accuracy")),
            held_out.images.tolist(),
            strict=True,
        )
    }
    empty = ("",) * len(HELD_OUT) if evaluated else ()
    marks = iter((*run.config.settings[1:], None))
    settings, following = run.config.settings[0].settings, next(marks)
    for at in range(run.iterations):
        while following is not None and following.iteration <= at:
            settings, following = following.settings, next(marks)
        series = at, repr(float(run.loss[at])), repr(float(run.accuracy[at]))
        rate, rule = repr(settings.learning_rate), settings.rule.title
        kept = rate, settings.subset, rule, settings.dtype
        yield *series, *kept, *evaluated.get(at, empty)
        if at % _BLOCK == 0:
            on_progress(at / run.iterations)
    if last := evaluated.get(run.iterations):
        yield run.iterations, *[""] * (len(HEADER) - 1), *last
