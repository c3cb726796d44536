"""A wrong value beside the right one: pictures on one scale, or both numbers of each image."""

from typing import Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QStackedWidget, QWidget

from cnnviz.app.look.colour_maps import Matrix, matrix_image
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.colour_bar import largest_magnitude, paint_bar_marks
from cnnviz.app.widgets.plot_style import make_plot, style_plot
from cnnviz.app.widgets.readable_plot import SpokenCurve, curve_over
from cnnviz.app.widgets.text_layout import LEFT
from cnnviz.notebooks.verdicts import Comparison
from cnnviz.numerics.number_format import round_range

_TITLES: Final = "as it is", "as it should be", "difference"
_BAR: Final = GRID
"""Height of the colour bar."""


def upright(comparison: Comparison) -> Comparison:
    """Return a comparison with rows and columns exchanged, if it is one of pictures."""
    if comparison.value.ndim == 1:
        return comparison
    caption = f"{comparison.caption}, upright"
    return Comparison(comparison.value.T, comparison.right.T, caption)


class ComparisonView(QStackedWidget):
    """Shows a comparison; hidden if there is none."""

    def __init__(self, style: Style) -> None:
        super().__init__()
        self.maps = _Maps(style)
        self.plot = make_plot("The line's value for each image, beside what it should be")
        self.plot.read_from(self._spoken_curves)
        self._own, self._right = (pg.ScatterPlotItem(pxMode=True) for _ in range(2))
        self._zero = pg.InfiniteLine(angle=0, pos=0)
        self.plot.addItem(self._zero, ignoreBounds=True)
        for item in (self._right, self._own):
            self.plot.addItem(item)
        self.addWidget(self.maps)
        self.addWidget(self.plot)
        self._name = ""
        self.set_style(style)

    def show_comparison(self, comparison: Comparison | None, name: str) -> None:
        """Show the comparison of a value of this name."""
        self._name = name
        self.setVisible(comparison is not None)
        if comparison is None:
            return
        if comparison.value.ndim == 1:
            images = np.arange(len(comparison.value))
            self._own.setData(images, comparison.value)
            self._right.setData(images, comparison.right)
            self.plot.getPlotItem().autoRange()
            self._style_plot()
            self.setCurrentWidget(self.plot)
        else:
            self.maps.show_comparison(comparison, name)
            self.setCurrentWidget(self.maps)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._style = style
        theme, size = style.theme, 0.75 * GRID * style.scale
        self._zero.setPen(pg.mkPen(theme.muted, width=style.scale))
        self._own.setSize(size)
        self._own.setBrush(pg.mkBrush(theme.wrong))
        self._own.setPen(pg.mkPen(theme.wrong))
        self._right.setSize(1.5 * size)
        self._right.setBrush(pg.mkBrush(None))
        self._right.setPen(pg.mkPen(theme.text, width=style.scale))
        self.maps.set_style(style)
        self.setFixedHeight(round(19 * GRID * style.scale))
        self._style_plot()

    def _spoken_curves(self) -> list[SpokenCurve]:
        names = ((self._own, self._name), (self._right, f"{self._name} as it should be"))
        return [
            curve_over("image", points.getData()[0], name, points.getData()[1])
            for points, name in names
        ]

    def _style_plot(self) -> None:
        across = "image   (● as it is, ○ as it should be)"
        style_plot(self.plot, self._style, across, self._name)


class _Maps(QWidget):
    """Value, right value and difference beside each other, above their colour bar."""

    def __init__(self, style: Style) -> None:
        super().__init__()
        self._style = style
        self._comparison: Comparison | None = None

    def show_comparison(self, comparison: Comparison, name: str) -> None:
        self._comparison = comparison
        self.setAccessibleName(f"{name} as it is, as it should be, and the difference")
        self.setToolTip(comparison.caption)
        self.update()

    def set_style(self, style: Style) -> None:
        self._style = style
        self.update()

    def minimumSizeHint(self) -> QSize:
        return QSize(24 * GRID, 12 * GRID)

    def paintEvent(self, _event: QPaintEvent) -> None:
        if self._comparison is None:
            return
        painter, theme = QPainter(self), self._style.theme
        painter.setFont(self._style.scaled(0.9).body_font)
        line = painter.fontMetrics().height()
        value, right = self._comparison.value, self._comparison.right
        parts = value, right, value - right
        largest = round_range(max(map(largest_magnitude, parts)))
        rows, columns = value.shape
        cell = min(
            (self.width() - 2 * GRID) / (3 * columns),
            (self.height() - 3 * line - _BAR - GRID) / rows,
        )
        width, height = columns * cell, rows * cell
        step = max(width, self.width() / 3 - GRID) + GRID
        for number, (title, part) in enumerate(zip(_TITLES, parts, strict=True)):
            left = number * step
            painter.setPen(QColor(theme.muted))
            painter.drawText(QRectF(left, 0, step, line), LEFT, title)
            box = QRectF(left, line, width, height)
            painter.drawImage(box, matrix_image(Matrix(part, largest, signed=True), theme))
            painter.setPen(QColor(theme.line))
            painter.drawRect(box)
        painter.setPen(QColor(theme.muted))
        below = line + height + GRID / 2
        bar = QRectF(0, below, 2 * step + width, _BAR)
        ramp = np.linspace(-largest, largest, 255)[np.newaxis]
        painter.drawImage(bar, matrix_image(Matrix(ramp, largest, signed=True), theme))
        marks = QRectF(bar.left(), bar.bottom(), bar.width(), line)
        paint_bar_marks(painter, bar, marks, -largest, largest, theme)
        caption = QRectF(0, marks.bottom(), self.width(), line)
        painter.drawText(caption, LEFT, self._comparison.caption)
        painter.end()
