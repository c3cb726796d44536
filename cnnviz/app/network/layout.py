"""The rectangles of the Network panel, computed from its size."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from PySide6.QtCore import QRect, QRectF

from cnnviz.app.cells.cell import Cell, Column
from cnnviz.app.look.theme import GRID
from cnnviz.app.network.sigmoid_plot import SMALLEST
from cnnviz.app.network.zoom import Part
from cnnviz.numerics.network import FILTER_COUNT, FILTER_SIZE, IMAGE_SIZE, MAP_SIZE

LINES: Final = 9
"""Lines of text in the output column."""
_FILTER_SHARE: Final = 3
"""Size of a filter's cell relative to a map's."""
_WIDEST_GAP: Final = 4
"""Relative to the least gap; beyond it, the output column grows."""
_WIDEST_ROW_GAP: Final = 4 * GRID
_LARGEST_PLOT: Final = 28 * GRID
_WIDEST_CONTROL: Final = 8
"""Relative to its height."""


@dataclass(frozen=True, slots=True)
class Metrics:
    """Sizes that follow from the type, in device-independent pixels."""

    title: float
    small: float
    line: float
    control: float
    """title, small, line, control: heights of a title, a small label, a line of the output column,
    and a control."""
    output: float
    gap: float
    """output, gap: least width of the output column, and least distance between two columns."""
    bar: float
    """Thickness of a colour bar."""
    cell: int
    """Least size of a map's cell."""


@dataclass(frozen=True, slots=True)
class Tile:
    """The square that shows the part in view of one matrix, number `i` of a column."""

    column: Column
    i: int
    rect: QRect
    cell: int
    """Pixels of a cell if all of the matrix is in view."""
    part: Part

    @property
    def scale(self) -> float:
        """Pixels of a cell of the part in view."""
        return self.rect.width() / self.part.size

    def position(self, x: float, y: float) -> tuple[float, float]:
        """Return a point as columns and rows of the matrix."""
        return (
            self.part.left + (x - self.rect.left()) / self.scale,
            self.part.top + (y - self.rect.top()) / self.scale,
        )


