"""One cell of the network's pictures, described with the notebook's indices.

Pictures are upright and the notebook's arrays transposed: a picture's column is the notebook's
first index of the two, its row the second.
"""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Literal

from cnnviz.numerics.network import MAP_CELLS, MAP_SIZE, ravel_unit
from cnnviz.numerics.number_format import compact
from cnnviz.numerics.tensors import located_text, seen_position
from cnnviz.training.loop.frame import Frame
from cnnviz.training.run.predictions import ImageView


class Column(IntEnum):
    """The columns of pictures, as the data flows."""

    IMAGE = 0
    FILTERS = 1
    MAPS = 2
    DENSE = 3


@dataclass(frozen=True, slots=True)
class Shown:
    """Which of two quantities the maps show."""

    maps: Literal["A", "C"] = "A"
    """The feature maps after the sigmoid, or before."""
    dense: Literal["wo", "wo·a"] = "wo"
    """The dense weights, or what each adds to z for the selected image."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a picture."""

    column: Column
    i: int
    """Which of the column's pictures: the filter, from 0; 0 for the image."""
    row: int
    col: int
    """row, col: in the upright picture."""


def cell_readout(cell: Cell, frame: Frame, shown: Shown) -> str:
    """Say which cell it is, as seen and as the notebook indexes it, and its value."""
    view, i, row, col = frame.image, cell.i, cell.row, cell.col
    k = view.index
    if view.outside is not None and cell.column in (Column.IMAGE, Column.MAPS):
        return _outside_readout(cell, view, view.outside.name, shown)
    unit = ravel_unit(i, col, row)
    match cell.column:
        case Column.IMAGE:
            grey = int(view.image[row, col])
            name = located_text("X", (col, row, k))
            return f"{name} = {_value(grey / 255)}: grey level {grey} of 255"
        case Column.FILTERS:
            value = _value(frame.filters[i, row, col])
            return f"{located_text('f', (col, row, i))} = {value}: weight of filter {i + 1}"
        case Column.MAPS:
            name = located_text(shown.maps, (k, i, col, row))
            before = _value(view.maps[i, row, col])
            if shown.maps == "C":
                return f"{name} = {before}: filter {i + 1} on the outlined pixels"
            return f"{name} = {_value(view.activations[i, row, col])} = σ(C), C = {before}"
        case Column.DENSE:
            place = seen_position("wo", (unit, 0))
            weight = _value(frame.dense[i, row, col])
            if shown.dense == "wo":
                index = f"wo[{i}·{MAP_CELLS} + {col}·{MAP_SIZE} + {row}]"
                return f"{place} · {index} = wo[{unit}] = {weight}: weighs the outlined unit"
            value = _value(view.contributions[i, row, col])
            entry = f"a[{unit}, {k}]" if view.outside is None else f"a[{unit}]"
            return f"{place} · wo[{unit}] · {entry} = {value}: added to z"


def _outside_readout(cell: Cell, view: ImageView, name: str, shown: Shown) -> str:
    """Describe a cell of an image that is not in the batch, with its value."""
    i, row, col = cell.i, cell.row, cell.col
    if cell.column == Column.IMAGE:
        grey = int(view.image[row, col])
        return (
            f"{name}, row {row + 1}, column {col + 1} = {_value(grey / 255)}: "
            f"grey level {grey} of 255"
        )
    where = f"{name}, filter {i + 1}, row {row + 1}, column {col + 1}"
    before = _value(view.maps[i, row, col])
    if shown.maps == "C":
        return f"{where}: C = {before}: filter {i + 1} on the outlined pixels"
    return f"{where}: A = {_value(view.activations[i, row, col])} = σ(C), C = {before}"


_PICTURES: Final = {
    Column.FILTERS: "filter",
    Column.MAPS: "feature map",
    Column.DENSE: "dense map",
}


def spoken_cell(cell: Cell, frame: Frame, shown: Shown) -> str:
    """Say briefly which cell it is and its value: ``filter 2, row 3, column 1, 0.64``."""
    view, at = frame.image, (cell.i, cell.row, cell.col)
    match cell.column:
        case Column.IMAGE:
            picture, number = f"image {view.index}", view.image[cell.row, cell.col] / 255
        case Column.FILTERS:
            number = frame.filters[at]
        case Column.MAPS:
            number = (view.maps if shown.maps == "C" else view.activations)[at]
        case Column.DENSE:
            number = (frame.dense if shown.dense == "wo" else view.contributions)[at]
    if cell.column != Column.IMAGE:
        picture = f"{_PICTURES[cell.column]} {cell.i + 1}"
    return f"{picture}, row {cell.row + 1}, column {cell.col + 1}, {_value(number)}"


def _value(number: float) -> str:
    return compact(float(number), 4)
