"""The layout of a tensor as upright pictures, and the tensor's entry in each of their cells."""

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from cnnviz.numerics.correspondence import Known, choices
from cnnviz.numerics.network import ravel_unit, unravel_unit
from cnnviz.numerics.tensor_pictures import ACROSS, DOWN, axes_along, mosaic, upright_pictures
from cnnviz.numerics.tensors import LENGTHS, TENSORS, Axis
from cnnviz.training.debugger.view import TensorView

Level = Literal["batch", "image"]
Position = tuple[int, int, int]
"""A cell of a sheet: which picture, row and column."""


def is_mean(view: TensorView, level: Level) -> bool:
    """Say whether the pictures of a tensor at a level are its mean over the images."""
    return level == "batch" and view.average is not None and view.image is None


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A tensor as pictures."""

    name: str
    pictures: NDArray[np.floating[Any]]
    """Shape (count, rows, columns). Upright; NaN beyond the last image of a tensor with one number
    an image."""
    changed: NDArray[np.bool_] | None
    """Same shape: the cells that the last step changed; None if it changed none."""
    image: int
    """The image of these cells, if the tensor has some for each image."""
    dimensions: int
    """The tensor's number of dimensions."""
    size: int
    """Numbers in the tensor."""
    first: int = 0
    """The image of the first number, if there is one an image."""
    is_mean: bool = False
    """Whether the numbers are means over the images; a cell's index is then that of the image's."""

    @property
    def axis(self) -> int | None:
        """The tensor's axis of images."""
        return TENSORS[self.name].image_axis(self.dimensions)

    @property
    def is_number_per_image(self) -> bool:
        """Whether the tensor is one number for each image."""
        return TENSORS[self.name].is_number_per_image

    def index(self, position: Position) -> tuple[int, ...] | None:
        """Return the tensor's index of a cell, None if there is no such cell."""
        picture, row, column = position
        count, rows, columns = self.pictures.shape
        if not (0 <= picture < count and 0 <= row < rows and 0 <= column < columns):
            return None
        if self.is_number_per_image:
            image = row * columns + column
            return (0, image + self.first) if image < self.size else None
        at: dict[Axis, int] = {"i": picture, "k": self.image, "": 0}
        at |= _split(self.name, DOWN, row) | _split(self.name, ACROSS, column)
        axes = TENSORS[self.name].axes[: self.dimensions]
        if "j" in axes:
            at["j"] = ravel_unit(at["i"], at["r"], at["c"])
        return tuple(at[axis] for axis in axes)

    def position(self, index: tuple[int, ...]) -> Position | None:
        """Return the cell of an entry of the tensor, None if it is another image's."""
        if len(index) != self.dimensions:
            return None
        if self.is_number_per_image:
            columns, image = self.pictures.shape[2], index[1] - self.first
            return (0, image // columns, image % columns) if 0 <= image < self.size else None
        at = dict(zip(TENSORS[self.name].axes, index, strict=False))
        if at.get("k", self.image) != self.image:
            return None
        if "j" in at:
            at["i"], at["r"], at["c"] = unravel_unit(at["j"])
        return at.get("i", 0), _joined(self.name, DOWN, at), _joined(self.name, ACROSS, at)


def lay_out(view: TensorView, level: Level, image: int) -> Sheet:
    """Lay a tensor out: as the mean over all images, or the selected image's part."""
    values, name = view.values, view.name
    tensor = TENSORS[name]
    if tensor.is_number_per_image:
        changed = None if view.changed is None else mosaic(view.changed)
        return Sheet(name, mosaic(values), changed, image, 2, values.size, view.image or 0)
    axis, mean, changed = tensor.image_axis(values.ndim), is_mean(view, level), view.changed
    own = values
    if axis is not None and mean and view.average is not None:
        own = view.average
        changed = None if changed is None else np.asarray(changed.any(axis))
    elif axis is not None:
        at = min(image, values.shape[axis] - 1)
        if view.image is not None:
            at, image = 0, view.image
        here = (*(slice(None),) * axis, at)
        own = values[here]
        changed = None if changed is None else changed[here]
        known = view.image_changes
        if known is not None and known.image == image and level == "image":
            changed = known.mask[(*here[:axis], 0)]
    marks = None if changed is None else upright_pictures(name, changed)
    return Sheet(
        name, upright_pictures(name, own), marks, image, values.ndim, values.size, is_mean=mean
    )


@dataclass(frozen=True, slots=True)
class Box:
    """Cells of one picture that form a rectangle."""

    picture: int
    rows: range
    columns: range


def boxes(sheet: Sheet, known: Known) -> tuple[Box, ...]:
    """Return the cells of a sheet that have some known indices; none if they are scattered."""
    count, rows, columns = sheet.pictures.shape
    if sheet.is_number_per_image:
        at = sheet.position((0, known["k"])) if "k" in known else None
        if at is None:
            return () if "k" in known else (Box(0, range(rows), range(columns)),)
        return (Box(0, range(at[1], at[1] + 1), range(at[2], at[2] + 1)),)
    if sheet.axis is not None and not sheet.is_mean and known.get("k", sheet.image) != sheet.image:
        return ()
    down, across = (_along(sheet.name, direction, known) for direction in (DOWN, ACROSS))
    if down is None or across is None:
        return ()
    pictures = choices("i", known, count) if count > 1 else range(1)
    return tuple(Box(picture, down, across) for picture in pictures)


def _along(name: str, direction: tuple[Axis, ...], known: Known) -> range | None:
    """Return the rows or columns of a picture that have known indices; None if apart."""
    found = [0]
    for axis in axes_along(name, direction):
        length = LENGTHS[axis]
        found = [at * length + own for at in found for own in choices(axis, known, length)]
    whole = range(found[0], found[-1] + 1)
    return whole if len(whole) == len(found) else None


def image_of(name: str, index: tuple[int, ...]) -> int | None:
    """Return the image of an entry if its tensor is one number an image."""
    return index[1] if index and TENSORS[name].is_number_per_image else None


def column_text(sheet: Sheet, column: int) -> str:
    """Return the number of a column of a picture, and the arrays' index along it."""
    return "" if sheet.is_number_per_image else _index_text(sheet.name, ACROSS, column)


def row_text(sheet: Sheet, row: int) -> str:
    """Return the number of a row of a picture, and the arrays' index along it."""
    if sheet.is_number_per_image:
        return f"k {sheet.first + row}"
    return _index_text(sheet.name, DOWN, row)


def as_column(sheet: Sheet) -> Sheet:
    """Return a sheet of one number an image with one row for each image."""
    rows, changed = (1, sheet.size, 1), sheet.changed
    if changed is not None:
        changed = changed.reshape(-1)[: sheet.size].reshape(rows)
    pictures = sheet.pictures.reshape(-1)[: sheet.size].reshape(rows)
    return replace(sheet, pictures=pictures, changed=changed)


def _split(name: str, direction: tuple[Axis, ...], at: int) -> dict[Axis, int]:
    """Return the arrays' indices at a row or column of a picture."""
    found: dict[Axis, int] = {}
    for axis in reversed(axes_along(name, direction)):
        at, found[axis] = divmod(at, LENGTHS[axis])
    return found


def _joined(name: str, direction: tuple[Axis, ...], at: dict[Axis, int]) -> int:
    """Return the row or column of a picture at the arrays' indices."""
    joined = 0
    for axis in axes_along(name, direction):
        joined = joined * LENGTHS[axis] + at[axis]
    return joined


def _index_text(name: str, direction: tuple[Axis, ...], at: int) -> str:
    indices = _split(name, direction, at)
    index = " ".join(f"{axis} {indices[axis]}" for axis in axes_along(name, direction))
    return f"{at + 1} · {index}" if index else ""
