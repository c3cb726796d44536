"""Why a number is what it is: the sentence, and the chain of factors behind it."""

from typing import Final

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnviz.app.theme import GRID, Theme, body_font, number_font
from cnnviz.app.widgets.numbers import compact
from cnnviz.app.widgets.tensor_sheet import index_words
from cnnviz.app.widgets.text import LEFT, RIGHT
from cnnviz.numerics.why import Why

_WRAPPED: Final = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop) | int(
    Qt.TextFlag.TextWordWrap
)
_MOST: Final = 20.0
"""Powers of ten that a bar shows at most."""


class WhyView(QWidget):
    """The chain behind one number, largest effect first."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._scale = 1.0
        self._why: Why | None = None
        self._instead = ""
        self.setAccessibleName("Why this number is what it is")
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.set_scale(1.0)

    def show_why(self, why: Why | None, instead: str = "") -> None:
        """Show another chain, or where there is none, what is said instead."""
        if why is not self._why or instead != self._instead:
            self._why, self._instead = why, instead
            self.setAccessibleDescription(self.sentence())
            self.updateGeometry()
            self.update()

    def set_theme(self, theme: Theme) -> None:
        """Take another theme's colours."""
        self._theme = theme
        self.update()

    def set_scale(self, scale: float) -> None:
        """Take type of another size."""
        self._scale = scale
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
        name = index_words(why.tensor, why.index, why.axis)
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
        listed = len(self.rows())
        return round(self._top(width) + (2 * listed + bool(listed)) * self._line + 2 * GRID)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Wrap the sentence anew."""
        super().resizeEvent(event)
        self.updateGeometry()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint everything."""
        painter, theme, width = QPainter(self), self._theme, self.width()
        painter.setFont(self._number)
        painter.setPen(QColor(theme.muted))
        painter.drawText(QRectF(0, 0, width, self._line), LEFT, self.heading())
        painter.setFont(self._body)
        painter.setPen(QColor(theme.text))
        painter.drawText(QRectF(0, self._line, width, self._top(width)), _WRAPPED, self.sentence())
        rows, why = self.rows(), self._why
        if not rows or why is None:
            painter.end()
            return
        top = self._top(width)
        painter.setFont(self._small)
        painter.setPen(QColor(theme.muted))
        title = QRectF(0, top, width, self._line)
        painter.drawText(title, LEFT, "The factors, largest effect first")
        painter.drawText(title, RIGHT, "makes it smaller ◂ ▸ larger")
        effects = self._effects()
        largest = max(1.0, *(abs(effect) for effect in effects))
        names = max(QFontMetricsF(self._number).horizontalAdvance(row[0]) for row in rows)
        for place, ((name, value, what), effect) in enumerate(zip(rows, effects, strict=True)):
            line = QRectF(0, top + (2 * place + 1) * self._line, width, self._line)
            painter.setFont(self._number)
            painter.setPen(QColor(theme.text))
            painter.drawText(line, LEFT, name)
            painter.drawText(
                line.adjusted(min(names + GRID, width / 3), 0, 0, 0), LEFT, f"= {value}"
            )
            half = width / 5
            middle = width - half
            length = effect / largest * half
            bar = QRectF(min(middle, middle + length), line.top() + 4, abs(length), self._line - 8)
            painter.fillRect(bar, QColor(theme.accent if effect > 0 else theme.muted))
            painter.setPen(QPen(QColor(theme.muted), 1))
            painter.drawLine(QPointF(middle, line.top()), QPointF(middle, line.bottom()))
            painter.setFont(self._small)
            painter.setPen(QColor(theme.muted))
            words = QFontMetricsF(self._small).elidedText(
                what, Qt.TextElideMode.ElideRight, width - 2 * GRID
            )
            painter.drawText(line.translated(2 * GRID, self._line), LEFT, words)
        painter.end()

    def _top(self, width: int) -> float:
        """Return where the factors begin."""
        metrics = QFontMetricsF(self._body)
        text = metrics.boundingRect(QRectF(0, 0, width, 10_000), _WRAPPED, self.sentence())
        return float(self._line + text.height() + 2 * GRID)
