"""A wrong value beside the right one: pictures on one scale, or both numbers of each image."""

from functools import partial
from typing import Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QLabel, QStackedWidget, QVBoxLayout, QWidget

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.colour_bar import largest_magnitude
from cnnviz.app.widgets.labels import text_label
from cnnviz.app.widgets.picture_grid import GridPicture, PictureGrid, PictureRow, under_titles
from cnnviz.app.widgets.plot_style import make_plot, style_plot
from cnnviz.app.widgets.readable_plot import SpokenCurve, curve_over
from cnnviz.notebooks.verdicts import LineComparison
from cnnviz.numerics.number_format import compact, round_range

_TITLES: Final = "as it is", "as it should be", "difference"


def upright(comparison: LineComparison) -> LineComparison:
    """Return a comparison with rows and columns exchanged, if it is one of pictures."""
    if comparison.value.ndim == 1:
        return comparison
    caption = f"{comparison.caption}, upright"
    return LineComparison(comparison.value.T, comparison.right.T, caption)


class ComparisonView(QStackedWidget):
    """Shows a comparison; hidden if there is none."""

    def __init__(self, style: Style) -> None:
        super().__init__()
        self._comparison: LineComparison | None = None
        self.pictures = PictureGrid("")
        self.pictures.cell_read.connect(self._show_words)
        self.caption = text_label(name="What the pictures show", look="muted")
        self._maps = QWidget()
        centred = Qt.AlignmentFlag.AlignHCenter
        drawn = under_titles(self.pictures, [QLabel(t, alignment=centred) for t in _TITLES])
        box = QVBoxLayout(self._maps)
        fill_box(box, drawn, self.caption, spacing=0)
        box.setStretchFactor(drawn, 1)
        name = "The line's value for each image, beside what it should be"
        self.plot = make_plot(name, mouse="xy")
        self.plot.read_from(self._spoken_curves)
        self._own, self._right = (pg.ScatterPlotItem(pxMode=True) for _ in range(2))
        self._zero = pg.InfiniteLine(angle=0, pos=0)
        self.plot.addItem(self._zero, ignoreBounds=True)
        for item in (self._right, self._own):
            self.plot.addItem(item)
        self.addWidget(self._maps)
        self.addWidget(self.plot)
        self._name = ""
        self.set_style(style)

    def show_comparison(self, comparison: LineComparison | None, name: str) -> None:
        """Show the comparison of a value of this name."""
        self._name, self._comparison = name, comparison
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
            self._draw_pictures()
            self.setCurrentWidget(self._maps)

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
        self.pictures.set_style(style)
        self._draw_pictures()
        self.setFixedHeight(round(25 * GRID * style.scale))
        self._style_plot()

    def _spoken_curves(self) -> list[SpokenCurve]:
        names = ((self._own, self._name), (self._right, f"{self._name} as it should be"))
        return [
            curve_over("image", points.getData()[0], name, points.getData()[1])
            for points, name in names
        ]

    def _draw_pictures(self) -> None:
        shown = self._comparison
        if shown is None or shown.value.ndim == 1:
            return
        parts = shown.value, shown.right, shown.value - shown.right
        largest = round_range(max(map(largest_magnitude, parts)))
        levels, colours = (-largest, largest), self._style.theme.signed
        pictures = [GridPicture(part, levels, colours) for part in parts]
        words = partial(_words, shown)
        row = PictureRow(pictures, words, 0, names_filters=False)
        name = f"{self._name} as it is, as it should be, and the difference"
        self.pictures.setAccessibleName(name)
        self.pictures.show_rows([row])

    @Slot(str)
    def _show_words(self, words: str) -> None:
        """Show the numbers of the cell that is pointed at, or else what the pictures show."""
        caption = self._comparison.caption if self._comparison is not None else ""
        self.caption.setText(words or caption)

    def _style_plot(self) -> None:
        across = "image   (● as it is, ○ as it should be)"
        style_plot(self.plot, self._style, across, self._name)


def _words(shown: LineComparison, row: int, column: int) -> str:
    """Write the numbers of a cell; "" beside the pictures."""
    rows, columns = shown.value.shape
    if not (0 <= row < rows and 0 <= column < columns):
        return ""
    value, right = (float(part[row, column]) for part in (shown.value, shown.right))
    return f"It is {compact(value, 6)}, and should be {compact(right, 6)}."
