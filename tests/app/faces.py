"""The faces of this machine, compared with the one that sizes in tests were chosen with."""

from typing import Final

from PySide6.QtGui import QFontMetricsF

from cnnviz.app.look.theme import body_font

_USUAL: Final = 1.17
"""Height of a line in DejaVu Sans, relative to its size; in Noto Sans, it is 1.36."""
_PIXELS: Final = 1000


def line_ratio() -> float:
    """Return how much higher lines are here than in the usual face; 1 if they are lower.

    A window or panel that holds as many lines as with the usual face is that much higher.
    """
    font = body_font()
    font.setPixelSize(_PIXELS)
    return max(1.0, QFontMetricsF(font).height() / _PIXELS / _USUAL)
