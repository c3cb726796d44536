"""What is pointed at in the debugger, in words."""

from cnnviz.numerics.tensors import TENSORS, entry_text, symbol
from cnnviz.training.debugger.view import Point


def point_words(point: Point) -> str:
    """Say what is pointed at: ``C[3, 0, 5, 7]``, ``mean of C[:, 0, 5, 7]``, ``loss``."""
    if not point.index:
        return symbol(point.tensor)
    axis = TENSORS[point.tensor].image_axis(len(point.index)) if point.mean else None
    return entry_text(point.tensor, point.index, axis)
