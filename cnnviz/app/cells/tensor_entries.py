"""The tensor entries behind the cells of the network's pictures."""

from cnnviz.app.cells.cell import Cell, Column, Shown
from cnnviz.numerics.network import ravel_unit
from cnnviz.training.debugger.point import Point


def points_of(cell: Cell, image: int, shown: Shown) -> tuple[Point, ...]:
    """Return the entries that a cell shows; a weight's contribution has two."""
    i, r, c = cell.i, cell.col, cell.row  # pictures are upright, the arrays transposed
    match cell.column:
        case Column.IMAGE:
            return (Point("X", (r, c, image)),)
        case Column.FILTERS:
            return (Point("f", (r, c, i)),)
        case Column.MAPS:
            return (Point(shown.maps, (image, i, r, c)),)
        case Column.DENSE:
            unit = ravel_unit(i, r, c)
            weight = Point("wo", (unit, 0))
            return (weight,) if shown.dense == "wo" else (weight, Point("a", (unit, image)))


def points_of_image(image: int) -> tuple[Point, ...]:
    """Return the entries of an image that stand beside the pictures, and the loss."""
    numbers = tuple(Point(name, (0, image)) for name in ("z", "zs", "o", "E"))
    return (*numbers, Point("E", (0, image), mean=True))
