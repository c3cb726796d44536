"""The keys that move from cell to cell of a tensor's pictures."""

from cnnviz.app.debugger.tensors.tensor_layout import Position, Sheet, lay_out
from cnnviz.training.debugger.view import DebugView


def neighbour(sheet: Sheet, cell: Position, move: tuple[int, int]) -> Position | None:
    """Return the cell beside another, in the same picture or the next; None beyond the last."""
    picture, row, column = cell
    count, rows, columns = sheet.pictures.shape
    picture, column = divmod(picture * columns + column + move[0], columns)
    if not 0 <= picture < count:
        return None
    return picture, min(max(0, row + move[1]), rows - 1), column


def index_beside(view: DebugView, move: tuple[int, int]) -> tuple[int, ...] | None:
    """Return the index of the cell beside the selected one; None if there is none."""
    point = view.point
    if point is None or point.tensor not in view.tensors:
        return None
    sheet = lay_out(view.tensors[point.tensor], "image", view.image)
    cell = sheet.position(point.index)
    beside = neighbour(sheet, cell, move) if cell else None
    return sheet.index(beside) if beside else None
