"""A direction in the space of all weights, drawn as filters and dense maps."""

from typing import Final

import numpy as np
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from cnnviz.app.look.colour_maps import Matrix, matrix_image
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.colour_bar import largest_magnitude
from cnnviz.app.widgets.text_layout import LEFT
from cnnviz.numerics.landscape.vectors import as_parameters
from cnnviz.numerics.network import FILTER_COUNT, MAP_SIZE, Floats
from cnnviz.numerics.number_format import tick
from cnnviz.training.run.predictions import upright

_NAMES: Final = "filters", "dense maps"


class DirectionPictures(QWidget):
    """Draws the three filters above the three dense maps of a direction, each on a scale for it."""

    # Of the class, because a screen reader may ask while it is being made.
    _rows: tuple[tuple[str, tuple[QImage, ...]], ...] = ()

    def __init__(self, style: Style) -> None:
        super().__init__()
        self.setAccessibleName("Direction: none is shown yet")
        self._style = style
        self._direction: Floats | None = None

    @property
    def spoken_value(self) -> str:
        """The range of each row's colours."""
        return "; ".join(words for words, _ in self._rows)

    def show_direction(self, direction: Floats | None) -> None:
        """Show a direction, shape (1803,), or none."""
        self._direction = direction
        self._rows = ()
        if direction is not None:
            parameters = as_parameters(direction)
            filters = upright(parameters.f.transpose(2, 0, 1))
            dense = upright(parameters.wo.reshape(FILTER_COUNT, MAP_SIZE, MAP_SIZE))
            self._rows = tuple(
                self._row(name, maps) for name, maps in zip(_NAMES, (filters, dense), strict=True)
            )
            sizes = [float(np.linalg.norm(maps) ** 2) for maps in (filters, dense)]
            self.setAccessibleName(
                f"Direction drawn as filters, {sizes[0]:.0%} of its length squared, and dense maps"
            )
        self.update()

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._style = style
        self.show_direction(self._direction)

    def minimumSizeHint(self) -> QSize:
        """Return a size in which the maps can be distinguished."""
        return QSize(18 * GRID, 16 * GRID)

    def sizeHint(self) -> QSize:
        """Return a size that shows the maps well."""
        return QSize(36 * GRID, 32 * GRID)

    def _row(self, name: str, maps: Floats) -> tuple[str, tuple[QImage, ...]]:
        largest = largest_magnitude(maps) or 1.0
        images = tuple(
            matrix_image(Matrix(one, largest, signed=True), self._style.theme) for one in maps
        )
        end = tick(float(f"{largest:.2g}"))
        return f"{name}, −{end} to {end}", images

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the rows, as large as they fit."""
        painter, theme = QPainter(self), self._style.theme
        painter.setFont(self._style.scaled(0.9).body_font)
        line = painter.fontMetrics().height()
        side = min(
            (self.width() - (FILTER_COUNT + 1) * GRID) / FILTER_COUNT,
            self.height() / len(_NAMES) - line - GRID,
        )
        top = 0.0
        for words, images in self._rows:
            painter.setPen(QColor(theme.muted))
            painter.drawText(QRectF(GRID, top, self.width() - GRID, line), LEFT, words)
            top += line
            for index, image in enumerate(images):
                box = QRectF(GRID + index * (side + GRID), top, side, side)
                painter.drawImage(box, image)
                painter.setPen(QColor(theme.filters[index]))
                painter.drawRect(box)
            top += side + GRID
        painter.end()
