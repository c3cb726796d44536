"""Why a number is what it is: the sentence, and the chain of factors behind it."""

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID, body_font, number_font
from cnnviz.app.widgets.text_layout import LEFT, RIGHT, TOP_WRAPPED
from cnnviz.numerics.number_format import compact
from cnnviz.numerics.tensors import entry_text
from cnnviz.numerics.why import Why

_LEFT_WRAPPED: Final = int(LEFT) | int(Qt.TextFlag.TextWordWrap)
_MOST: Final = 20.0
"""Powers of ten that a bar shows at most."""
_TITLE: Final = "The factors, largest effect first"
_WAYS: Final = "makes it smaller ◂ ▸ larger"
_BARS: Final = 0.4
"""Of the width, for the bars where they stand beside the numbers."""
_SMALLEST_BARS: Final = 12 * GRID
"""Pixels below which bars beside the numbers say nothing any more, at the normal scale."""


@dataclass(frozen=True, slots=True)
class _Row:
    """Where a factor is written: its symbol, its value, its bar, and what it is."""

    symbol: QRectF
    value: QRectF
    bar: QRectF
    what: QRectF


@dataclass(frozen=True, slots=True)
class _Laid:
    """Where everything is at a width."""

    heading: QRectF
    sentence: QRectF
    title: QRectF
    ways: QRectF
    rows: tuple[_Row, ...]
    bottom: float


