"""Exports of pyqtgraph's plots and pictures, without the known faults of its exporters.

Two of them are not used at all. The one for CSV writes the points that are drawn in place of the
values, and ten digits after the decimal point, which leaves nothing of small ones. The one for
pictures rounds their height down, and draws marks too small on a screen with fine pixels. Without
the one for SVG, which PySide6 6.11 and later lack, drawings are Qt's.
"""

import csv
import io
import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import zip_longest
from typing import Any, Final, cast

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from pyqtgraph.exporters import SVGExporter
from PySide6.QtCore import QRect

from cnnviz.app.picture_file import Picture
from cnnviz.app.widgets.export import Export
from cnnviz.app.widgets.save_dialog import DRAWING, TABLE, FileType

Columns = Sequence[tuple[str, NDArray[Any]]]
"""The names of a table's columns and their numbers; a shorter one ends earlier."""

_BOX: Final = re.compile(r'viewBox ="[^"]*"')
_PAPER: Final = re.compile(r'<rect width="100%" height="100%"')
_CLIP: Final = re.compile(r"<clipPath .*?</clipPath>", re.DOTALL)
_FAMILY: Final = re.compile(r'font-family="([^",]*|&quot;[^",]*&quot;)"')


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
    contents: dict[FileType, Callable[[], bytes]] = {}
    with suppress(ValueError):
        drawing = svg(view, part)
        contents[DRAWING] = lambda: drawing
    if columns:
        contents[TABLE] = lambda: table(columns)
    return Export.of_picture(name, Picture(view, part, fine=True), contents)


def svg(view: pg.GraphicsView, part: QRect) -> bytes:
    """Draw a part of a view as SVG, with its size and with fonts that other machines have."""
    text = cast("bytes", SVGExporter(view.scene()).export(toBytes=True)).decode()
    size = part.size()
    view_box = f"{part.left()} {part.top()} {size.width()} {size.height()}"
    box = f'width="{size.width()}" height="{size.height()}" viewBox="{view_box}"'
    text = _BOX.sub(box, text, count=1)
    at = f'x="{part.left()}" y="{part.top()}" width="{size.width()}" height="{size.height()}"'
    text = _PAPER.sub(f"<rect {at}", text, count=1)  # not all programs know percentages
    text = _CLIP.sub(r"<defs>\g<0></defs>", text)  # some draw what is not in definitions
    return _FAMILY.sub(_with_generic_family, text).encode()


def _with_generic_family(match: re.Match[str]) -> str:
    """Return a font with one of every machine after it; Qt leaves its aliases without."""
    family = match[1].removeprefix("&quot;").removesuffix("&quot;")
    generic = "monospace" if "mono" in family.lower() else "sans-serif"
    return f'font-family="{family}, {generic}"' if family != generic else match[0]


def table(columns: Columns) -> bytes:
    """Write columns as CSV, with all digits that it takes to read the same numbers.

    Undefined numbers are left out, as spreadsheets expect it.
    """
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(name for name, _ in columns)
    rows.writerows(zip_longest(*(_cells(values) for _, values in columns), fillvalue=""))
    return text.getvalue().encode()


def _cells(values: NDArray[Any]) -> list[object]:
    """Return numbers as Python's, whose text is the shortest that gives the same number."""
    numbers = values.tolist()
    if values.dtype == np.float32:
        numbers = [float(str(value)) for value in values]
    return ["" if number != number else number for number in numbers]  # only NaN differs
