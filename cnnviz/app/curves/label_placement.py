"""Placement of labels near given positions, without covering lines or each other."""

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF

Line = tuple[NDArray[np.float64], NDArray[np.float64]]
"""x and y of points, in pixels; x never decreases."""

_APART: Final = 2.0
"""Least distance of a label from a line, in pixels."""
_STEPS: Final = 12
"""Number of x positions to try for each label."""
_ALONG: Final = 0.5
"""Cost of a pixel in x, relative to one in y."""


def label_places(
    wanted: Sequence[QRectF], lines: Sequence[Line], bounds: QRectF, kept: int = 0
) -> list[QRectF | None]:
    """Return a free rectangle near each wanted one; None if there is none.

    The first labels take precedence.

    Parameters
    ----------
    kept : int
        How many of the first labels are never left out: without a free rectangle, they cover lines.
    lines : sequence of pair of ndarray of float64, shape (m,)
        Lines that labels must not cover; NaN is a gap.
    """
    taken: list[QRectF] = []
    found: list[QRectF | None] = []
    for box in wanted:
        rectangle = _nearest(box, lines, taken, bounds)
        if rectangle is None and len(found) < kept:
            rectangle = _inside(box, bounds)
        found.append(rectangle)
        if rectangle is not None:
            taken.append(rectangle)
    return found


def _nearest(
    box: QRectF, lines: Sequence[Line], taken: Sequence[QRectF], bounds: QRectF
) -> QRectF | None:
    rightmost = min(box.left(), bounds.right() - box.width())
    best, least = None, np.inf
    for left in np.linspace(rightmost, bounds.left(), _STEPS).tolist():
        if left < bounds.left():
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
        top = _free(box.top(), box.height(), blocked, bounds)
        if top is not None and cost + abs(top - box.top()) < least:
            least = cost + abs(top - box.top())
            best = QRectF(left, top, box.width(), box.height())
    return best


def _inside(box: QRectF, bounds: QRectF) -> QRectF:
    """Return a rectangle moved the shortest way into the bounds; its top left corner at least."""
    left = max(bounds.left(), min(box.left(), bounds.right() - box.width()))
    top = max(bounds.top(), min(box.top(), bounds.bottom() - box.height()))
    return QRectF(left, top, box.width(), box.height())


def _reach(line: Line, left: float, right: float) -> tuple[float, float]:
    """Return the least and largest y of a line between two x; an empty interval if it has none."""
    x, y = line
    within = (x >= left) & (x <= right)
    ends = [at for at in (left, right) if len(x) and x[0] <= at <= x[-1]]
    heights = np.concatenate([y[within], np.interp(ends, x, y) if ends else np.empty(0)])
    heights = heights[np.isfinite(heights)]
    if not len(heights):
        return np.inf, -np.inf
    return float(heights.min()) - _APART, float(heights.max()) + _APART


def _free(
    top: float, height: float, blocked: Sequence[tuple[float, float]], bounds: QRectF
) -> float | None:
    """Return the free top nearest to the wanted one."""
    edges = [top, bounds.top(), bounds.bottom() - height]
    edges += [low - height for low, _ in blocked] + [high for _, high in blocked]
    free = [
        at
        for at in edges
        if bounds.top() <= at <= bounds.bottom() - height
        and all(at + height <= low or high <= at for low, high in blocked)
    ]
    return min(free, key=lambda at: abs(at - top), default=None)
