"""Formulae, set from LaTeX."""

import re
from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QByteArray, QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtSvg import QSvgRenderer
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnviz.app.look.formulae import drawing
from cnnviz.app.look.style import Style

_SMALLEST: Final = 0.55
"""The smallest scale of a formula; one that would need less is cut off on the right."""

_BREAKING: Final = 0.7
"""The scale below which a formula is set on two lines instead."""
_OPENING, _CLOSING = ("{", r"\left"), ("}", r"\right")
_TOKENS: Final = re.compile(r"\\left|\\right|[{}]| (?=[+=-] )|, *(?=\\quad)")
"""What brackets hold together, and the blanks before signs."""


def broken(latex: str) -> tuple[str, ...]:
    """Break a formula near its middle, after a comma or before a sign in no bracket, if any."""
    depth, breaks, clauses = 0, [], []
    for found in _TOKENS.finditer(latex):
        token = found.group()
        if token in _OPENING:
            depth += 1
        elif token in _CLOSING:
            depth -= 1
        elif depth == 0 and token.startswith(","):
            clauses.append(found.end())
        elif depth == 0:
            breaks.append(found.start() + 1)
    if not (breaks := clauses or breaks):
        return (latex,)
    middle = min(breaks, key=lambda position: abs(position - len(latex) / 2))
    rest = latex[middle:].removeprefix(r"\quad").strip()
    return latex[:middle].strip(), rf"\quad {rest}"


class Formula(QWidget):
    """One formula; it shrinks to the available width, on two lines if one would shrink much."""

    spoken_value = ""  # what it says is its description

    def __init__(self, style: Style, name: str) -> None:
        super().__init__()
        self._style = style
        self._latex = ""
        self._whole = [QSvgRenderer(self)]
        self._halves = [QSvgRenderer(self), QSvgRenderer(self)]
        self._halved = ("", "")  # the tensor whose halves are in two colours, and which
        self._sizes: dict[int, QSize] = {}  # by the number of lines
        self.setAccessibleName(name)
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    def set_latex(self, latex: str) -> None:
        """Set another formula; empty for none."""
        if latex != self._latex:
            self._latex = latex
            self.setAccessibleDescription(latex)
            self._set()

    def set_style(self, style: Style) -> None:
        """Use a style's colours and type."""
        self._style = style
        self._set()

    def sizeHint(self) -> QSize:
        """Return the size at which nothing shrinks."""
        if not self._latex:
            return QSize(0, 0)
        return self._size(self._whole)

    def heightForWidth(self, width: int) -> int:
        """Return the height of the formula in at most this width."""
        lines = self._lines(width)
        return round(self._size(lines).height() * self._shrink(lines, width))

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the formula at the left."""
        if not self._latex:
            return
        lines = self._lines(self.width())
        shrink = self._shrink(lines, self.width())
        painter = QPainter(self)
        top = max(0.0, (self.height() - self._size(lines).height() * shrink) / 2)
        for line in lines:
            size = line.viewBoxF().size() * (self._style.scale * shrink)
            line.render(painter, QRectF(0, top, size.width(), size.height()))
            top += size.height()
        painter.end()

    def _size(self, lines: Sequence[QSvgRenderer]) -> QSize:
        """Return the size of lines that do not shrink."""
        if not self._latex:
            return QSize(0, 0)
        if (size := self._sizes.get(len(lines))) is None:
            sizes = [line.viewBoxF().size() * self._style.scale for line in lines]
            width, height = max(s.width() for s in sizes), sum(s.height() for s in sizes)
            size = self._sizes[len(lines)] = QSize(round(width) + 1, round(height) + 1)
        return size

    def _lines(self, width: int) -> Sequence[QSvgRenderer]:
        """Return the drawing for a width."""
        fits = width >= _BREAKING * self._size(self._whole).width()
        lines = () if fits else broken(self._latex)
        if len(lines) < 2:
            return self._whole
        if (drawn := (self._latex, self._style.theme.text)) != self._halved:
            self._halved = drawn
            for line, latex in zip(self._halves, lines, strict=True):
                _load(line, latex, self._style.theme.text)
        return self._halves

    def _shrink(self, lines: Sequence[QSvgRenderer], width: int) -> float:
        return min(1.0, max(_SMALLEST, width / max(1, self._size(lines).width())))

    def _set(self) -> None:
        self._sizes = {}
        if self._latex:
            _load(self._whole[0], self._latex, self._style.theme.text)
        self.updateGeometry()
        self.update()


def _load(renderer: QSvgRenderer, latex: str, colour: str) -> None:
    renderer.load(QByteArray(drawing(latex, colour)))