@dataclass(frozen=True, slots=True)
class NetworkLayout:
    """The rectangles of the panel, in its coordinates."""

    tiles: tuple[Tile, ...]
    """The image, three filters, three feature maps, three dense maps."""
    titles: tuple[QRectF, ...]
    controls: tuple[QRect, ...]
    """The controls below the titles of the five columns."""
    operations: tuple[QRectF, ...]
    """titles, operations: above the five columns, and above the four gaps between them."""
    caption: QRectF
    filter_labels: tuple[QRectF, ...]
    """caption, filter_labels: below the image, and above the filters."""
    bars: tuple[QRectF, ...]
    bar_marks: tuple[QRectF, ...]
    bar_names: tuple[QRectF, ...]
    """bars, bar_marks, bar_names: for each column of tiles: its colour bar, the numbers, and the
    quantity."""
    lines: tuple[QRectF, ...]
    """The lines of the output column; the plot follows the fourth."""
    plot: QRectF
    output: QRectF
    """The output column, and everything to the right of it and below."""
    body: QRectF
    """All but the titles, the controls and the operations."""
    columns: tuple[QRectF, ...]
    """For each column of tiles: all that belongs to it."""

    def tile(self, column: Column, i: int = 0) -> Tile:
        """Return tile `i` of a column."""
        return self.tiles[0 if column is Column.IMAGE else 1 + 3 * (column - 1) + i]

    def cell_at(self, x: float, y: float) -> Cell | None:
        """Return the cell at a point, or None outside the tiles."""
        tile = self.tile_at(x, y)
        if tile is None:
            return None
        col, row = tile.position(x, y)
        last = tile.part.side - 1
        return Cell(tile.column, tile.i, min(int(row), last), min(int(col), last))

    def tile_at(self, x: float, y: float) -> Tile | None:
        """Return the tile at a point, if there is one."""
        for tile in self.tiles:
            right, down = x - tile.rect.left(), y - tile.rect.top()
            if 0 <= right < tile.rect.width() and 0 <= down < tile.rect.height():
                return tile
        return None

    def with_parts(self, parts: Mapping[Column, Part]) -> "NetworkLayout":
        """Return the same layout with other parts of the columns' matrices in view."""
        tiles = tuple(replace(tile, part=parts[tile.column]) for tile in self.tiles)
        return replace(self, tiles=tiles)

    def neighbour(self, cell: Cell, down: int, right: int) -> Cell:
        """Return the next cell in a direction, in the same tile or in the nearest one beyond.

        It is found as if every matrix were in view whole.

        One of `down` and `right` is 1 or −1, the other 0.
        """
        tile = self.tile(cell.column, cell.i)
        side = tile.part.side
        row, col = cell.row + down, cell.col + right
        if 0 <= row < side and 0 <= col < side:
            return Cell(cell.column, cell.i, row, col)
        beyond = [
            p
            for p in self.tiles
            if (p.column == cell.column + right if right else p.column == cell.column)
            and (right or p.i == cell.i + down)
        ]
        if not beyond:
            return cell
        x = tile.rect.left() + (cell.col + 0.5) * tile.cell
        y = tile.rect.top() + (cell.row + 0.5) * tile.cell
        other = min(beyond, key=lambda p: abs(p.rect.center().y() - y))
        last = other.part.side - 1
        row = min(max(0, int(y - other.rect.top()) // other.cell), last)
        col = min(max(0, int(x - other.rect.left()) // other.cell), last)
        return Cell(other.column, other.i, row, col)

    def cell_rect(self, cell: Cell, size: int = 1) -> QRect:
        """Return the rectangle of a cell, or of `size` × `size` cells from there on.

        If it is not in view, the rectangle is outside of its tile.
        """
        tile = self.tile(cell.column, cell.i)
        left, right = (_pixels(tile, col - tile.part.left) for col in (cell.col, cell.col + size))
        top, bottom = (_pixels(tile, row - tile.part.top) for row in (cell.row, cell.row + size))
        return QRect(left, top, right - left, bottom - top).translated(tile.rect.topLeft())


def _pixels(tile: Tile, cells: float) -> int:
    return round(cells * tile.scale)


def least_size(metrics: Metrics) -> tuple[int, int]:
    """Return the least width and height of the panel."""
    rows = max(_rows_height(metrics.cell), LINES * metrics.line - _footer(metrics))
    height = _header(metrics) + rows + _footer(metrics)
    return round(_least_width(metrics.cell, metrics) + 0.5), round(height + 0.5)


def lay_out(width: float, height: float, metrics: Metrics) -> NetworkLayout:
    """Lay out the panel with the largest cells that fit; the gaps share the remaining width.

    `width` and `height` are those of the panel, in device-independent pixels, and at least
    `least_size`.
    """
    cell = metrics.cell
    while _fits(cell + 1, width, height, metrics):
        cell += 1
    filter_cell = _filter_cell(cell, metrics)
    sides = IMAGE_SIZE * cell, FILTER_SIZE * filter_cell, MAP_SIZE * cell, MAP_SIZE * cell

    free = width - 2 * GRID - sum(sides) - metrics.output
    gap = min(max(metrics.gap, free / 5), _WIDEST_GAP * metrics.gap)
    output = min(metrics.output + max(0.0, free - 4 * gap), _LARGEST_PLOT + metrics.output / 2)
    left = max(float(GRID), (width - sum(sides) - 4 * gap - output) / 2)
    lefts = [left]
    for side in sides:
        lefts.append(lefts[-1] + side + gap)

    top = _header(metrics)
    available = height - _header(metrics) - _footer(metrics)
    map_side = MAP_SIZE * cell
    row_gap = min(max(float(GRID), (available - 3 * map_side) / 2), _WIDEST_ROW_GAP)
    rows = top + max(0.0, (available - 3 * map_side - 2 * row_gap) / 2)
    row_tops = [round(rows + i * (map_side + row_gap)) for i in range(FILTER_COUNT)]
    bottom = row_tops[-1] + map_side

    tiles = [_tile(Column.IMAGE, 0, lefts[0], row_tops[1] + map_side / 2, IMAGE_SIZE, cell)]
    for column, count, size in (
        (Column.FILTERS, FILTER_SIZE, filter_cell),
        (Column.MAPS, MAP_SIZE, cell),
        (Column.DENSE, MAP_SIZE, cell),
    ):
        for i, row_top in enumerate(row_tops):
            centre = row_top + map_side / 2
            tiles.append(_tile(column, i, lefts[column], centre, count, size))

    def over(index: int, y: float, line: float, share: float = 1.0) -> QRectF:
        """Return a line across column `index` and a share of the gaps beside it."""
        side = sides[index] if index < len(sides) else output
        beyond = min(share * gap / 2, lefts[index], max(0.0, width - lefts[index] - side))
        return QRectF(lefts[index] - beyond, y, side + 2 * beyond, line)

    columns = range(len(sides))
    half = GRID / 2
    image, filters = tiles[0].rect, [p.rect for p in tiles[1:4]]
    bars_top = bottom + GRID
    lines, plot = _output_lines(
        QRectF(lefts[-1], top, output, max(bottom, height - half) - top), metrics
    )
    return NetworkLayout(
        tiles=tuple(tiles),
        titles=tuple(over(j, half, metrics.title) for j in range(len(lefts))),
        controls=tuple(
            _control(over(j, half + metrics.title, metrics.control, 0.9)) for j in range(len(lefts))
        ),
        operations=_operations(
            [lefts[j] + sides[j] + gap / 2 for j in columns],
            top - metrics.small - half,
            metrics.small,
            width,
        ),
        caption=QRectF(
            image.left(),
            image.y() + image.height() + half,
            image.width() + gap / 2,
            metrics.title + 2 * metrics.small,
        ),
        filter_labels=tuple(
            QRectF(
                r.left() - GRID, r.top() - metrics.small - 2, r.width() + 2 * GRID, metrics.small
            )
            for r in filters
        ),
        bars=tuple(over(j, bars_top, metrics.bar, 0.0) for j in columns),
        bar_marks=tuple(over(j, bars_top + metrics.bar, metrics.small) for j in columns),
        bar_names=tuple(
            over(j, bars_top + metrics.bar + metrics.small, metrics.small) for j in columns
        ),
        lines=lines,
        plot=plot,
        output=QRectF(lefts[-1] - half, top, width - lefts[-1] + half, height - top),
        body=QRectF(0, top - half, width, height - top + half),
        columns=tuple(over(j, 0.0, bars_top + metrics.bar + 2 * metrics.small) for j in columns),
    )


def _control(available: QRectF) -> QRect:
    """Return the rectangle of a control, centred in its column and inside the panel."""
    width = min(available.width(), _WIDEST_CONTROL * available.height())
    left = available.center().x() - width / 2
    cut = max(0.0, GRID / 2 - left)
    return QRectF(left + cut, available.top(), width - 2 * cut, available.height()).toRect()


def _operations(
    centres: list[float], top: float, height: float, width: float
) -> tuple[QRectF, ...]:
    """Return lines centred on the gaps, each as wide as its neighbours allow."""
    apart = [b - a for a, b in pairwise(centres)]
    last = min(apart[-1], 2 * (width - centres[-1]))
    widths = [min(apart[0], 2 * centres[0]), *(min(pair) for pair in pairwise(apart)), last]
    return tuple(
        QRectF(centre - available / 2, top, available, height)
        for centre, available in zip(centres, widths, strict=True)
    )


def _header(metrics: Metrics) -> float:
    return GRID / 2 + metrics.title + metrics.control + GRID / 2 + metrics.small + GRID / 2


def _footer(metrics: Metrics) -> float:
    return GRID + metrics.bar + 2 * metrics.small + GRID / 2


def _rows_height(cell: int) -> float:
    return FILTER_COUNT * MAP_SIZE * cell + (FILTER_COUNT - 1) * GRID


def _filter_cell(cell: int, metrics: Metrics) -> int:
    """Return the size of a filter's cell that leaves space for the label above."""
    available = MAP_SIZE * cell - 2 * max(0.0, metrics.small + 2 - GRID / 2)
    return max(metrics.cell, min(_FILTER_SHARE * cell, int(available / FILTER_SIZE)))


def _least_width(cell: int, metrics: Metrics) -> float:
    tiles = (IMAGE_SIZE + 2 * MAP_SIZE) * cell + FILTER_SIZE * _filter_cell(cell, metrics)
    return tiles + 4 * metrics.gap + metrics.output + 2 * GRID


def _fits(cell: int, width: float, height: float, metrics: Metrics) -> bool:
    available = height - _header(metrics) - _footer(metrics)
    return _least_width(cell, metrics) <= width and _rows_height(cell) <= available


def _tile(column: Column, i: int, left: float, centre: float, count: int, cell: int) -> Tile:
    side = count * cell
    rect = QRect(round(left), round(centre - side / 2), side, side)
    return Tile(column, i, rect, cell, Part.whole(count))


def _output_lines(area: QRectF, metrics: Metrics) -> tuple[tuple[QRectF, ...], QRectF]:
    """Stack the lines of the output column, with the plot after the fourth if it fits."""
    side = min(area.width(), _LARGEST_PLOT, area.height() - LINES * metrics.line)
    if side < SMALLEST * metrics.small:
        side = 0.0
    spare = area.height() - LINES * metrics.line - side
    line = metrics.line + min(2 * GRID, max(0.0, spare) / (LINES + 1))
    tops = [area.top() + j * line + (side if j >= 4 else 0) for j in range(LINES)]
    plot = QRectF(area.left(), tops[3] + line, area.width(), side)
    return tuple(QRectF(area.left(), y, area.width(), line) for y in tops), plot
