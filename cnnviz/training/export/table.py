"""The figures of a run as CSV."""

import csv
import io
from typing import Final

from cnnviz.training.run.recorded_run import Run

HEADER: Final = ("iteration", "loss", "accuracy", "learning_rate", "images", "rule", "precision")


def as_table(run: Run) -> str:
    """Return a line for each iteration: its loss and accuracy, before its update, and settings."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(HEADER)
    marks = iter((*run.config.settings[1:], None))
    settings, following = run.config.settings[0].settings, next(marks)
    for at in range(run.iterations):
        while following is not None and following.iteration <= at:
            settings, following = following.settings, next(marks)
        series = at, repr(float(run.loss[at])), repr(float(run.accuracy[at]))
        rate, rule = repr(settings.learning_rate), settings.rule.title
        writer.writerow((*series, rate, settings.subset, rule, settings.dtype))
    return text.getvalue()
