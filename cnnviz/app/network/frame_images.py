"""A frame's arrays as images, converted only if they changed."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from cnnviz.app.cells.cell import Column, Shown
from cnnviz.app.look.colour_maps import Matrix, ink_image, mosaic
from cnnviz.app.look.theme import Theme
from cnnviz.app.widgets.colour_bar import largest_magnitude, steady_range
from cnnviz.app.widgets.colour_range import ColourRange
from cnnviz.app.widgets.followed_run import FollowedRun
from cnnviz.training.loop.frame import Frame

SIGNED = frozenset({"f", "C", "wo", "wo·a"})
"""Quantities on the diverging scale, whose ranges are centred on zero."""
_OF_IMAGE: Final = frozenset({"C", "wo·a"})
"""Quantities that are other ones if another image is shown."""
_NONE: Final[frozenset[Column]] = frozenset()
_IMAGE: Final = frozenset({Column.IMAGE})
_NUMBERS: Final = frozenset(Column) - _IMAGE


@dataclass(frozen=True, slots=True, eq=False)
class ColumnImage:
    """The matrices of one column as an image."""

    array: NDArray[Any]
    """The converted array."""
    quantity: str
    image: QImage
    """Contains the column's matrices below each other."""
    top: int = 0
    """The row of the image in which they start."""


@dataclass(frozen=True, slots=True)
class Scale:
    """The words at the colour bar of a column."""

    quantity: str
    """Its name in the notebook."""
    low: float
    high: float
    """low, high: the values at its ends."""
    held: bool = False
    """Whether its ends stay while the values change."""
    note: str = ""
    """Says that it is held, or how far it has just jumped, such as "× 500"; else empty."""


class FrameImages:
    """The newest images of every column."""

    def __init__(self) -> None:
        self._columns: dict[Column, ColumnImage] = {}
        self._theme: Theme | None = None
        self._ranges: dict[str, tuple[float, float]] = {"X": (0.0, 1.0), "A": (0.0, 1.0)}
        self._bars: defaultdict[str, ColourRange] = defaultdict(ColourRange)
        self._run = FollowedRun()
        self._restarts: set[str] = set()  # columns whose next picture starts a new range
        self._shows: tuple[tuple[int, object], Shown] | None = None
        self._stale = False
        self.scales: tuple[Scale, ...] = ()
        """The columns' colour bars, from left to right; empty before a frame."""

    def __getitem__(self, column: Column) -> ColumnImage:
        return self._columns[column]

    def hold(self, quantity: str, low: float, high: float) -> None:
        """Draw a quantity on a range of colours that stays, from the next conversion on."""
        self._bars[quantity].held = low, high
        self._stale = True

    def follow(self, quantity: str) -> None:
        """Let the range of a quantity's colours follow its values again."""
        self._stale |= self._bars[quantity].held is not None
        self._bars[quantity].held = None

    def convert(self, frame: Frame, shown: Shown, theme: Theme, now: float) -> frozenset[Column]:
        """Convert a frame at a time in seconds, and return the columns that may have changed."""
        recolour = self._stale or (theme is not self._theme and theme != self._theme)
        self._theme, self._stale = theme, False
        view = frame.image
        self._restart_notes(frame, shown)
        maps = view.activations if shown.maps == "A" else view.maps
        dense = frame.dense if shown.dense == "wo" else view.contributions
        new_image = recolour or self._differs(Column.IMAGE, "X", view.image)
        if new_image:
            drawn = ink_image(view.image, theme, *self._range("X"))
            self._columns[Column.IMAGE] = ColumnImage(view.image, "X", drawn)
        columns = (
            (Column.FILTERS, "f", frame.filters),
            (Column.MAPS, shown.maps, maps),
            (Column.DENSE, shown.dense, dense),
        )
        new_numbers = recolour or any(self._differs(*column) for column in columns)
        if new_numbers:
            self._draw(columns, theme)
        scales = tuple(self._scale(column.quantity, now) for column in self._columns.values())
        if scales != self.scales:  # an equal one is not compared again
            self.scales = scales
        return (_IMAGE if new_image else _NONE) | (_NUMBERS if new_numbers else _NONE)

    def _restart_notes(self, frame: Frame, shown: Shown) -> None:
        """Report no jump of the ranges when another run, image or quantity is shown."""
        goes_on, before = self._run.goes_on(frame), self._shows
        image = frame.image.index, frame.image.outside
        self._shows = image, shown
        if before is None or not goes_on:
            restarted = {*self._bars}
            self._restarts |= SIGNED
        else:
            old = before[1]
            new = {shown.maps, shown.dense} - {old.maps, old.dense}
            restarted = new | (_OF_IMAGE if image != before[0] else frozenset())
        for quantity in restarted:
            self._bars[quantity].restart()

    def _range(self, quantity: str) -> tuple[float, float]:
        return self._bars[quantity].held or self._ranges[quantity]

    def _scale(self, quantity: str, now: float) -> Scale:
        bar = self._bars[quantity]
        note = bar.note(self._ranges[quantity][1], now)
        return Scale(quantity, *self._range(quantity), bar.held is not None, note)

    def _differs(self, column: Column, quantity: str, array: NDArray[Any]) -> bool:
        old = self._columns.get(column)
        return old is None or old.quantity != quantity or not _equal(old.array, array)

    def _draw(
        self, columns: tuple[tuple[Column, str, NDArray[np.floating[Any]]], ...], theme: Theme
    ) -> None:
        """Draw columns of numbers into one image."""
        matrices = []
        for column, quantity, array in columns:
            old = self._columns.get(column)
            if quantity in SIGNED:
                known = old is not None and old.quantity == quantity
                known = known and quantity not in self._restarts
                before = self._ranges[quantity][1] if known else None
                largest = steady_range(largest_magnitude(array), before)
                self._ranges[quantity] = -largest, largest
                self._restarts.discard(quantity)
            low, high = self._range(quantity)
            matrices.append(
                Matrix(array.reshape(-1, array.shape[-1]), high, quantity in SIGNED, low)
            )
        image, top = mosaic(matrices, theme), 0
        for (column, quantity, array), matrix in zip(columns, matrices, strict=True):
            self._columns[column] = ColumnImage(array, quantity, image, top)
            top += len(matrix.values)


def _equal(old: NDArray[Any], new: NDArray[Any]) -> bool:
    if old.shape != new.shape or old.dtype != new.dtype:
        return False
    return old is new or old.tobytes() == new.tobytes()
