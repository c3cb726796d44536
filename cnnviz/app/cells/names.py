"""The name of the selected number in the debugger."""

from cnnviz.numerics.tensors import TENSORS, entry_text, symbol
from cnnviz.training.debugger.view import Point


def point_words(point: Point) -> str:
    """Name a number: ``C[3, 0, 5, 7]``, ``mean of C[:, 0, 5, 7]``, ``loss``."""
    if not point.index:
        return symbol(point.tensor)
    axis = TENSORS[point.tensor].image_axis(len(point.index)) if point.mean else None
    return entry_text(point.tensor, point.index, axis)
