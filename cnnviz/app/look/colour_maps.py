"""Colour maps, and images of arrays drawn with them.

Entry 0 of a colour table is for undefined values (NaN); the others are for numbers.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate, pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage, qRgb

from cnnviz.app.look.theme import Theme
from cnnviz.data.resources import resource_path

Table = tuple[int, ...]
"""256 colours as Qt packs them."""

_SIGNED_ENTRIES: Final = 256
"""Number of colours of the diverging map; those of the sequential map follow them."""
ZERO: Final = 128
"""Entry of the diverging map for 0, with 127 on either side."""


@cache
def signed_table(theme: Theme) -> Table:
    """Colours from the most negative value, entry 1, over zero, 128, to the most positive, 255."""
    return (_packed(theme.undefined), *_table(theme.signed))


@cache
def activation_table(theme: Theme) -> Table:
    """Colours from 0, entry 1, to 1, entry 255."""
    return (_packed(theme.undefined), *_table(theme.activation))


@cache
def ink_table(theme: Theme) -> Table:
    """Colours of the grey levels 0 to 255 of an image; none is undefined."""
    paper, ink = np.array([_rgb(theme.paper), _rgb(theme.ink)])
    shares = np.linspace(0, 1, 256)[:, np.newaxis]
    colours = np.rint(paper + (ink - paper) * shares).astype(int)
    return tuple(qRgb(*colour) for colour in colours.tolist())


@dataclass(frozen=True, slots=True, eq=False)
class Matrix:
    """Values and the colour map to draw them with."""

    values: NDArray[np.floating[Any]]
    """Shape (rows, columns). Values beyond the ends get the end colours."""
    largest: float = 1.0
    """The value at the high end, above that at the low end."""
    signed: bool = False
    """Whether the map diverges from zero, and its low end is ``-largest``."""
    least: float = 0.0
    """The value at the low end of the sequential map."""

    def put_levels(self, levels: NDArray[np.floating[Any]]) -> None:
        """Write the values as entries of the map, 1 to 255, not yet rounded, into `levels`."""
        zero = ZERO if self.signed else 1
        if self.signed or not self.least:
            np.divide(self.values, self.largest, out=levels)
        else:
            np.subtract(self.values, self.least, out=levels)
            levels /= self.largest - self.least
        levels *= 255 - zero
        levels += zero


def matrix_image(matrix: Matrix, theme: Theme) -> QImage:
    """Draw a matrix."""
    return mosaic([matrix], theme)


def mosaic(matrices: Sequence[Matrix], theme: Theme) -> QImage:
    """Draw one or more matrices below each other, without gaps.

    One image of all is faster: they are small, and each numpy call costs more than its arithmetic.
    """
    ends = list(accumulate((len(m.values) for m in matrices), initial=0))
    parts = [
        np.s_[top:end, : m.values.shape[1]]
        for m, (top, end) in zip(matrices, pairwise(ends), strict=True)
    ]
    columns = max(m.values.shape[1] for m in matrices)
    dtype = np.result_type(np.float32, *(m.values for m in matrices))
    levels = np.zeros((ends[-1], columns), dtype)
    with np.errstate(over="ignore"):
        for matrix, part in zip(matrices, parts, strict=True):
            matrix.put_levels(levels[part])
    entries = _entries(levels)
    for matrix, part in zip(matrices, parts, strict=True):
        if not matrix.signed:
            entries[part] += _SIGNED_ENTRIES
    return _drawn(entries, _joined(theme))


def ink_image(
    image: NDArray[np.uint8], theme: Theme, low: float = 0.0, high: float = 1.0
) -> QImage:
    """Draw grey levels, shape (rows, columns), whose shares of 255 go from `low` to `high`."""
    pixels = _pixels(ink_table(theme))
    if (low, high) != (0.0, 1.0):
        shares = np.clip((np.arange(256) / 255 - low) / (high - low), 0, 1)
        pixels = pixels[np.rint(shares * 255).astype(int)]
    return _drawn(image, pixels)


def scale_image(table: Table) -> QImage:
    """Draw a colour table from left to right, without entry 0."""
    return _drawn(np.arange(1, 256)[np.newaxis], _pixels(table))


def _entries(levels: NDArray[np.floating[Any]]) -> NDArray[np.intp]:
    """Round to the entries 1 to 255, and NaN to 0; overwrites the levels."""
    np.rint(levels, out=levels)
    np.maximum(levels, 1, out=levels)
    np.minimum(levels, 255, out=levels)
    np.fmax(levels, 0, out=levels)
    return levels.astype(np.intp)


@cache
def _joined(theme: Theme) -> NDArray[np.uint32]:
    """Return the colours of the diverging map, followed by those of the sequential one."""
    return np.concatenate([_pixels(signed_table(theme)), _pixels(activation_table(theme))])


@cache
def _table(name: str) -> Table:
    """Read 255 colours of one of pyqtgraph's colour maps without importing pyqtgraph."""
    colours = np.load(resource_path("colours", f"{name}.npy"), allow_pickle=False)
    return tuple(qRgb(r, g, b) for r, g, b in colours.tolist())


def _rgb(colour: str) -> tuple[int, int, int]:
    parsed = QColor(colour)
    return parsed.red(), parsed.green(), parsed.blue()


def _packed(colour: str) -> int:
    return qRgb(*_rgb(colour))


@cache
def _pixels(table: Table) -> NDArray[np.uint32]:
    return np.array(table, np.uint32)


def _drawn(entries: NDArray[np.integer[Any]], colours: NDArray[np.uint32]) -> QImage:
    # Qt draws such an image enlarged 8 times as fast as one with a colour table.
    pixels = colours.take(entries)
    rows, columns = pixels.shape
    image = QImage(pixels.data, columns, rows, 4 * columns, QImage.Format.Format_RGB32)
    return image.copy()  # Qt does not keep numpy's memory alive
