"""Where text stands in its rectangle, as QPainter.drawText takes it, and how it is broken."""

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetricsF

_MIDDLE: Final = Qt.AlignmentFlag.AlignVCenter
# Whole numbers: putting Qt's flags together anew for every word of every frame costs more.
LEFT: Final = int(_MIDDLE | Qt.AlignmentFlag.AlignLeft) | int(Qt.TextFlag.TextDontClip)
CENTRE: Final = int(_MIDDLE | Qt.AlignmentFlag.AlignHCenter) | int(Qt.TextFlag.TextDontClip)
RIGHT: Final = int(_MIDDLE | Qt.AlignmentFlag.AlignRight) | int(Qt.TextFlag.TextDontClip)

TOP_WRAPPED: Final = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop) | int(
    Qt.TextFlag.TextWordWrap
)


def broken(text: str, metrics: QFontMetricsF, width: float) -> list[str]:
    """Break words into lines that fit a width; a word that is wider stands alone."""
    lines: list[str] = []
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and metrics.horizontalAdvance(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
