"""Which cells of the network's pictures can be changed, and what a change of them is."""

from typing import Final

from cnnviz.app.widgets.cells import Cell, Column
from cnnviz.app.widgets.value_editor import Editable
from cnnviz.numerics.network import MAP_CELLS, MAP_SIZE
from cnnviz.training.edits import VALUE_LIMIT, Edit
from cnnviz.training.frame import Frame
from cnnviz.training.pixels import Pixel

EDITABLE: Final = frozenset({Column.IMAGE, Column.FILTERS, Column.DENSE})
_DECIMALS: Final = 6
_WEIGHT: Final = f"a weight, at most ±{VALUE_LIMIT:,.0f};\nchanging it makes a branch"
_INK: Final = "X: ink, from 0 (paper) to 1; in the past,\ntraining on then makes a branch"
_INK_DECIMALS: Final = 3
"""So many tell all 256 grey levels apart."""


def editable_of(cell: Cell, frame: Frame) -> Editable | None:
    """Return the value in a cell to be changed; None where it follows from others."""
    row, col, i = cell.row, cell.col, cell.i
    match cell.column:
        case Column.IMAGE:
            k = frame.image.index
            title = f"Pixel X[{col}, {row}, k={k}]"
            ink = float(frame.image.image[row, col]) / 255
            return Editable(title, ink, 0, 1, _INK_DECIMALS, _INK)
        case Column.FILTERS:
            title, value = f"Filter {i + 1}: f[u={col}, v={row}, i={i}]", frame.filters[i, row, col]
        case Column.DENSE:
            title, value = f"Dense weight wo[{_unit(cell)}]", frame.dense[i, row, col]
        case _:
            return None
    return Editable(title, float(value), -VALUE_LIMIT, VALUE_LIMIT, _DECIMALS, _WEIGHT)


def change_of(cell: Cell, frame: Frame, value: float) -> Edit | Pixel:
    """Return the change that gives a cell another value.

    Parameters
    ----------
    cell : Cell
        Of the image, a filter or the dense maps.
    frame : Frame
        The state that is shown.
    value : float
        A pixel's is its ink, 0 to 1, which is kept as the nearest of 256 grey levels.
    """
    match cell.column:
        case Column.IMAGE:
            return Pixel(frame.image.index, cell.row, cell.col, round(255 * value))
        case Column.FILTERS:
            return Edit(frame.iteration, "f", (cell.col, cell.row, cell.i), value)
        case _:
            return Edit(frame.iteration, "wo", (_unit(cell), 0), value)


def changed_cells(frame: Frame) -> frozenset[Cell]:
    """Return the cells that a person has changed, of the selected image and the parameters."""
    if not frame.curve.edits and not frame.settings.pixels:
        return frozenset()
    pixels = (p for p in frame.settings.pixels if p.image == frame.image.index)
    edits = (edit for edit in frame.curve.edits if edit.iteration <= frame.iteration)
    return frozenset(
        [
            *(Cell(Column.IMAGE, 0, pixel.row, pixel.col) for pixel in pixels),
            *(_cell_of(edit) for edit in edits),
        ]
    )


def _unit(cell: Cell) -> int:
    return cell.i * MAP_CELLS + cell.col * MAP_SIZE + cell.row


def _cell_of(edit: Edit) -> Cell:
    if edit.tensor == "f":
        u, v, i = edit.index
        return Cell(Column.FILTERS, i, v, u)
    i, place = divmod(edit.index[0], MAP_CELLS)
    col, row = divmod(place, MAP_SIZE)
    return Cell(Column.DENSE, i, row, col)
