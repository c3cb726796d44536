"""How a tensor is laid out as upright pictures, and which of its cells each of theirs is.

Pictures are upright and the notebook's arrays transposed: a picture's column is the notebook's
first index of the two, its row the second.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from cnnviz.numerics.network import FILTER_COUNT, FILTER_SIZE, IMAGE_SIZE, MAP_CELLS, MAP_SIZE
from cnnviz.numerics.tensors import TENSORS
from cnnviz.training.debugger.view import TensorView

Level = Literal["batch", "image"]
Place = tuple[int, int, int]
"""A cell of a sheet: which picture, row and column."""

_UNITS: Final = frozenset({"a", "G", "g", "wo", "wo_next", "dW"})


def is_mean(view: TensorView, level: Level) -> bool:
    """Say whether what is shown of a tensor at a level is its mean over the images."""
    return level == "batch" and view.average is not None and view.image is None


def counts_images(view: TensorView) -> bool:
    """Say whether a tensor is one number an image: shape (1, n)."""
    return TENSORS[view.name].is_number_per_image


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A tensor as pictures.

    Attributes
    ----------
    name : str
    pictures : ndarray of float, shape (count, rows, columns)
        Upright; NaN beyond the last image of a tensor with one number an image.
    changed : ndarray of bool, same shape, or None
        Where the last step changed something.
    image : int
        Whose cells these are, where the tensor has some for each image.
    axis : int or None
        Of the tensor, along which it has them.
    dimensions : int
        Of the tensor.
    size : int
        Numbers in the tensor.
    first : int
        The image of the first one, where there is one an image.
    is_mean : bool
        Whether the numbers are means over the images; a cell's index is then that of the image's.
    """

    name: str
    pictures: NDArray[np.floating[Any]]
    changed: NDArray[np.bool_] | None
    image: int
    axis: int | None
    dimensions: int
    size: int
    first: int = 0
    is_mean: bool = False

    def index(self, place: Place) -> tuple[int, ...] | None:
        """Return the tensor's index of a cell, None where there is no cell."""
        picture, row, column = place
        count, rows, columns = self.pictures.shape
        if not (0 <= picture < count and 0 <= row < rows and 0 <= column < columns):
            return None
        if self.counts_images:
            at = row * columns + column
            return (0, at + self.first) if at < self.size else None
        index = list(self._own_index(picture, row, column))
        if self.axis is not None:
            index.insert(self.axis, self.image)
        elif self.dimensions == 2:  # (1728, 1), (1, 1)
            index.append(0)
        return tuple(index)

    def place(self, index: tuple[int, ...]) -> Place | None:
        """Return where a cell of the tensor is, None where it is another image's."""
        if len(index) != self.dimensions:
            return None
        columns = self.pictures.shape[2]
        if self.counts_images:
            at = index[1] - self.first
            return (0, at // columns, at % columns) if 0 <= at < self.size else None
        own = list(index)
        if self.axis is not None and own.pop(self.axis) != self.image:
            return None
        match self.name:
            case "X":
                return 0, own[1], own[0]
            case "P":
                r, c, u, v = own
                return 0, c * FILTER_SIZE + v, r * FILTER_SIZE + u
            case "C" | "A" | "dF":
                return own[0], own[2], own[1]
            case "mean" | "std":
                return 0, 0, 0
            case name if name in _UNITS:
                picture, cell = divmod(own[0], MAP_CELLS)
                column, row = divmod(cell, MAP_SIZE)
                return picture, row, column
            case _:  # f, f_next, M
                return own[2], own[1], own[0]

    @property
    def counts_images(self) -> bool:
        """Whether the tensor is one number an image, shape (1, n)."""
        return TENSORS[self.name].is_number_per_image

    def _own_index(self, picture: int, row: int, column: int) -> tuple[int, ...]:
        match self.name:
            case "X":
                return column, row
            case "P":
                r, u = divmod(column, FILTER_SIZE)
                c, v = divmod(row, FILTER_SIZE)
                return r, c, u, v
            case "C" | "A" | "dF":
                return picture, column, row
            case "mean" | "std":
                return (0,)
            case name if name in _UNITS:
                return (picture * MAP_CELLS + column * MAP_SIZE + row,)
            case _:
                return column, row, picture


def sheet(view: TensorView, level: Level, image: int) -> Sheet:
    """Lay a tensor out.

    Parameters
    ----------
    view : TensorView
    level : {"batch", "image"}
        Whether pictures are the mean over all images, or the selected one's.
    image : int
        Index of the selected image.
    """
    values, name = view.values, view.name
    axis = TENSORS[name].image_axis(values.ndim)
    if counts_images(view):
        changed = _maybe(_mosaic, view.changed)
        return Sheet(name, _mosaic(values), changed, image, 1, 2, values.size, view.image or 0)
    mean = is_mean(view, level)
    if axis is None:
        own, changed = values, view.changed
    elif mean and view.average is not None:
        own = view.average
        changed = _maybe(lambda mask: np.asarray(mask.any(axis)), view.changed)
    else:
        at = min(image, values.shape[axis] - 1)
        if view.image is not None:
            at, image = 0, view.image
        here = (*(slice(None),) * axis, at)
        own = values[here]
        changed = None if view.changed is None else view.changed[here]
        known = view.image_changes
        if known is not None and known.image == image and level == "image":
            changed = known.mask[(*here[:axis], 0)]
    upright = _UPRIGHT.get(name, _units if name in _UNITS else _last_first)
    shown = upright(own), _maybe(upright, changed)
    return Sheet(name, *shown, image, axis, values.ndim, values.size, is_mean=mean)


def image_of(name: str, index: tuple[int, ...]) -> int | None:
    """Return the image of a cell where its tensor is one number an image."""
    return index[1] if index and TENSORS[name].is_number_per_image else None


def column_words(laid: Sheet, column: int) -> str:
    """Return what is written above a column of a picture: the arrays' index along it."""
    return "" if laid.counts_images else _along(laid, "r", "u", column)


def row_words(laid: Sheet, row: int) -> str:
    """Return what is written beside a row of a picture: the arrays' index along it."""
    return f"k {laid.first + row}" if laid.counts_images else _along(laid, "c", "v", row)


def _along(laid: Sheet, in_map: str, in_filter: str, at: int) -> str:
    """Write where something is along a picture, which has one side for each kind of tensor."""
    return {
        MAP_SIZE: f"{in_map} {at}",
        FILTER_SIZE: f"{in_filter} {at}",
        IMAGE_SIZE: f"{in_map}+{in_filter} {at}",
        MAP_SIZE * FILTER_SIZE: f"{in_map} {at // FILTER_SIZE} {in_filter} {at % FILTER_SIZE}",
    }.get(laid.pictures.shape[1], "")


def as_column(laid: Sheet) -> Sheet:
    """Return a sheet of one number an image with one row an image."""
    rows = (1, laid.size, 1)
    changed = None if laid.changed is None else laid.changed.reshape(-1)[: laid.size].reshape(rows)
    return replace(
        laid, pictures=laid.pictures.reshape(-1)[: laid.size].reshape(rows), changed=changed
    )


def _maybe(
    turn: Callable[[NDArray[Any]], NDArray[Any]], mask: NDArray[np.bool_] | None
) -> NDArray[np.bool_] | None:
    return None if mask is None else turn(mask)


def _mosaic(values: NDArray[Any]) -> NDArray[Any]:
    """Lay n numbers out in rows that are about twice as wide as high."""
    row = values.reshape(-1)
    columns = min(row.size, max(10, 2 * int(np.ceil(np.sqrt(row.size / 2)))))
    rows = -(-row.size // columns)
    missing = False if row.dtype == np.bool_ else np.nan
    filled = np.full(rows * columns, missing, row.dtype)
    filled[: row.size] = row
    return filled.reshape(1, rows, columns)


def _units(values: NDArray[Any]) -> NDArray[Any]:
    return values.reshape(FILTER_COUNT, MAP_SIZE, MAP_SIZE).transpose(0, 2, 1)


def _last_first(values: NDArray[Any]) -> NDArray[Any]:
    return values.transpose(2, 1, 0)


def _patches(values: NDArray[Any]) -> NDArray[Any]:
    side = MAP_SIZE * FILTER_SIZE
    return values.transpose(1, 3, 0, 2).reshape(1, side, side)


_UPRIGHT: Final[dict[str, Callable[[NDArray[Any]], NDArray[Any]]]] = {
    "X": lambda values: values.T[np.newaxis],
    "P": _patches,
    "C": lambda values: values.transpose(0, 2, 1),
    "A": lambda values: values.transpose(0, 2, 1),
    "dF": lambda values: values.transpose(0, 2, 1),
    "mean": lambda values: values.reshape(1, 1, 1),
    "std": lambda values: values.reshape(1, 1, 1),
}
