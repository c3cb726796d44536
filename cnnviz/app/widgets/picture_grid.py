"""Pictures beside each other, each with its colour bar below, in a grid of pyqtgraph's."""

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.numerics.network import FILTER_COUNT


def add_picture(
    grid: pg.GraphicsLayoutWidget,
    values: NDArray[np.floating],
    levels: tuple[float, float],
    colours: str,
    style: Style,
    place: tuple[int, int],
) -> pg.ViewBox:
    """Add a picture and its colour bar to a grid, and return the picture's view.

    Parameters
    ----------
    values : ndarray, shape (rows, columns)
        NaN is left empty.
    colours : str
        Name of a colour map.
    place : tuple of int
        Row and column of the grid; the bar is in the next row.
    """
    row, column = place
    colour_map, theme = pg.colormap.get(colours), style.theme
    view = grid.addViewBox(
        row, column, lockAspect=True, invertY=True, enableMouse=False, enableMenu=False
    )
    image = pg.ImageItem(values, axisOrder="row-major", levels=levels)
    image.setColorMap(colour_map)
    view.addItem(image)
    bar = pg.ColorBarItem(
        values=levels, colorMap=colour_map, orientation="h", interactive=False, width=GRID
    )
    axis = bar.getAxis("bottom")
    axis.setTextPen(theme.muted)
    axis.setPen(theme.line)
    axis.setStyle(tickFont=style.scaled(0.8).number_font, tickLength=-3)
    axis.enableAutoSIPrefix(False)
    grid.addItem(bar, row + 1, column)
    return view


def name_filters(view: pg.ViewBox, style: Style, size: int, gap: int) -> None:
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
