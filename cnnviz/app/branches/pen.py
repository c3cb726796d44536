"""The pens of branches other than the current one."""

from typing import Final

from PySide6.QtGui import QColor, QPen

from cnnviz.app.look.theme import Theme

_DASHES: Final = ((6.0, 3.0), (1.5, 2.5), (8.0, 3.0, 1.5, 3.0))


def branch_pen(number: int, theme: Theme, scale: float) -> QPen:
    """Return the pen of a branch, always the same for its number."""
    pen = QPen(QColor(theme.branches[(number - 1) % len(theme.branches)]), scale)
    pen.setCosmetic(True)
    pen.setDashPattern(_DASHES[(number - 1) % len(_DASHES)])
    return pen
