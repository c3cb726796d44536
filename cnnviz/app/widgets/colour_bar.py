"""The colour bar below matrices: its range, and its numbers."""

import math
import sys
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from cnnviz.app.look.theme import Theme
from cnnviz.app.widgets.text_layout import CENTRE, LEFT, RIGHT
from cnnviz.numerics.number_format import round_range, tick

_SLACK: Final = 1.15
"""Factor by which the values must fit into a smaller range before it is used."""

_ALIKE: Final = 5
"""Factor between the largest values above which each of two pictures has a range of its own."""


def steady_range(largest: float, previous: float | None) -> float:
    """Return a range for values of magnitude `largest` that does not flicker between two steps.

    It is the previous range, unless that is too small or a smaller one would do easily.
    """
    if previous is not None and largest <= previous:
        enough = round_range(min(largest * _SLACK, sys.float_info.max))
        if enough >= previous:
            return previous
    return round_range(largest)


def paired_ranges(first: NDArray[np.floating], second: NDArray[np.floating]) -> tuple[float, float]:
    """Return the ranges of two pictures that are compared: one, unless they differ too much."""
    largest = largest_magnitude(first), largest_magnitude(second)
    if min(largest) * _ALIKE < max(largest):
        return round_range(largest[0]), round_range(largest[1])
    return (round_range(max(largest)),) * 2


def largest_magnitude(values: NDArray[np.floating]) -> float:
    """Return the largest magnitude of the finite values; 0 if there are none."""
    largest = float(max(values.max(), -values.min()))
    if math.isfinite(largest):
        return largest
    finite = values[np.isfinite(values)]
    return float(np.abs(finite).max()) if finite.size else 0.0


def paint_bar_marks(
    painter: QPainter, bar: QRectF, marks: QRectF, low: float, high: float, theme: Theme
) -> None:
    """Write the numbers below a colour bar, in the painter's font.

    If ``low == -high``, 0 stands in the middle; if three numbers do not fit, only "± high".

    `marks` is the rectangle for the numbers, at least as wide as the bar.
    """
    painter.setPen(QColor(theme.muted))
    texts = tick(low), tick(high)
    advance = QFontMetricsF(painter.font()).horizontalAdvance
    widths = [advance(text) for text in texts]
    signed = low == -high
    space = advance("  ")
    if signed and widths[0] + widths[1] + advance("0") + 2 * space > marks.width():
        painter.drawText(marks, CENTRE, f"± {texts[1]}")
        return
    # The end numbers stand below the ends of the bar, or farther apart if they would touch.
    spread = max(0.0, widths[0] + widths[1] + advance("0") + 2 * space - bar.width()) / 2
    left = max(marks.left(), bar.left() - spread)
    right = min(marks.right(), bar.right() + spread)
    line = QRectF(left, marks.top(), right - left, marks.height())
    painter.drawText(line, LEFT, texts[0])
    painter.drawText(line, RIGHT, texts[1])
    if signed:
        painter.drawText(line, CENTRE, "0")
