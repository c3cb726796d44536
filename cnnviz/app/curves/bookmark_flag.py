"""The outline of a bookmark, at a curve and at the timeline."""

from typing import Final

from PySide6.QtCore import QPointF
from PySide6.QtGui import QPolygonF

from cnnviz.app.look.theme import GRID

FLAG: Final = GRID - 1
"""Width of a flag at normal size, in pixels."""


def flag(x: float, bottom: float, size: float) -> QPolygonF:
    """Return the outline of a bookmark's ribbon with its lower end at (x, bottom)."""
    half = size / 2
    corners = (
        (x - half, bottom - 1.5 * size),
        (x + half, bottom - 1.5 * size),
        (x + half, bottom),
        (x, bottom - half),
        (x - half, bottom),
    )
    return QPolygonF([QPointF(*corner) for corner in corners])