class WhyView(QWidget):
    """The chain behind one number, largest effect first."""

    def __init__(self, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._why: Why | None = None
        self._instead = ""
        self.setAccessibleName("Why this number is what it is")
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.set_style(style)

    def show_why(self, why: Why | None, instead: str = "") -> None:
        """Show another chain, or where there is none, what is said instead."""
        if why is not self._why or instead != self._instead:
            self._why, self._instead = why, instead
            self.setAccessibleDescription(self.sentence())
            self.updateGeometry()
            self.update()

    def set_style(self, style: Style) -> None:
        """Take colours and type."""
        self._theme, self._scale, scale = style.theme, style.scale, style.scale
        self._body, self._small = body_font(scale), body_font(0.85 * scale)
        self._number = number_font(0.95 * scale)
        self._line = QFontMetricsF(self._body).height() + 3
        self.updateGeometry()
        self.update()

    def heading(self) -> str:
        """Return the question."""
        why = self._why
        if why is None:
            return ""
        name = entry_text(why.tensor, why.index, why.axis)
        return f"Why is {name} = {compact(why.value, 4)}?"

    def sentence(self) -> str:
        """Return the answer in words."""
        return self._why.sentence if self._why else self._instead

    def rows(self) -> list[tuple[str, str, str]]:
        """Return each factor: its symbol, its value, and what it is."""
        factors = self._why.factors if self._why else ()
        return [
            (
                f.symbol,
                compact(f.value, 4) + ("" if f.most is None else f" of at most {compact(f.most)}"),
                f.what,
            )
            for f in factors
        ]

    def _effects(self) -> list[float]:
        """Return each factor's effect as its bar shows it: a factor that is 0 has the longest."""
        factors = self._why.factors if self._why else ()
        return [max(-_MOST, min(_MOST, f.effect)) for f in factors]

    def sizeHint(self) -> QSize:
        """Return a usual size."""
        return QSize(40 * GRID, self.heightForWidth(max(self.width(), 40 * GRID)))

    def heightForWidth(self, width: int) -> int:
        """Return the height that everything takes at a width."""
        return round(self._lay_out(width).bottom + GRID)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Wrap the words anew."""
        super().resizeEvent(event)
        self.updateGeometry()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint everything."""
        painter, theme, laid = QPainter(self), self._theme, self._lay_out(self.width())
        painter.setFont(self._number)
        painter.setPen(QColor(theme.muted))
        painter.drawText(laid.heading, TOP_WRAPPED, self.heading())
        painter.setFont(self._body)
        painter.setPen(QColor(theme.text))
        painter.drawText(laid.sentence, TOP_WRAPPED, self.sentence())
        if laid.rows:
            painter.setFont(self._small)
            painter.setPen(QColor(theme.muted))
            painter.drawText(laid.title, LEFT, _TITLE)
            painter.drawText(laid.ways, RIGHT, _WAYS)
        effects = self._effects()
        largest = max(1.0, *(abs(effect) for effect in effects), 1.0)
        for (symbol, value, what), effect, row in zip(self.rows(), effects, laid.rows, strict=True):
            painter.setFont(self._number)
            painter.setPen(QColor(theme.text))
            painter.drawText(row.symbol, _LEFT_WRAPPED, symbol)
            painter.drawText(row.value, _LEFT_WRAPPED, f"= {value}")
            self._paint_bar(painter, row.bar, effect / largest)
            painter.setFont(self._small)
            painter.setPen(QColor(theme.muted))
            painter.drawText(row.what, TOP_WRAPPED, what)
        painter.end()

    def _paint_bar(self, painter: QPainter, room: QRectF, share: float) -> None:
        theme, middle = self._theme, room.center().x()
        length = share * room.width() / 2
        bar = QRectF(min(middle, middle + length), room.top() + 4, abs(length), room.height() - 8)
        painter.fillRect(bar, QColor(theme.accent if share > 0 else theme.muted))
        painter.setPen(QPen(QColor(theme.muted), 1))
        painter.drawLine(QPointF(middle, room.top()), QPointF(middle, room.bottom()))

    def _lay_out(self, width: int) -> _Laid:
        """Say where everything is: bars beside the numbers, or beneath where it is narrow."""
        line, rows = self._line, self.rows()
        heading = _wrapped(self._number, self.heading(), QRectF(0, 0, width, 0))
        heading.setHeight(max(line, heading.height()))
        sentence = _wrapped(self._body, self.sentence(), QRectF(0, heading.bottom(), width, 0))
        if not rows:
            nowhere = QRectF()
            return _Laid(heading, sentence, nowhere, nowhere, (), sentence.bottom())
        number, small = QFontMetricsF(self._number), QFontMetricsF(self._small)
        symbols = max(number.horizontalAdvance(symbol) for symbol, _, _ in rows) + GRID
        values = max(number.horizontalAdvance(f"= {value}") for _, value, _ in rows) + GRID
        bars = max(_BARS * width, _SMALLEST_BARS * self._scale)
        beside = symbols + values + bars <= width
        title = QRectF(0, sentence.bottom() + GRID, width, line)
        apart = small.horizontalAdvance(_TITLE) + small.horizontalAdvance(_WAYS) + GRID > width
        ways = title.translated(0, line) if apart else QRectF(title)
        placed, top = [], ways.bottom()
        for words, number_of, what in rows:
            symbol, value = QRectF(0, top, symbols, line), QRectF(symbols, top, values, line)
            if beside:
                bar = QRectF(width - bars, top, bars, line)
            else:
                if symbols + values > width:
                    symbol = _wrapped(self._number, words, QRectF(0, top, width, 0))
                    room = QRectF(2 * GRID, symbol.bottom(), width - 2 * GRID, 0)
                    value = _wrapped(self._number, f"= {number_of}", room)
                bar = QRectF(0, value.bottom(), width, line)
            rest = QRectF(2 * GRID, bar.bottom(), width - 2 * GRID, 0)
            placed.append(_Row(symbol, value, bar, _wrapped(self._small, what, rest)))
            top = placed[-1].what.bottom() + GRID / 2
        return _Laid(heading, sentence, title, ways, tuple(placed), top)


def _wrapped(font: QFont, words: str, room: QRectF) -> QRectF:
    """Return the room, as high as words in a font are in its width."""
    endless = QRectF(0, 0, room.width(), 10_000)
    high = QFontMetricsF(font).boundingRect(endless, TOP_WRAPPED, words).height() if words else 0.0
    return QRectF(room.left(), room.top(), room.width(), high)
