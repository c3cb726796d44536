"""A frame's arrays as images, converted only if they changed."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from cnnviz.app.cells.cell import Column, Shown
from cnnviz.app.look.colour_maps import Matrix, ink_image, mosaic
from cnnviz.app.look.theme import Theme
from cnnviz.app.widgets.colour_bar import largest_magnitude, steady_range
from cnnviz.training.loop.frame import Frame


@dataclass(frozen=True, slots=True, eq=False)
class ColumnImage:
    """The matrices of one column as an image.

    Attributes
    ----------
    array : ndarray
        The converted array.
    quantity : str
        Its name in the notebook.
    low, high : float
        The ends of its colour bar.
    image : QImage
        Contains the column's matrices below each other.
    top : int
        The row of the image in which they start.
    """

    array: NDArray[Any]
    quantity: str
    low: float
    high: float
    image: QImage
    top: int = 0


class FrameImages:
    """The newest images of every column."""

    def __init__(self) -> None:
        self._columns: dict[Column, ColumnImage] = {}
        self._theme: Theme | None = None

    def __getitem__(self, column: Column) -> ColumnImage:
        return self._columns[column]

    @property
    def scales(self) -> tuple[tuple[float, float], ...]:
        """The ends of the columns' colour bars, from left to right; empty before a frame."""
        return tuple((self._columns[c].low, self._columns[c].high) for c in sorted(self._columns))

    def convert(self, frame: Frame, shown: Shown, theme: Theme) -> bool:
        """Convert a frame, and return whether any image or colour bar changed."""
        recolour = theme != self._theme
        self._theme = theme
        view = frame.image
        maps = view.activations if shown.maps == "A" else view.maps
        dense = frame.dense if shown.dense == "wo" else view.contributions
        new_image = recolour or self._differs(Column.IMAGE, "X", view.image)
        if new_image:
            drawn = ink_image(view.image, theme)
            self._columns[Column.IMAGE] = ColumnImage(view.image, "X", 0.0, 1.0, drawn)
        columns = (
            (Column.FILTERS, "f", frame.filters),
            (Column.MAPS, shown.maps, maps),
            (Column.DENSE, shown.dense, dense),
        )
        new_numbers = recolour or any(self._differs(*column) for column in columns)
        if new_numbers:
            self._draw(columns, theme)
        return new_image or new_numbers

    def _differs(self, column: Column, quantity: str, array: NDArray[Any]) -> bool:
        old = self._columns.get(column)
        return old is None or old.quantity != quantity or not _equal(old.array, array)

    def _draw(
        self, columns: tuple[tuple[Column, str, NDArray[np.floating[Any]]], ...], theme: Theme
    ) -> None:
        """Draw columns of numbers into one image."""
        matrices = []
        for column, quantity, array in columns:
            stacked = array.reshape(-1, array.shape[-1])
            if quantity == "A":
                matrices.append(Matrix(stacked))
                continue
            old = self._columns.get(column)
            before = old.high if old is not None and old.quantity == quantity else None
            largest = steady_range(largest_magnitude(array), before)
            matrices.append(Matrix(stacked, largest, signed=True))
        image, top = mosaic(matrices, theme), 0
        for (column, quantity, array), matrix in zip(columns, matrices, strict=True):
            self._columns[column] = ColumnImage(
                array, quantity, matrix.low, matrix.largest, image, top
            )
            top += len(matrix.values)


def _equal(old: NDArray[Any], new: NDArray[Any]) -> bool:
    if old.shape != new.shape or old.dtype != new.dtype:
        return False
    return old is new or old.tobytes() == new.tobytes()
