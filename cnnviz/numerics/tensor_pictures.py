"""Tensors as upright pictures: the notebook's arrays are transposed."""

from functools import cache
from math import prod
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cnnviz.numerics.tensors import LENGTHS, PICTURE_AXES, TENSORS, Axis

DOWN: Final[tuple[Axis, ...]] = tuple(down for down, _ in PICTURE_AXES)
ACROSS: Final[tuple[Axis, ...]] = tuple(across for _, across in PICTURE_AXES)


@cache
def axes_of_image(name: str) -> tuple[Axis, ...]:
    """Return the axes of one image's part that have a length, with units as filter, r and c."""
    parts: dict[Axis, tuple[Axis, ...]] = {"j": ("i", "r", "c"), "k": (), "": ()}
    return tuple(part for axis in TENSORS[name].axes for part in parts.get(axis, (axis,)))


@cache
def axes_along(name: str, direction: tuple[Axis, ...]) -> tuple[Axis, ...]:
    """Return the axes of a tensor that run down (`DOWN`) or across (`ACROSS`) its pictures."""
    return tuple(axis for axis in direction if axis in axes_of_image(name))


def upright_pictures(name: str, values: NDArray[Any]) -> NDArray[Any]:
    """Return one image's part of a tensor as pictures, (count, rows, columns)."""
    axes = axes_of_image(name)
    down, across = axes_along(name, DOWN), axes_along(name, ACROSS)
    order = [*(axis for axis in axes if axis == "i"), *down, *across]
    by_axis = values.reshape([LENGTHS[axis] for axis in axes])
    rows, columns = (prod(LENGTHS[axis] for axis in part) for part in (down, across))
    return by_axis.transpose([axes.index(axis) for axis in order]).reshape(-1, rows, columns)


def mosaic(values: NDArray[Any]) -> NDArray[Any]:
    """Lay n numbers out in rows that are about twice as wide as high: (1, rows, columns)."""
    row = values.reshape(-1)
    columns = min(row.size, max(10, 2 * int(np.ceil(np.sqrt(row.size / 2)))))
    rows = -(-row.size // columns)
    missing = False if row.dtype == np.bool_ else np.nan
    filled = np.full(rows * columns, missing, row.dtype)
    filled[: row.size] = row
    return filled.reshape(1, rows, columns)


def pictures_of(name: str, values: NDArray[Any], image: int) -> NDArray[Any]:
    """Return a tensor as pictures, (count, rows, columns): of an image, if it keeps images apart.

    A tensor with one number for each image is one picture of all of them.
    """
    tensor = TENSORS[name]
    if tensor.is_number_per_image:
        return mosaic(values)
    axis = tensor.image_axis(values.ndim)
    return upright_pictures(name, values if axis is None else np.take(values, image, axis))


def in_a_row(pictures: NDArray[Any], gap: int) -> NDArray[np.float64]:
    """Return pictures, (count, rows, columns), beside each other as one, with NaN between them."""
    first, *others = pictures
    empty = np.full((len(first), gap), np.nan)
    return np.hstack([first, *(part for other in others for part in (empty, other))])
