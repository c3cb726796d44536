"""Matrices as pictures on a colour scale, painted with a bar that says the numbers."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPen

from cnnviz.app.look.colour_maps import (
    Matrix,
    activation_table,
    ink_image,
    ink_table,
    matrix_image,
    scale_image,
    signed_table,
)
from cnnviz.app.look.theme import Theme
from cnnviz.app.widgets.colour_bar import largest_magnitude, paint_bar_marks
from cnnviz.numerics.number_format import round_range
from cnnviz.numerics.tensors import ColourScale

_VEIL: Final = 0.8
"""Opacity of what fades a cell, 0 to 1."""


@dataclass(frozen=True, slots=True, eq=False)
class Coloured:
    """Matrices of one scale."""

    images: tuple[QImage, ...]
    bar: QImage
    """The scale itself, one pixel high."""
    low: float
    high: float
    """low, high: at its ends."""


def coloured(
    matrices: tuple[NDArray[Any], ...],
    scale: ColourScale,
    theme: Theme,
    held: tuple[float, float] | None = None,
) -> Coloured:
    """Draw matrices, all on one scale.

    Parameters
    ----------
    matrices : tuple of ndarray of float, shapes (rows, columns)
    scale : {"ink", "activation", "signed", "range"}
        From 0 to 1; from 0 to 1; centred on zero; from the least to the largest value.
    held : tuple of float, optional
        The ends of the last two, if they do not follow the values.
    """
    if scale == "ink":
        images = tuple(
            ink_image(np.clip(np.nan_to_num(m) * 255, 0, 255).astype(np.uint8), theme)
            for m in matrices
        )
        return Coloured(images, scale_image(ink_table(theme)), 0.0, 1.0)
    if scale == "activation":
        images = tuple(matrix_image(Matrix(m), theme) for m in matrices)
        return Coloured(images, scale_image(activation_table(theme)), 0.0, 1.0)
    if scale == "range":
        finite = np.concatenate([m[np.isfinite(m)] for m in matrices])
        found = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
        low, high = held or found
        span = (high - low) or 1.0
        images = tuple(matrix_image(Matrix((m - low) / span), theme) for m in matrices)
        ends = float(f"{low:.4g}"), float(f"{high:.4g}")  # as they are read
        return Coloured(images, scale_image(activation_table(theme)), *ends)
    largest = held[1] if held else round_range(max(largest_magnitude(m) for m in matrices))
    images = tuple(matrix_image(Matrix(m, largest, signed=True), theme) for m in matrices)
    return Coloured(images, scale_image(signed_table(theme)), -largest, largest)


def veil(cells: NDArray[np.bool_], side: float, theme: Theme) -> QImage:
    """Draw a layer that fades all cells of a picture but the marked ones, and outlines those.

    Each cell is `side` pixels high and wide.
    """
    each = max(1, int(side))
    inside = np.kron(cells, np.ones((each, each), np.bool_))
    around = np.pad(inside, 1)
    edge = inside & ~(around[:-2, 1:-1] & around[2:, 1:-1] & around[1:-1, :-2] & around[1:-1, 2:])
    panel, accent = QColor(theme.panel), QColor(theme.accent)
    faded = np.array([panel.blue(), panel.green(), panel.red(), 255]) * _VEIL  # premultiplied
    pixels = np.zeros((*inside.shape, 4), np.uint8)
    pixels[~inside] = np.rint(faded)
    pixels[edge] = accent.blue(), accent.green(), accent.red(), 255
    rows, columns = inside.shape
    premultiplied = QImage.Format.Format_ARGB32_Premultiplied
    return QImage(pixels.tobytes(), columns, rows, 4 * columns, premultiplied).copy()


def paint_bar(
    painter: QPainter, drawn: Coloured, bar: QRectF, marks: QRectF, font: QFont, theme: Theme
) -> None:
    """Paint a scale, and the numbers at its ends beneath it."""
    painter.drawImage(bar, drawn.bar)
    painter.setPen(QPen(QColor(theme.line)))
    painter.drawRect(bar)
    painter.setFont(font)
    paint_bar_marks(painter, bar, marks, drawn.low, drawn.high, theme)


def outline(painter: QPainter, rect: QRectF, theme: Theme, scale: float) -> None:
    """Outline a cell so that it is seen on every colour."""
    for colour, width in ((theme.panel, 4 * scale), (theme.accent, 2 * scale)):
        painter.setPen(QPen(QColor(colour), width))
        painter.drawRect(rect)


def frame(painter: QPainter, rect: QRectF, theme: Theme, scale: float) -> None:
    """Frame cells with dashes: they go into the outlined one of another picture."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(theme.panel), 3 * scale))
    painter.drawRect(rect)
    painter.setPen(QPen(QColor(theme.accent), 1.5 * scale, Qt.PenStyle.DashLine))
    painter.drawRect(rect)
