"""Where labels stand beside lines: near what they name, over no line and over no other label."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF

Line = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Places along and upright, in pixels; those along never fall."""

_APART: Final = 2.0
"""Pixels between a label and a line."""
_STEPS: Final = 12
"""Places along that are tried for each label."""
_ALONG: Final = 0.5
"""What a pixel along counts, where a pixel upright counts 1."""


def label_places(
    wanted: Sequence[QRectF], lines: Sequence[Line], room: QRectF
) -> list[QRectF | None]:
    """Put each label near where it is wanted.

    The first have the first choice. One for which lines and other labels leave no room has no
    place.

    Parameters
    ----------
    lines : sequence of pair of ndarray of float64, shape (m,)
        What labels should not cover. NaN is a gap.
    room : QRectF
        What labels must be in.
    """
    taken: list[QRectF] = []
    found: list[QRectF | None] = []
    for box in wanted:
        place = _nearest(box, lines, taken, room)
        found.append(place)
        if place is not None:
            taken.append(place)
    return found


def _nearest(
    box: QRectF, lines: Sequence[Line], taken: Sequence[QRectF], room: QRectF
) -> QRectF | None:
    rightmost = min(box.left(), room.right() - box.width())
    best, least = None, np.inf
    for left in np.linspace(rightmost, room.left(), _STEPS).tolist():
        if left < room.left():
            continue
        cost = _ALONG * abs(box.left() - left)
        if cost >= least:
            break
        blocked = [_reach(line, left, left + box.width()) for line in lines]
        blocked += [
            (other.top(), other.bottom())
            for other in taken
            if other.left() < left + box.width() and left < other.right()
        ]
        top = _free(box.top(), box.height(), blocked, room)
        if top is not None and cost + abs(top - box.top()) < least:
            least = cost + abs(top - box.top())
            best = QRectF(left, top, box.width(), box.height())
    return best


def _reach(line: Line, left: float, right: float) -> tuple[float, float]:
    """Return how far up and down a line goes between two places; nothing where it is not there."""
    x, y = line
    within = (x >= left) & (x <= right)
    ends = [place for place in (left, right) if len(x) and x[0] <= place <= x[-1]]
    heights = np.concatenate([y[within], np.interp(ends, x, y) if ends else np.empty(0)])
    heights = heights[np.isfinite(heights)]
    if not len(heights):
        return np.inf, -np.inf
    return float(heights.min()) - _APART, float(heights.max()) + _APART


def _free(
    top: float, height: float, blocked: Sequence[tuple[float, float]], room: QRectF
) -> float | None:
    """Return the top nearest to the one that is wanted at which nothing is in the way."""
    edges = [top, room.top(), room.bottom() - height]
    edges += [low - height for low, _ in blocked] + [high for _, high in blocked]
    free = [
        at
        for at in edges
        if room.top() <= at <= room.bottom() - height
        and all(at + height <= low or high <= at for low, high in blocked)
    ]
    return min(free, key=lambda at: abs(at - top), default=None)
