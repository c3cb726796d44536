"""Arrays to pictures: the colour scales, and QImages made with them.

Entry 0 of a scale is the colour of what is undefined (NaN); values are drawn with the others.
"""

from functools import cache
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage, qRgb

from cnnviz.app.theme import Theme
from cnnviz.data.resources import resource_path

Table = tuple[int, ...]
"""256 colours as Qt packs them."""

ZERO: Final = 128
"""The entry of a diverging scale that stands for 0: there are 127 on either side."""


@cache
def signed_table(theme: Theme) -> Table:
    """Colours from the most negative value, entry 1, over zero, 128, to the most positive, 255."""
    return (_packed(theme.wrong), *_table(theme.signed))


@cache
def activation_table(theme: Theme) -> Table:
    """Colours from 0, entry 1, to 1, entry 255."""
    return (_packed(theme.wrong), *_table(theme.activation))


@cache
def ink_table(theme: Theme) -> Table:
    """Colours of the grey levels 0 to 255 of an image; none of them is undefined."""
    paper, ink = _rgb(theme.paper), _rgb(theme.ink)
    shares = np.linspace(0, 1, 256)
    return tuple(
        qRgb(*(round(a + (b - a) * s) for a, b in zip(paper, ink, strict=True))) for s in shares
    )


def signed_picture(values: NDArray[np.floating[Any]], largest: float, theme: Theme) -> QImage:
    """Draw signed values on the diverging scale, centred on zero.

    Parameters
    ----------
    values : ndarray of float, shape (rows, columns)
        Values beyond the scale get its end colours.
    largest : float
        The magnitude at both ends of the scale, above 0.
    theme : Theme
    """
    with np.errstate(over="ignore"):
        levels = values / largest * (ZERO - 1) + ZERO
    return _drawn(_entries(levels), signed_table(theme))


def activation_picture(values: NDArray[np.floating[Any]], theme: Theme) -> QImage:
    """Draw activations, 0 to 1, on the sequential scale; shape (rows, columns)."""
    return _drawn(_entries(values * 254 + 1), activation_table(theme))


def ink_picture(image: NDArray[np.uint8], theme: Theme) -> QImage:
    """Draw an image's grey levels, shape (rows, columns)."""
    return _drawn(image, ink_table(theme))


def scale_picture(table: Table) -> QImage:
    """Draw a scale itself, from its low end on the left to its high end, without entry 0."""
    return _drawn(np.arange(1, 256, dtype=np.uint8)[np.newaxis], table)


def _entries(levels: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """Round to the entries 1 to 255, and NaN to 0."""
    rounded = np.minimum(np.maximum(np.rint(levels), 1), 255)
    entries: NDArray[np.floating[Any]] = np.fmax(rounded, 0)
    return entries


@cache
def _table(name: str) -> Table:
    """255 colours of one of pyqtgraph's colour maps, without the time that it takes to import."""
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


def _drawn(entries: NDArray[Any], table: Table) -> QImage:
    # Qt draws such an image enlarged 8 times as fast as one with a colour table.
    pixels = _pixels(table).take(np.ascontiguousarray(entries, np.uint8))
    rows, columns = pixels.shape
    image = QImage(pixels.data, columns, rows, 4 * columns, QImage.Format.Format_RGB32)
    return image.copy()  # Qt does not keep numpy's memory alive
