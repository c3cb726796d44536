"""The keys that move from cell to cell of a tensor's pictures."""

from cnnviz.app.debugger.tensors.tensor_layout import Place, Sheet, sheet
from cnnviz.training.debugger.view import DebugView


def neighbour(laid: Sheet, place: Place, move: tuple[int, int]) -> Place | None:
    """Return the cell beside another, in the same picture or the next; None beyond the last."""
    picture, row, column = place
    count, rows, columns = laid.pictures.shape
    picture, column = divmod(picture * columns + column + move[0], columns)
    if not 0 <= picture < count:
        return None
    return picture, min(max(0, row + move[1]), rows - 1), column


def index_beside(view: DebugView, move: tuple[int, int]) -> tuple[int, ...] | None:
    """Return the index of the cell beside the one that is pointed at; None where there is none."""
    point = view.point
    if point is None or point.tensor not in view.tensors:
        return None
    laid = sheet(view.tensors[point.tensor], "image", view.image)
    place = laid.place(point.index)
    beside = neighbour(laid, place, move) if place else None
    return laid.index(beside) if beside else None
