"""Pictures in a grid of pyqtgraph's, with colour bars; pointer and arrow keys read their cells."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from pyqtgraph.GraphicsScene.mouseEvents import MouseClickEvent
from PySide6.QtCore import QPointF, QRectF, Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPalette
from PySide6.QtWidgets import QGraphicsRectItem, QHBoxLayout, QLabel, QScrollArea, QVBoxLayout

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.arrow_keys import ENTER, MOVES, move_of, plain_key
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.plot_style import ticks
from cnnviz.app.widgets.spoken_picture import announce
from cnnviz.numerics.network import FILTER_COUNT


class GridPicture(NamedTuple):
    """A picture: values of shape (rows, columns), NaN where it is empty, and their colours."""

    values: NDArray[np.floating]
    levels: tuple[float, float]
    colours: str


@dataclass(frozen=True, slots=True, eq=False)
class PictureRow:
    """Pictures of the same cells, from the left."""

    pictures: Sequence[GridPicture]
    words: Callable[[int, int], str]
    """Says what a cell is and what its numbers are, given its row and column; "" if the pictures
    have no cell there."""
    gap: int
    """Empty columns between the pictures of two filters."""
    names_filters: bool
    """Whether the pictures are of the three filters, whose names are written above."""


def picture_at(
    row: int, column: int, shape: tuple[int, ...], gap: int
) -> tuple[int, int, int] | None:
    """Return which of some pictures beside each other has a cell, and its row and column there.

    Between the pictures, and beside them, there is none.

    `shape` is the number of pictures, and their rows and columns; `gap` is the number of empty
    columns between two.
    """
    count, rows, columns = shape
    picture, across = divmod(column, columns + gap)
    inside = 0 <= row < rows and 0 <= picture < count and across < columns
    return (picture, row, across) if inside else None


class GridCell(NamedTuple):
    """A cell: the row of pictures that it is in, and its row and column there, all from 0."""

    pictures: int
    row: int
    column: int


class PictureGrid(pg.GraphicsLayoutWidget):  # type: ignore[misc]
    """Rows of pictures; a cell that is pointed at is marked in each picture of its row.

    With the keyboard, the arrow keys go from cell to cell, Enter chooses one, and Esc leaves it; a
    screen reader says it.
    """

    own_keys = frozenset({*MOVES, *ENTER, Qt.Key.Key_Escape})
    cell_read = Signal(str)
    """Another cell is marked; carries its name and numbers, "" if there is none."""
    cell_chosen = Signal(object)
    """Carries the `GridCell` that was clicked, or chosen by Enter."""

    # Of the class, because a screen reader may ask while a grid is being made.
    _rows: Sequence[PictureRow] = ()
    _at: GridCell | None = None

    def __init__(self, name: str) -> None:
        super().__init__()
        self.setAccessibleName(name)
        # A click leaves the keyboard to the run.
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.ci.layout.setHorizontalSpacing(3 * GRID)  # more than between filters
        self.views: list[list[pg.ViewBox]] = []
        """The views of the pictures, row by row."""
        self.marks: list[tuple[pg.ViewBox, QGraphicsRectItem]] = []
        self.scene().sigMouseMoved.connect(self._point)
        self.scene().sigMouseClicked.connect(self._click)

    def set_style(self, style: Style) -> None:
        """Use a style's background, and the style for the next pictures."""
        self._style = style
        self.setBackground(style.theme.panel)

    def show_rows(self, rows: Sequence[PictureRow]) -> None:
        """Show other pictures; the marked cell stays if they have it."""
        self.clear()
        self._rows, self.marks, style = rows, [], self._style
        self.views = [
            [
                _add(self, picture, style, (2 * index, column))
                for column, picture in enumerate(row.pictures)
            ]
            for index, row in enumerate(rows)
        ]
        for row, views in zip(rows, self.views, strict=True):
            rows_, columns = row.pictures[0].values.shape
            for view in views:
                if row.names_filters:
                    _name_filters(view, style, rows_, row.gap)
                else:
                    view.setRange(xRange=(0, columns), yRange=(0, rows_), padding=0.02)
        self._show_focus()
        self._outline(self._at if self.spoken_value else None)

    @property
    def spoken_value(self) -> str:
        """What the marked cell is, and its numbers."""
        return "" if self._at is None else self._words(self._at)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Mark the next cell, choose the marked one, or leave it."""
        key, move = plain_key(event), move_of(event)
        if move is not None and self._rows:
            self._mark(self._beside(self._at, move) if self._at else self._first())
            self._reveal()
            announce(self, self.spoken_value)
        elif key in ENTER and self._at is not None:
            self.cell_chosen.emit(self._at)
        elif key == Qt.Key.Key_Escape and self._at is not None:
            self._mark(None)
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show that the pictures have the keyboard."""
        super().focusInEvent(event)
        self._show_focus()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show that the pictures have no longer the keyboard."""
        super().focusOutEvent(event)
        self._show_focus()
        self._mark(None)

    def _reveal(self) -> None:
        """Scroll the marked cell into view if the pictures are higher than that."""
        parent, at = self.parentWidget(), self._at
        while parent is not None and not isinstance(parent, QScrollArea):
            parent = parent.parentWidget()
        if parent is not None and at is not None:
            centre = QPointF(at.column + 0.5, at.row + 0.5)
            seen = self.mapFromScene(self.views[at.pictures][0].mapViewToScene(centre))
            inside = self.mapTo(parent.widget(), seen)
            parent.ensureVisible(inside.x(), inside.y(), 0, 4 * GRID)

    def _show_focus(self) -> None:
        focused = self.palette().color(QPalette.ColorRole.Highlight)
        for view in (view for row in self.views for view in row):
            view.setBorder(pg.mkPen(focused) if self.hasFocus() else None)

    def _words(self, cell: GridCell) -> str:
        inside = 0 <= cell.pictures < len(self._rows)
        return self._rows[cell.pictures].words(cell.row, cell.column) if inside else ""

    def _first(self) -> GridCell | None:
        return next(self._cells(GridCell(0, 0, -1), 1), None)

    def _beside(self, cell: GridCell, move: tuple[int, int]) -> GridCell:
        """Return the next cell in a direction, in the next row of pictures after the last one."""
        across, down = move
        if across:
            return next(self._cells(cell, across), cell)
        pictures, row, column = cell.pictures, cell.row + down, cell.column
        rows, columns = self._shape(pictures)
        if not 0 <= row < rows and 0 <= pictures + down < len(self._rows):
            pictures += down
            rows, wide = self._shape(pictures)
            row = 0 if down > 0 else rows - 1
            column = column * wide // columns
        found = GridCell(pictures, row, column)
        if self._words(found):
            return found
        near = (next(self._cells(found, step), None) for step in (-1, 1))
        return next((one for one in near if one is not None), cell)

    def _cells(self, cell: GridCell, step: int) -> Iterator[GridCell]:
        """Return the cells of a line on one side of a cell, the nearest first."""
        _, columns = self._shape(cell.pictures)
        end = columns if step > 0 else -1
        for column in range(cell.column + step, end, step):
            if self._words(found := cell._replace(column=column)):
                yield found

    def _shape(self, pictures: int) -> tuple[int, int]:
        rows, columns = self._rows[pictures].pictures[0].values.shape
        return rows, columns

    def _cell_at(self, position: QPointF) -> GridCell | None:
        for index, views in enumerate(self.views):
            for view in views:
                if view.sceneBoundingRect().contains(position):
                    at = view.mapSceneToView(position)
                    cell = GridCell(index, int(np.floor(at.y())), int(np.floor(at.x())))
                    return cell if self._words(cell) else None
        return None

    @Slot(object)
    def _point(self, position: QPointF) -> None:
        found = self._cell_at(position)
        if found is not None or not self.hasFocus():
            self._mark(found)

    @Slot(object)
    def _click(self, event: MouseClickEvent) -> None:
        found = self._cell_at(event.scenePos())
        if found is not None and event.button() == Qt.MouseButton.LeftButton:
            self.cell_chosen.emit(found)

    def _mark(self, cell: GridCell | None) -> None:
        """Mark another cell, or none."""
        if cell != self._at:
            self._outline(cell)

    def _outline(self, cell: GridCell | None) -> None:
        """Outline a cell in each picture of its row, or none, and report it."""
        for view, mark in self.marks:
            view.removeItem(mark)
        self.marks, self._at = [], cell
        if cell is not None:
            theme, scale = self._style.theme, self._style.scale
            for view in self.views[cell.pictures]:
                for colour, width in ((theme.panel, 4), (theme.text, 2)):
                    mark = QGraphicsRectItem(QRectF(cell.column, cell.row, 1, 1))
                    mark.setPen(pg.mkPen(colour, width=width * scale))
                    view.addItem(mark, ignoreBounds=True)
                    self.marks.append((view, mark))
        self.cell_read.emit(self.spoken_value)


def under_titles(pictures: PictureGrid, titles: Sequence[QLabel]) -> QVBoxLayout:
    """Return pictures with a title above each column."""
    row, column = QHBoxLayout(), QVBoxLayout()
    for title in titles:
        row.addWidget(title, 1)
    fill_box(column, row, pictures, stretched=pictures, spacing=GRID // 2)
    return column


def _add(
    grid: PictureGrid, picture: GridPicture, style: Style, position: tuple[int, int]
) -> pg.ViewBox:
    """Add a picture to a grid, its colour bar in the next row, and return the picture's view."""
    row, column = position
    colour_map, theme = pg.colormap.get(picture.colours), style.theme
    view = grid.addViewBox(
        row, column, lockAspect=True, invertY=True, enableMouse=False, enableMenu=False
    )
    image = pg.ImageItem(picture.values, axisOrder="row-major", levels=picture.levels)
    image.setColorMap(colour_map)
    view.addItem(image)
    bar = pg.ColorBarItem(
        values=picture.levels, colorMap=colour_map, orientation="h", interactive=False, width=GRID
    )
    axis = bar.getAxis("bottom")
    axis.setTextPen(theme.muted)
    axis.setPen(theme.line)
    axis.setStyle(tickFont=style.scaled(0.8).number_font, tickLength=-3)
    axis.enableAutoSIPrefix(False)
    axis.tickStrings = lambda values, _scale, _spacing: ticks([round(v, 12) for v in values])
    grid.addItem(bar, row + 1, column)
    return view


def _name_filters(view: pg.ViewBox, style: Style, size: int, gap: int) -> None:
    """Write each filter's number above its part of a picture, in its colour.

    The parts, of `size` rows and columns, stand in a row with `gap` columns between them.
    """
    for i in range(FILTER_COUNT):
        name = pg.TextItem(f"filter {i + 1}", style.theme.filters[i], anchor=(0.5, 1))
        name.setFont(style.scaled(0.8).body_font)
        name.setPos(i * (size + gap) + size / 2, 0)
        view.addItem(name, ignoreBounds=True)
    width = FILTER_COUNT * size + (FILTER_COUNT - 1) * gap
    view.setRange(xRange=(0, width), yRange=(-0.3 * size, size), padding=0.01)
