"""Where text stands in its rectangle, as QPainter.drawText takes it."""

from typing import Final

from PySide6.QtCore import Qt

_MIDDLE: Final = Qt.AlignmentFlag.AlignVCenter
# Whole numbers: putting Qt's flags together anew for every word of every frame costs more.
LEFT: Final = int(_MIDDLE | Qt.AlignmentFlag.AlignLeft) | int(Qt.TextFlag.TextDontClip)
CENTRE: Final = int(_MIDDLE | Qt.AlignmentFlag.AlignHCenter) | int(Qt.TextFlag.TextDontClip)
RIGHT: Final = int(_MIDDLE | Qt.AlignmentFlag.AlignRight) | int(Qt.TextFlag.TextDontClip)
