"""Cells of tensors by image, filter, row and column, as they are seen."""

from collections.abc import Mapping
from typing import Final

import numpy as np

from cnnviz.numerics.network import FILTER_COUNT, MAP_SIZE, Floats, ravel_unit, unravel_unit
from cnnviz.numerics.tensor_pictures import ACROSS, DOWN
from cnnviz.numerics.tensors import PICTURE_AXES, TENSORS, Axis
from cnnviz.teaching.errors import ExpressionError
from cnnviz.teaching.lesson import CellName


def picture_axes(axes: tuple[Axis, ...]) -> tuple[Axis, Axis]:
    """Return which axes run down and across the pictures of a tensor.

    Raises ExpressionError if it has no pictures.
    """
    for down, across in PICTURE_AXES:
        if down in axes and across in axes and len([a for a in axes if a in "rcuv"]) <= 2:
            return down, across
    raise ExpressionError("this tensor has no pictures to point at.")


def index_of(cell: CellName, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Return the index of a cell in its tensor, of this shape.

    Raises ExpressionError if the tensor has no such cell, or the name leaves open which it is.
    """
    axes = TENSORS[cell.tensor].axes[: len(shape)]
    at: dict[str, int | None] = {
        "k": cell.image,
        "i": None if cell.filter is None else cell.filter - 1,
        "": 0,
    }
    row = None if cell.row is None else cell.row - 1
    column = None if cell.column is None else cell.column - 1
    for down, across in PICTURE_AXES:
        at[down], at[across] = row, column
    if "j" in axes:
        if cell.filter is None or row is None or column is None:
            raise ExpressionError(f"say which filter, row and column of {cell.tensor} is meant.")
        if not (cell.filter <= FILTER_COUNT and max(row, column) < MAP_SIZE):
            raise ExpressionError(_outside(cell))
        at["j"] = ravel_unit(cell.filter - 1, column, row)
    index = []
    for axis, length in zip(axes, shape, strict=True):
        number = at.get(axis)
        if number is None:
            raise ExpressionError(f"say which {_WORDS[axis]} of {cell.tensor} is meant.")
        if not 0 <= number < length:
            raise ExpressionError(_outside(cell))
        index.append(number)
    return tuple(index)


_WORDS: Final[Mapping[Axis, str]] = {
    "k": "image",
    "i": "filter",
    "j": "unit",
    **dict.fromkeys(DOWN, "row"),
    **dict.fromkeys(ACROSS, "column"),
    "": "entry",
}


def seen_at(tensor: str, index: tuple[int, ...]) -> CellName:
    """Return the name of a cell of a tensor by its index; the inverse of `index_of`."""
    at: dict[str, int] = dict(zip(TENSORS[tensor].axes, index, strict=False))
    if "j" in at:
        at["i"], at["r"], at["c"] = unravel_unit(at["j"])
    row, column = (
        next((at[axes[down]] + 1 for axes in PICTURE_AXES if axes[down] in at), None)
        for down in (0, 1)
    )
    filter_ = at["i"] + 1 if "i" in at else None
    return CellName(tensor, at.get("k"), filter_, row, column)


def unfold_units(axes: tuple[Axis, ...], values: Floats) -> tuple[tuple[Axis, ...], Floats]:
    """Return a tensor whose axis of units is split into filter, column and row."""
    at = axes.index("j")
    shape = (FILTER_COUNT, MAP_SIZE, MAP_SIZE)
    unfolded = values.reshape(*values.shape[:at], *shape, *values.shape[at + 1 :])
    return (*axes[:at], "i", "r", "c", *axes[at + 1 :]), unfolded


def restrict(cell: CellName, values: Floats) -> tuple[tuple[Axis, ...], Floats]:
    """Return the part of a tensor that a name without row and column leaves, with its axes.

    Raises ExpressionError if there is no such image or filter.
    """
    axes = TENSORS[cell.tensor].axes[: values.ndim]
    if "j" in axes and cell.filter is not None:
        axes, values = unfold_units(axes, values)
    wanted: tuple[tuple[Axis, int | None], ...] = (
        ("k", cell.image),
        ("i", None if cell.filter is None else cell.filter - 1),
    )
    for axis, number in wanted:
        if number is None or axis not in axes:
            continue
        at = axes.index(axis)
        if not 0 <= number < values.shape[at]:
            raise ExpressionError(_outside(cell))
        axes, values = axes[:at] + axes[at + 1 :], np.take(values, [number], at).squeeze(at)
    return axes, values


def picture_of(cell: CellName, values: Floats) -> Floats:
    """Return the upright picture, shape (rows, columns), that a name without row and column leaves.

    Raises ExpressionError if there is none, or several.
    """
    axes, part = restrict(cell, values)
    down, across = picture_axes(axes)
    if len(axes) > len((down, across)):
        raise ExpressionError(f"say which image and which filter of {cell.tensor} is meant.")
    return part if axes == (down, across) else part.T


def _outside(cell: CellName) -> str:
    parts = ("image", "filter", "row", "column")
    named = ", ".join(f"{p} {getattr(cell, p)}" for p in parts if getattr(cell, p) is not None)
    return f"{cell.tensor} has no {named}."
