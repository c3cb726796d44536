"""What is pointed at in the debugger, in words."""

from cnnviz.numerics.tensors import TENSORS, entry_text, symbol
from cnnviz.training.debugger.view import DebugView, Point


def point_words(point: Point) -> str:
    """Say what is pointed at: ``C[3, 0, 5, 7]``, ``mean of C[:, 0, 5, 7]``, ``loss``."""
    if not point.index:
        return symbol(point.tensor)
    axis = TENSORS[point.tensor].image_axis(len(point.index)) if point.mean else None
    return entry_text(point.tensor, point.index, axis)


def missing_words(view: DebugView) -> str:
    """Say why nothing is said of the cell that is pointed at; empty where something is."""
    point = view.point
    if view.explanation is not None:
        return ""
    if point is None:
        return "No number is chosen. Point at one under Tensors; F10 computes the next ones."
    words = point_words(point)
    if point.tensor not in view.tensors:
        return f"{words} is not computed yet: step on to where it is."
    tensor = view.tensors[point.tensor]
    if tensor.image is not None and not tensor.stale:
        return f"{words} is image {tensor.image}'s alone: more is said once all images are through."
    return f"{words} is stale: step on to where it is computed anew."
