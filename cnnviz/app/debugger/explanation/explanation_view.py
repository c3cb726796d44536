"""How one number came about: its terms, the matrices that met, their sum, each image's share."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Signal
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetricsF,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from cnnviz.app.debugger.explanation.image_ranking import StoryRanking
from cnnviz.app.debugger.explanation.matrices import Placed, StoryPictures
from cnnviz.app.debugger.explanation.running_sum_plot import StoryCurve
from cnnviz.app.debugger.explanation.style import story_style
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID, number_font
from cnnviz.app.widgets.text_layout import TOP_WRAPPED
from cnnviz.data.dataset import Dataset
from cnnviz.numerics.explain import Explanation, Term
from cnnviz.numerics.number_format import compact
from cnnviz.numerics.tensors import entry_text

_NARROW: Final = 320
"""Pixels below which a term's words stand beneath its number, at the normal scale."""


@dataclass(frozen=True, slots=True)
class _Laid:
    """Where everything is at a width."""

    head: QRectF
    terms: tuple[tuple[QRectF, QRectF], ...]
    """Of each, its number and its words."""
    pictures: list[Placed]
    curve: float
    ranking: float
    bottom: float


class CellStory(QWidget):
    """The explanation of one cell."""

    image_chosen = Signal(int)
    """An image of the ranking was clicked."""

    def __init__(self, style: Style, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._explanation: Explanation | None = None
        self._ranked: NDArray[np.intp] | None = None
        self._dataset: Dataset | None = None
        self._image = 0
        self._instead = ""
        self.setAccessibleName("How this number came about")
        policy = QSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.set_style(style)

    @property
    def explanation(self) -> Explanation | None:
        """What is shown."""
        return self._explanation

    def show_cell(
        self,
        explanation: Explanation | None,
        ranked: NDArray[np.intp] | None,
        dataset: Dataset,
        image: int,
        instead: str = "",
    ) -> None:
        """Show how a number came about.

        Parameters
        ----------
        explanation : Explanation or None
        ranked : ndarray of int or None
            The images by the size of their share.
        dataset : Dataset
            Where the images' pictures come from.
        image : int
            Index of the selected image.
        instead : str
            What is said where there is no explanation.
        """
        if (
            explanation is not self._explanation
            or dataset is not self._dataset
            or instead != self._instead
        ):
            self._explanation, self._ranked, self._dataset = explanation, ranked, dataset
            self._instead = instead
            self._tell_parts()
            self.setAccessibleDescription(" ".join(self.lines()))
            self.updateGeometry()
        self._image = image
        self.update()

    def set_style(self, style: Style) -> None:
        """Take colours, type and strokes."""
        self._theme, self._scale = style.theme, style.scale
        self._bold = number_font(1.05 * style.scale)
        self._bold.setWeight(QFont.Weight.DemiBold)
        self._style = parts_style = story_style(style.theme, style.scale)
        self._pictures = StoryPictures(parts_style)
        self._curve = StoryCurve(parts_style)
        self._ranking = StoryRanking(parts_style)
        self._tell_parts()
        self.updateGeometry()
        self.update()

    def lines(self) -> list[str]:
        """Return the words that are shown: the number, and its terms."""
        told = self._explanation
        if told is None:
            return [self._instead]
        head = f"{entry_text(told.tensor, told.index, told.axis)} = {compact(told.value, 6)}"
        return [head, *(f"{_number_of(t)}  {t.what}" for t in told.terms)]

    def ranking(self) -> list[tuple[int, float]]:
        """Return the images that are listed, each with its share, largest first."""
        return self._ranking.listed()

    def ranking_title(self) -> str:
        """Return what is said above the images that are listed; empty where none is."""
        return self._ranking.title()

    def picture_rect(self, place: int) -> QRectF:
        """Return where one of the matrices is."""
        return self._lay_out(self.width()).pictures[place].picture

    def rank_rect(self, rank: int) -> QRectF:
        """Return where an image of the ranking is."""
        return self._ranking.rect(rank, self.width(), self._lay_out(self.width()).ranking)

    def sizeHint(self) -> QSize:
        """Return a usual size."""
        return QSize(40 * GRID, self.heightForWidth(max(self.width(), 40 * GRID)))

    def heightForWidth(self, width: int) -> int:
        """Return the height that everything takes at a width."""
        return round(self._lay_out(width).bottom + GRID)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Lay everything out anew."""
        super().resizeEvent(event)
        self.updateGeometry()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Choose an image of the ranking."""
        for rank, (image, _) in enumerate(self.ranking()):
            if self.rank_rect(rank).contains(event.position()):
                self.image_chosen.emit(image)
        super().mousePressEvent(event)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint everything."""
        painter, theme, told = QPainter(self), self._theme, self._explanation
        laid = self._lay_out(self.width())
        painter.setFont(self._bold if told else self._style.font)
        painter.setPen(QColor(theme.text if told else theme.muted))
        painter.drawText(laid.head, TOP_WRAPPED, self.lines()[0])
        if told is not None and self._dataset is not None:
            painter.setFont(self._style.font)
            for term, (number, words) in zip(told.terms, laid.terms, strict=True):
                painter.setPen(QColor(theme.text))
                painter.drawText(number, TOP_WRAPPED, _number_of(term))
                painter.setPen(QColor(theme.muted))
                painter.drawText(words, TOP_WRAPPED, term.what)
            self._pictures.paint(painter, laid.pictures)
            self._curve.paint(painter, self.width(), laid.curve)
            self._ranking.paint(painter, self.width(), laid.ranking, self._dataset, self._image)
        painter.end()

    def _lay_out(self, width: int) -> _Laid:
        """Say where everything is: a term's words beside its number, or beneath."""
        told = self._explanation
        font = self._bold if told else self._style.font
        head = self._wrapped(font, self.lines()[0], QRectF(0, 0, width, 0))
        numbers = [_number_of(term) for term in told.terms] if told else []
        metrics = QFontMetricsF(self._style.font)
        widest = max((metrics.horizontalAdvance(n) for n in numbers), default=0) + 2 * GRID
        narrow = width < _NARROW * self._scale or widest > width / 2
        terms, top = [], head.bottom()
        for number, term in zip(numbers, told.terms if told else (), strict=True):
            room = QRectF(0, top, width if narrow else widest, 0)
            own = self._wrapped(self._style.font, number, room)
            room = QRectF(widest, top, width - widest, 0)
            if narrow:
                room = QRectF(2 * GRID, own.bottom(), width - 2 * GRID, 0)
            terms.append((own, self._wrapped(self._style.font, term.what, room)))
            top = max(own.bottom(), terms[-1][1].bottom())
        pictures, curve = self._pictures.lay_out(width, top + GRID)
        ranking = curve + self._curve.height(width)
        bottom = ranking + self._ranking.height(width)
        return _Laid(head, tuple(terms), pictures, curve, ranking, bottom)

    def _wrapped(self, font: QFont, words: str, room: QRectF) -> QRectF:
        """Return the room, as high as words in a font are in its width, a line at least."""
        endless = QRectF(0, 0, room.width(), 10_000)
        high = QFontMetricsF(font).boundingRect(endless, TOP_WRAPPED, words).height() + 2
        return QRectF(room.left(), room.top(), room.width(), max(self._style.line, high))

    def _tell_parts(self) -> None:
        told = self._explanation
        self._pictures.show(told.pictures if told else ())
        self._curve.show(told.running if told else None)
        self._ranking.show(told, self._ranked)


def _number_of(term: Term) -> str:
    """Return a term's symbol and its number; a count is written as one."""
    value = f"{term.value:,}" if isinstance(term.value, int) else compact(term.value, 4)
    return f"{term.symbol} = {value}"
