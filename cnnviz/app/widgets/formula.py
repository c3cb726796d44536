"""Formulae, set from LaTeX."""

import re
import warnings
from functools import lru_cache
from typing import Final

from PySide6.QtCore import QByteArray, QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnviz.app.theme import Theme

SIZE: Final = 15
"""Of type, in pixels at the normal scale."""
_SMALLEST: Final = 0.55
"""How far a formula shrinks to fit, before it is cut off on the right."""

_SIGN: Final = re.compile(r"((?:^|[=(]|\\cdot)\s*)-(?=[\d\\])")
"""A minus that is a number's sign."""


@lru_cache(maxsize=256)
def drawing(latex: str, colour: str) -> bytes:
    """Return a formula as SVG, at `SIZE`.

    Parameters
    ----------
    latex : str
    colour : str
        ``#rrggbb``.
    """
    with warnings.catch_warnings():  # 0.13 reads its font in a way that Python 3.11 advises against
        warnings.simplefilter("ignore", DeprecationWarning)
        # Takes 0.2 s, which only the debugger needs.
        from ziamath.config import config  # noqa: PLC0415
        from ziamath.zmath import Latex  # noqa: PLC0415
    latex = _SIGN.sub(r"\1{-}", latex)  # or a sign would be set as far apart as a minus
    config.svg2 = False  # QtSvg knows SVG 1.2 only
    text: str = Latex(latex, size=SIZE, color=colour).svg()
    return text.encode()


class Formula(QWidget):
    """One formula, on one line; it shrinks to the width that there is."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._scale = 1.0
        self._latex = ""
        self._renderer = QSvgRenderer(self)
        self.setAccessibleName(name)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    @property
    def latex(self) -> str:
        """What is set."""
        return self._latex

    def set_latex(self, latex: str) -> None:
        """Set another formula; empty for none."""
        if latex != self._latex:
            self._latex = latex
            self.setAccessibleDescription(latex)
            self._set()

    def set_theme(self, theme: Theme) -> None:
        """Take another theme's text colour."""
        self._theme = theme
        self._set()

    def set_scale(self, scale: float) -> None:
        """Take type of another size."""
        self._scale = scale
        self._set()

    def sizeHint(self) -> QSize:
        """Return the size at which nothing shrinks."""
        if not self._latex:
            return QSize(0, 0)
        size = self._renderer.viewBoxF().size() * self._scale
        return QSize(round(size.width()) + 1, round(size.height()) + 1)

    def heightForWidth(self, width: int) -> int:
        """Return the height of the formula where it is this wide at most."""
        return round(self.sizeHint().height() * self._shrink(width))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the formula at the left."""
        if not self._latex:
            return
        shrink = self._shrink(self.width())
        size = self._renderer.viewBoxF().size() * (self._scale * shrink)
        painter = QPainter(self)
        top = max(0.0, (self.height() - size.height()) / 2)
        self._renderer.render(painter, QRectF(0, top, size.width(), size.height()))
        painter.end()

    def _shrink(self, width: int) -> float:
        return min(1.0, max(_SMALLEST, width / max(1, self.sizeHint().width())))

    def _set(self) -> None:
        if self._latex:
            self._renderer.load(QByteArray(drawing(self._latex, self._theme.text)))
        self.updateGeometry()
        self.update()
