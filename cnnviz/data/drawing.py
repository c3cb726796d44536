"""Scales a drawing or a photograph to 28 × 28 pixels, as MNIST's digits were.

LeCun, Cortes and Burges describe it at http://yann.lecun.com/exdb/mnist/: the digits were scaled
into a box of 20 × 20 pixels, keeping their aspect ratio, with grey levels from anti-aliasing, and
put into an image of 28 × 28 so that their centre of mass is at its centre: in all of its images, in
row and column 14, to within half a pixel.
"""

from math import ceil
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.dataset import IMAGE_SIZE

Doubles = NDArray[np.float64]

BOX: Final = 20
"""Rows and columns that a digit is scaled into, in pixels."""
CENTRE: Final = 14
"""Row and column, from 0, of the pixel in which MNIST's digits have their centre of mass."""
_TIE: Final = 1e-9
"""Pixels by which rounding may miss that a centre of mass is halfway between two."""
_FAINT: Final = 0.15
"""Ink of a picture that is taken for paper, relative to the darkest."""
_LEAST_CONTRAST: Final = 0.1
"""Difference of ink and paper, relative to black and white, below which a picture is empty."""


def as_mnist(ink: NDArray[Any]) -> NDArray[np.uint8]:
    """Scale ink into 20 × 20 pixels and centre it in 28 × 28 by its centre of mass.

    The shift is by whole pixels, as MNIST's is. Without any ink, the image is empty.

    Parameters
    ----------
    ink : ndarray, shape (rows, columns)
        0 for paper; the largest possible value is that of its dtype, or 1 for floats.

    Returns
    -------
    ndarray of uint8, shape (28, 28)
        Upright, 255 for ink.
    """
    most = 1.0 if ink.dtype.kind == "f" else float(np.iinfo(ink.dtype).max)
    image = np.zeros((IMAGE_SIZE, IMAGE_SIZE), np.uint8)
    part = _cropped(ink)
    if not part.size:
        return image
    small = _scaled(part / most)
    rows, columns = small.shape
    down, right = (ceil(CENTRE - 0.5 - centre - _TIE) for centre in centre_of_mass(small))
    down = min(max(down, 0), IMAGE_SIZE - rows)
    right = min(max(right, 0), IMAGE_SIZE - columns)
    levels = np.rint(255 * small.clip(0, 1)).astype(np.uint8)
    image[down : down + rows, right : right + columns] = levels
    return image


def centre_of_mass(ink: NDArray[Any]) -> tuple[float, float]:
    """Return the row and the column of the centre of mass of some ink; pixels count from 0."""
    by_row, by_column = (ink.sum(axis=axis, dtype=np.float64) for axis in (1, 0))
    total = float(by_row.sum())
    return (
        float(by_row @ np.arange(len(by_row))) / total,
        float(by_column @ np.arange(len(by_column))) / total,
    )


def ink_of(grey: NDArray[np.uint8]) -> Doubles:
    """Return the ink in a picture, whether it is dark on light or light on dark.

    The edges of the picture show the paper. Faint differences from it are paper, too, and
    the strongest is full ink.

    Parameters
    ----------
    grey : ndarray of uint8, shape (rows, columns)
        0 is black.

    Returns
    -------
    ndarray of float64, shape (rows, columns)
        0 (paper) to 1 (ink).
    """
    edge = np.concatenate([grey[0], grey[-1], grey[:, 0], grey[:, -1]])
    paper = float(np.median(edge))
    darker, lighter = paper - grey.min(), grey.max() - paper
    strongest = float(max(darker, lighter))
    if strongest < 255 * _LEAST_CONTRAST:
        return np.zeros(grey.shape)
    sign = -1.0 if darker >= lighter else 1.0
    ink = sign * (grey.astype(np.float64) - paper) / strongest
    ink = (ink - _FAINT) / (1 - _FAINT)
    inked: Doubles = ink.clip(0, None)
    return inked


def _cropped(ink: NDArray[Any]) -> NDArray[Any]:
    """Return the smallest part that holds all ink; an empty part if there is no ink."""
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    if not len(rows):
        return ink[:0]
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _scaled(ink: Doubles) -> Doubles:
    """Scale so that the longer side has 20 pixels; each is the mean of the ink that it covers."""
    longer = max(ink.shape)
    rows, columns = (max(1, round(BOX * side / longer)) for side in ink.shape)
    down, across = _overlaps(rows, ink.shape[0]), _overlaps(columns, ink.shape[1])
    scaled: Doubles = down @ ink @ across.T
    return scaled


def _overlaps(cells: int, pixels: int) -> Doubles:
    """Return the share of each pixel in each of fewer or more cells of the same length in all.

    Returns an array of shape (cells, pixels), each row of which sums to 1.
    """
    ratio = pixels / cells
    first = np.arange(cells)[:, np.newaxis] * ratio
    start = np.arange(pixels)
    covered = np.minimum(first + ratio, start + 1) - np.maximum(first, start)
    shares: Doubles = covered.clip(0, None) / ratio
    return shares
