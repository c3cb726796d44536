"""The name of the selected number in the debugger."""

from cnnviz.numerics.tensors import TENSORS, entry_text, located_text, seen_position, symbol
from cnnviz.training.debugger.point import Point


def point_words(point: Point) -> str:
    """Name a number: ``filter 2, row 3, column 1 · f[0, 2, 1]``, ``loss``."""
    if not point.index:
        return symbol(point.tensor)
    return located_text(point.tensor, point.index, _mean_over(point))


def short_point_words(point: Point) -> str:
    """Name a number as the arrays are indexed: ``C[3, 0, 5, 7]``, ``mean of C[:, 0, 5, 7]``."""
    if not point.index:
        return symbol(point.tensor)
    return entry_text(point.tensor, point.index, _mean_over(point))


def words_in_image(point: Point) -> str:
    """Name a number after its image: ``filter 1, row 8, column 6 · C[3, 0, 5, 7]``."""
    axis = TENSORS[point.tensor].image_axis(len(point.index))
    parts = seen_position(point.tensor, point.index, axis), short_point_words(point)
    return " · ".join(part for part in parts if part)


def _mean_over(point: Point) -> int | None:
    return TENSORS[point.tensor].image_axis(len(point.index)) if point.mean else None
