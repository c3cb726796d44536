"""The colour bar under pictures: the range it spans, and its painting."""

import math
import sys
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from cnnviz.app.look.theme import Theme
from cnnviz.app.widgets.text_layout import CENTRE, LEFT, RIGHT
from cnnviz.numerics.number_format import tick

_STEPS: Final = (1, 1.5, 2, 3, 5, 7, 10, 15)
"""Ends of ranges within a power of ten; the last ones for where log10 rounded down."""
_SLACK: Final = 1.15
"""How far below the next smaller range the values must be before that is taken."""


def round_range(largest: float) -> float:
    """Return the smallest of …, 1, 1.5, 2, 3, 5, 7, 10, … that is not below `largest` (0: 1).

    Where that would overflow, `largest` itself.
    """
    if largest <= 0:
        return 1.0
    exponent = math.floor(math.log10(largest))
    for step in _STEPS:
        rounded = float(f"{step}e{exponent}")
        if rounded >= largest:
            break
    return rounded if math.isfinite(rounded) else largest


def steady_range(largest: float, previous: float | None) -> float:
    """Return the range to draw with, which does not flicker when `largest` wavers about a step.

    Parameters
    ----------
    largest : float
        Largest magnitude of the values.
    previous : float or None
        The range drawn with before.

    Returns
    -------
    float
        A step of `round_range`, never below `largest`; the previous one as long as the next smaller
        one would be all but filled.
    """
    if previous is not None and largest <= previous:
        roomy = round_range(min(largest * _SLACK, sys.float_info.max))
        if roomy >= previous:
            return previous
    return round_range(largest)


def largest_magnitude(values: NDArray[np.floating]) -> float:
    """Return the largest magnitude of the finite values; 0 where there is none."""
    largest = float(max(values.max(), -values.min()))
    if math.isfinite(largest):
        return largest
    finite = values[np.isfinite(values)]
    return float(np.abs(finite).max()) if finite.size else 0.0


def paint_bar_marks(
    painter: QPainter, bar: QRectF, marks: QRectF, low: float, high: float, theme: Theme
) -> None:
    """Write the numbers under a colour bar, in the painter's font.

    Parameters
    ----------
    bar : QRectF
        Where the colours are.
    marks : QRectF
        Where the numbers may be; at least as wide.
    low, high : float
        At its ends. Where ``low == -high``, zero is written in the middle; where three numbers
        do not fit, "± high" alone.
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
    # The end numbers stand under the ends, and spread where they would meet.
    spread = max(0.0, widths[0] + widths[1] + advance("0") + 2 * space - bar.width()) / 2
    left = max(marks.left(), bar.left() - spread)
    right = min(marks.right(), bar.right() + spread)
    line = QRectF(left, marks.top(), right - left, marks.height())
    painter.drawText(line, LEFT, texts[0])
    painter.drawText(line, RIGHT, texts[1])
    if signed:
        painter.drawText(line, CENTRE, "0")
