"""The cells of the network's pictures that can be changed, and the changes."""

from typing import Final

from cnnviz.app.cells.cell import Cell, Column
from cnnviz.app.cells.value_editor import Editable
from cnnviz.numerics.network import ravel_unit, unravel_unit
from cnnviz.numerics.tensors import located_text
from cnnviz.training.loop.frame import Frame
from cnnviz.training.pixels import Pixel
from cnnviz.training.run.edits import VALUE_LIMIT, Edit

EDITABLE: Final = frozenset({Column.IMAGE, Column.FILTERS, Column.DENSE})
_DECIMALS: Final = 6
_WEIGHT: Final = f"a weight, at most ±{VALUE_LIMIT:,.0f};\nchanging it makes a branch"
_INK: Final = "X: ink, from 0 (paper) to 1; in the past,\ntraining on then makes a branch"
_INK_DECIMALS: Final = 3
"""Enough to tell all 256 grey levels apart."""


def cell_of(tensor: str, index: tuple[int, ...], image: int) -> Cell | None:
    """Return the picture's cell of an entry; None for another image's pixel and other tensors."""
    match tensor, index:
        case "X", (col, row, k) if k == image:
            return Cell(Column.IMAGE, 0, row, col)
        case "f", (u, v, i):
            return Cell(Column.FILTERS, i, v, u)
        case "wo", (unit, _):
            i, col, row = unravel_unit(unit)
            return Cell(Column.DENSE, i, row, col)
    return None


def editable_of(cell: Cell, frame: Frame, value: float | None = None) -> Editable | None:
    """Return the editable value of a cell; None if it follows from others.

    A weight of another state than the frame's has the given value.
    """
    row, col, i = cell.row, cell.col, cell.i
    match cell.column:
        case Column.IMAGE:
            k = frame.image.index
            if k < 0:
                return None
            title = f"Pixel: {located_text('X', (col, row, k))}"
            ink = float(frame.image.image[row, col]) / 255
            return Editable(title, ink, 0, 1, _INK_DECIMALS, _INK)
        case Column.FILTERS:
            title, number = (
                f"Weight: {located_text('f', (col, row, i))}",
                frame.filters[i, row, col],
            )
        case Column.DENSE:
            name = located_text("wo", (_unit(cell), 0))
            title, number = f"Dense weight: {name}", frame.dense[i, row, col]
        case _:
            return None
    shown = float(number if value is None else value)
    return Editable(title, shown, -VALUE_LIMIT, VALUE_LIMIT, _DECIMALS, _WEIGHT)


def change_of(cell: Cell, frame: Frame, value: float, iteration: int | None = None) -> Edit | Pixel:
    """Return the change that gives a cell another value.

    Parameters
    ----------
    cell : Cell
        Of the image, a filter or the dense maps.
    value : float
        A pixel's is its ink, 0 to 1, which is kept as the nearest of 256 grey levels.
    iteration : int or None
        Whose weight it is; None for the state that is shown.
    """
    at = frame.iteration if iteration is None else iteration
    match cell.column:
        case Column.IMAGE:
            return Pixel(frame.image.index, cell.row, cell.col, round(255 * value))
        case Column.FILTERS:
            return Edit(at, "f", (cell.col, cell.row, cell.i), value)
        case _:
            return Edit(at, "wo", (_unit(cell), 0), value)


def changed_cells(frame: Frame) -> frozenset[Cell]:
    """Return the cells that a person has changed, of the selected image and the parameters."""
    if not frame.curve.edits and not frame.settings.pixels:
        return frozenset()
    pixels = (p for p in frame.settings.pixels if p.image == frame.image.index)
    edits = (edit for edit in frame.curve.edits if edit.iteration <= frame.iteration)
    edited = (cell_of(edit.tensor, edit.index, frame.image.index) for edit in edits)
    drawn = (Cell(Column.IMAGE, 0, pixel.row, pixel.col) for pixel in pixels)
    return frozenset((*drawn, *(cell for cell in edited if cell is not None)))


def _unit(cell: Cell) -> int:
    return ravel_unit(cell.i, cell.col, cell.row)
