"""Which number is explained when another operation is chosen: the one that belongs to the last."""

from cnnviz.numerics.correspondence import corresponding_index, known_indices
from cnnviz.numerics.operations import Operation
from cnnviz.numerics.tensors import TENSORS
from cnnviz.training.debugger.point import Point
from cnnviz.training.debugger.view import DebugView


def following(view: DebugView, operation: Operation) -> Point:
    """Return the number of an operation that the pointed one is computed from or goes into.

    Of several, the largest; the operation's largest number if none is pointed at.
    """
    result, point = operation.result, view.point
    if point is None or not point.index:
        return Point(result, ())
    known = known_indices(point.tensor, point.index, result, view.rule)
    shown = view.tensors.get(result)
    whole = shown is not None and shown.image is None
    values = shown.values if shown is not None and whole else None
    index = corresponding_index(result, values, known, view.image)
    has_mean = shown is not None and shown.average is not None
    mean = point.mean and has_mean and not TENSORS[result].is_number_per_image
    return Point(result, index, mean and bool(index))
