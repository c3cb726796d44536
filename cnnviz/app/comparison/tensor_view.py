"""A tensor under two rules as pictures beside each other, and their difference."""

from typing import Final

import numpy as np
from PySide6.QtCore import QSize
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.colour_bar import largest_magnitude, paired_ranges
from cnnviz.app.widgets.elided_label import ElidedLabel
from cnnviz.app.widgets.labels import selectable_label
from cnnviz.app.widgets.picture_grid import (
    GridPicture,
    PictureGrid,
    PictureRow,
    picture_at,
    under_titles,
)
from cnnviz.numerics.network import FILTER_COUNT
from cnnviz.numerics.number_format import compact, round_range
from cnnviz.numerics.rule import Rule
from cnnviz.numerics.tensor_pictures import in_a_row
from cnnviz.numerics.tensors import TENSORS
from cnnviz.training.comparison.lockstep import TensorsBeside

_GAP: Final = 1
"""Empty columns between the pictures of two filters."""
_HINT: Final = "Point at a cell to read its values."


class TensorPairView(QWidget):
    """Three pictures: by the first rule, by the second, and the second less the first."""

    def __init__(self, style: Style) -> None:
        super().__init__()
        self._beside: TensorsBeside | None = None
        self.caption = selectable_label("What the pictures show")
        self.titles = tuple(ElidedLabel() for _ in range(3))
        self.readout = QLabel(_HINT)
        self.readout.setAccessibleName("Values of the cell under the pointer")
        self.pictures = PictureGrid("A tensor under both rules, and the difference")
        self.pictures.setFixedHeight(21 * GRID)
        self.pictures.setMinimumWidth(40 * GRID)
        self.pictures.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.pictures.cell_read.connect(lambda words: self.readout.setText(words or _HINT))
        parts = self.caption, under_titles(self.pictures, self.titles), self.readout
        fill_box(QVBoxLayout(self), *parts, spacing=GRID // 2)
        self.set_style(style)

    def sizeHint(self) -> QSize:
        """Return a size that shows the pictures."""
        return QSize(80 * GRID, 30 * GRID)

    def set_style(self, style: Style) -> None:
        """Use a style's colours and size."""
        self._style = style
        self.pictures.set_style(style)
        self._draw()

    def show_tensors(self, beside: TensorsBeside, rules: tuple[Rule, Rule]) -> None:
        """Show a tensor of two rules."""
        self._beside = beside
        first, second = (rule.title for rule in rules)
        for label, text in zip(self.titles, (first, second, f"{second} − {first}"), strict=True):
            label.setText(text)
        self.caption.setText(_caption(beside))
        self.readout.setText(_HINT)
        self._draw()

    def show_error(self, text: str) -> None:
        """Say why the tensors cannot be shown."""
        self._beside = None
        self.caption.setText(text)
        self.pictures.show_rows([])

    def _draw(self) -> None:
        beside = self._beside
        if beside is None:
            return
        theme, scale = self._style.theme, TENSORS[beside.tensor].scale
        spans = paired_ranges(beside.first, beside.second)
        apart = round_range(largest_magnitude(beside.difference))
        is_activation = scale == "activation"
        colours = theme.activation if is_activation else theme.signed
        levels = [(0.0, 1.0) if is_activation else (-span, span) for span in spans]
        drawn = (
            GridPicture(in_a_row(beside.first, _GAP), levels[0], colours),
            GridPicture(in_a_row(beside.second, _GAP), levels[1], colours),
            GridPicture(in_a_row(beside.difference, _GAP), (-apart, apart), theme.signed),
        )
        row = PictureRow(
            drawn,
            lambda row, column: words_at(beside, row, column),
            _GAP,
            names_filters=len(beside.first) == FILTER_COUNT,
        )
        self.pictures.show_rows([row])


def words_at(beside: TensorsBeside, row: int, column: int) -> str:
    """Name a cell of the pictures and its numbers; "" beside them."""
    count, rows, columns = beside.first.shape
    found = picture_at(row, column, beside.first.shape, _GAP)
    if found is None:
        return ""
    picture, _, across = found
    first, second = (float(values[found]) for values in (beside.first, beside.second))
    if np.isnan(first):
        return ""
    if TENSORS[beside.tensor].is_number_per_image:
        place = f"image {row * columns + across}: "
    elif rows == columns == 1:
        place = ""
    else:
        named = f"filter {picture + 1}, " if count == FILTER_COUNT else ""
        place = f"{named}row {row + 1}, column {across + 1}: "
    apart = compact(second - first)
    return f"{place}{compact(first, 6)} and {compact(second, 6)}, a difference of {apart}"


def _caption(beside: TensorsBeside) -> str:
    tensor = TENSORS[beside.tensor]
    has_images = "k" in tensor.axes and not tensor.is_number_per_image
    of = f" of image {beside.image}" if has_images else ""
    each = ", a cell for each image" if tensor.is_number_per_image else ""
    return f"{tensor.symbol}{of} in iteration {beside.iteration:,}: {tensor.meaning}{each}."
