"""Alignment flags for `QPainter.drawText`, and line breaking."""

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF

_MIDDLE: Final = Qt.AlignmentFlag.AlignVCenter
# Integers: combining Qt's flags for each text of each frame is slow.
LEFT: Final = int(_MIDDLE | Qt.AlignmentFlag.AlignLeft) | int(Qt.TextFlag.TextDontClip)
CENTRE: Final = int(_MIDDLE | Qt.AlignmentFlag.AlignHCenter) | int(Qt.TextFlag.TextDontClip)
RIGHT: Final = int(_MIDDLE | Qt.AlignmentFlag.AlignRight) | int(Qt.TextFlag.TextDontClip)


def broken(text: str, metrics: QFontMetricsF, width: float) -> list[str]:
    """Break a text into lines that fit a width; a wider word gets a line of its own."""
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and metrics.horizontalAdvance(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
