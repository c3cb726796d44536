"""The events of a run that its pages list."""

from itertools import pairwise

from cnnviz.numerics.number_format import plain
from cnnviz.numerics.tensors import located_text
from cnnviz.training.run.edits import change_words
from cnnviz.training.run.recorded_run import Run


def marks_of(run: Run) -> list[tuple[int, str]]:
    """Return the events of a run: settings changed, values edited, bookmarks."""
    settings, annotations = run.config.settings, run.config.annotations
    marks = [
        (after.iteration, change_words(before.settings, after.settings))
        for before, after in pairwise(settings)
    ]
    marks += [
        (edit.iteration, f"{located_text(edit.tensor, edit.index)} = {plain(edit.value)}, by hand")
        for edit in annotations.edits
    ]
    marks += [(mark.iteration, f"bookmark “{mark.name}”") for mark in annotations.bookmarks]
    return sorted((mark for mark in marks if mark[1]), key=lambda mark: mark[0])
