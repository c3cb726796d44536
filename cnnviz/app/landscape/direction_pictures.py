"""A direction in the space of all weights, drawn as filters and dense maps."""

from collections.abc import Callable
from typing import Final

from cnnviz.app.look.theme import Theme
from cnnviz.app.widgets.colour_bar import largest_magnitude
from cnnviz.app.widgets.picture_grid import GridPicture, PictureRow, picture_at
from cnnviz.numerics.landscape.vectors import as_parameters
from cnnviz.numerics.network import FILTER_COUNT, MAP_SIZE, Floats, ravel_unit
from cnnviz.numerics.number_format import compact, round_range
from cnnviz.numerics.tensor_pictures import in_a_row
from cnnviz.numerics.tensors import seen_position
from cnnviz.training.run.predictions import upright

_GAPS: Final = {"f": 1, "wo": 3}
"""Empty columns between the pictures of two filters."""


def direction_rows(direction: Floats, theme: Theme) -> list[PictureRow]:
    """Return a row for the filters, and one for the dense maps, each on a scale for it.

    `direction` has the shape (1803,).
    """
    parameters = as_parameters(direction)
    filters = upright(parameters.f.transpose(2, 0, 1))
    dense = upright(parameters.wo.reshape(FILTER_COUNT, MAP_SIZE, MAP_SIZE))
    # Pictures are upright, the arrays transposed.
    return [
        _row("f", filters, lambda i, row, column: (column, row, i), theme),
        _row("wo", dense, lambda i, row, column: (ravel_unit(i, column, row), 0), theme),
    ]


def _row(
    tensor: str,
    maps: Floats,
    index: Callable[[int, int, int], tuple[int, ...]],
    theme: Theme,
) -> PictureRow:
    """Return the pictures of a tensor; `index` finds a cell's index by filter, row and column."""
    gap, largest = _GAPS[tensor], round_range(largest_magnitude(maps)) or 1.0

    def words(row: int, column: int) -> str:
        found = picture_at(row, column, maps.shape, gap)
        if found is None:
            return ""
        return f"{seen_position(tensor, index(*found))}: {compact(float(maps[found]))}"

    picture = GridPicture(in_a_row(maps, gap), (-largest, largest), theme.signed)
    return PictureRow([picture], words, gap, names_filters=True)
