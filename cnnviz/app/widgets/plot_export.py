"""Exports of pyqtgraph's plots and pictures, without the known faults of its exporters.

None of them is used. The one for CSV writes the points that are drawn in place of the values, and
ten digits after the decimal point, which leaves nothing of small ones. The one for pictures rounds
their height down, and draws marks too small on a screen with fine pixels. The one for SVG is not
in PySide6 6.11 and later.
"""

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import zip_longest
from typing import Any, Final

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QRect

from cnnviz.app.picture_file import Picture
from cnnviz.app.widgets.export import Content, Export
from cnnviz.app.widgets.save_dialog import TABLE, FileType
from cnnviz.numerics.blocks import report_progress

Columns = Sequence[tuple[str, NDArray[Any]]]
"""The names of a table's columns and their numbers; a shorter one ends earlier."""
_BLOCK: Final = 2_000
"""Rows that are written at once; no other thread runs meanwhile."""


def plot_export(
    name: str, view: pg.GraphicsView, columns: Columns = (), part: QRect | None = None
) -> Export:
    """Return a view's picture, or a part of it, as it is now, with the numbers that it shows.

    Parameters
    ----------
    name : str
        What it shows.
    columns : sequence
        The numbers; without any, no table is offered.
    part : QRect, optional
        The part of the view in its pixels.
    """
    part = part or view.viewport().rect()
    contents: dict[FileType, Callable[[], Content]] = {}
    if columns:
        contents[TABLE] = lambda: table(columns)
    return Export.of_picture(name, Picture(view, part, fine=True), contents)


def table(columns: Columns) -> Iterator[bytes]:
    """Return columns as CSV, with all digits that it takes to read the same numbers.

    Undefined numbers are left out, as spreadsheets expect it. The parts are written one by one,
    with the progress reported, so that a long table neither holds up training nor fills the memory.
    """
    yield _lines([[name for name, _ in columns]])
    length = max(len(values) for _, values in columns)
    for start in range(0, length, _BLOCK):
        block = slice(start, start + _BLOCK)
        cells = [_cells(values[block]) for _, values in columns]
        yield _lines(zip_longest(*cells, fillvalue=""))
        report_progress(min(1.0, block.stop / length))


def _lines(rows: Iterable[Iterable[object]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()


def _cells(values: NDArray[Any]) -> list[object]:
    """Return numbers as Python's, whose text is the shortest that gives the same number."""
    numbers = values.tolist()
    if values.dtype == np.float32:
        numbers = [float(str(value)) for value in values]
    return ["" if number != number else number for number in numbers]  # only NaN differs
