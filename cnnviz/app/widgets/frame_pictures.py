"""A frame's arrays as QImages, converted only where they changed."""

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray
from PySide6.QtGui import QImage

from cnnviz.app.colours import Matrix, ink_picture, pictures
from cnnviz.app.theme import Theme
from cnnviz.app.widgets.cells import Column, Shown
from cnnviz.app.widgets.colour_bar import largest_magnitude, steady_range
from cnnviz.training.frame import Frame


@dataclass(frozen=True, slots=True, eq=False)
class Converted:
    """One column's pictures.

    Attributes
    ----------
    array : ndarray
        What was converted.
    quantity : str
        Its name in the notebook.
    low, high : float
        The ends of its colour scale.
    image : QImage
        The column's pictures, one below the other.
    """

    array: NDArray[Any]
    quantity: str
    low: float
    high: float
    image: QImage


class FramePictures:
    """The newest pictures of every column."""

    def __init__(self) -> None:
        self._converted: dict[Column, Converted] = {}
        self._theme: Theme | None = None

    def __getitem__(self, column: Column) -> Converted:
        return self._converted[column]

    def __bool__(self) -> bool:
        return bool(self._converted)

    @property
    def scales(self) -> tuple[tuple[float, float], ...]:
        """The ends of every column's colour scale, from left to right."""
        return tuple((c.low, c.high) for c in map(self._converted.__getitem__, Column))

    def convert(self, frame: Frame, shown: Shown, theme: Theme) -> bool:
        """Take over a frame.

        Parameters
        ----------
        frame : Frame
        shown : Shown
            What the columns show of it.
        theme : Theme

        Returns
        -------
        bool
            Whether any picture or scale differs from before.
        """
        recolour = theme != self._theme
        self._theme = theme
        view = frame.image
        wanted: list[tuple[Column, str, NDArray[Any]]] = []
        for column, quantity, array in (
            (Column.IMAGE, "X", view.image),
            (Column.FILTERS, "f", frame.filters),
            (Column.MAPS, shown.maps, view.activations if shown.maps == "A" else view.maps),
            (
                Column.DENSE,
                shown.dense,
                frame.dense if shown.dense == "wo" else view.contributions,
            ),
        ):
            old = self._converted.get(column)
            same = old is not None and old.quantity == quantity and _equal(old.array, array)
            if recolour or not same:
                wanted.append((column, quantity, array))
        self._draw(wanted, theme)
        return bool(wanted)

    def _draw(self, wanted: list[tuple[Column, str, NDArray[Any]]], theme: Theme) -> None:
        """Draw columns anew: each with a quantity and its values."""
        floats, matrices = [], []
        for column, quantity, array in wanted:
            stacked = array.reshape(-1, array.shape[-1])
            if quantity == "X":
                image = ink_picture(stacked, theme)
                self._converted[column] = Converted(array, quantity, 0.0, 1.0, image)
                continue
            floats.append((column, quantity, array))
            if quantity == "A":
                matrices.append(Matrix(stacked))
            else:
                old = self._converted.get(column)
                before = old.high if old is not None and old.quantity == quantity else None
                largest = steady_range(largest_magnitude(array), before)
                matrices.append(Matrix(stacked, largest, signed=True))
        images = pictures(matrices, theme)
        for (column, quantity, array), m, image in zip(floats, matrices, images, strict=True):
            self._converted[column] = Converted(array, quantity, m.low, m.largest, image)


def _equal(old: NDArray[Any], new: NDArray[Any]) -> bool:
    if old.shape != new.shape or old.dtype != new.dtype:
        return False
    return old is new or old.tobytes() == new.tobytes()
