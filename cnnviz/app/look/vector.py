"""Painting as drawing commands, which become SVG."""

from typing import Final

from PySide6.QtGui import QPaintEngine, QPainter

_VECTORS: Final = (QPaintEngine.Type.SVG, QPaintEngine.Type.Picture)


def is_vector(painter: QPainter) -> bool:
    """Say whether a painter records commands: Qt's SVG then has all of an image, not a part."""
    engine = painter.paintEngine()
    return engine is not None and engine.type() in _VECTORS
