"""The words on a card, and how they are broken into lines."""

from dataclasses import dataclass
from typing import Self

from PySide6.QtGui import QFont, QFontMetricsF

from cnnviz.app.debugger.tensors.tensor_layout import Level, Position, Sheet
from cnnviz.app.debugger.tensors.tensor_text import (
    figure_lines,
    figures,
    figures_of,
    shape_words,
    shown_words,
    state_words,
)
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.widgets.text_layout import broken
from cnnviz.numerics.number_format import compact
from cnnviz.numerics.tensors import TENSORS, seen_position, symbol
from cnnviz.training.debugger.view import TensorView


@dataclass(frozen=True, slots=True)
class CardFonts:
    """The type of a card."""

    title: QFont
    small: QFont
    number: QFont
    """title, small, number: for the tensor's symbol, for words, and for numbers."""
    line: float
    """Height of a line, in pixels."""

    @classmethod
    def of(cls, style: Style) -> Self:
        """Return the type of a style."""
        title = style.body_font
        title.setWeight(QFont.Weight.DemiBold)
        smaller, line = style.scaled(0.85), QFontMetricsF(title).height() + 1
        return cls(title, smaller.body_font, smaller.number_font, line)


@dataclass(frozen=True, slots=True, eq=False)
class CardText:
    """The words of a card about a tensor."""

    view: TensorView
    sheet: Sheet
    level: Level
    """Whether the pictures are of all images or of the selected one, number `image`."""
    image: int

    @property
    def heading(self) -> str:
        """Name, shape and precision."""
        view = self.view
        image_words = f"image {view.image}: " if view.image is not None else ""
        return f"{symbol(view.name)}   {image_words}{shape_words(view)}   {view.values.dtype}"

    @property
    def state(self) -> str:
        """How new the values are; may be empty."""
        return state_words(self.view)

    @property
    def shows(self) -> str:
        """Whose values the pictures are."""
        return shown_words(self.view, self.sheet, self.level, self.image)

    @property
    def whose_figures(self) -> str:
        """Whose statistics these are, if not those of the pictures."""
        return figures_of(self.view, self.sheet)

    @property
    def figures(self) -> str:
        """The statistics."""
        return "   ".join("  ".join(line) for line in figures(self.view))

    @property
    def name(self) -> str:
        """The tensor's description, for a screen reader."""
        return f"{self.view.name}: {TENSORS[self.view.name].meaning}"

    @property
    def description(self) -> str:
        """Everything on the card, for a screen reader."""
        parts = self.heading, self.state, self.shows, self.whose_figures, self.figures
        return ". ".join(words for words in parts if words)

    def cell(self, position: Position, index: tuple[int, ...]) -> str:
        """Return the name and the number of a cell."""
        sheet = self.sheet
        cell_name = seen_position(sheet.name, index, sheet.axis if sheet.is_mean else None)
        return f"{cell_name or symbol(sheet.name)}, {compact(float(sheet.pictures[position]), 4)}"

    def word_lines(
        self, fonts: CardFonts, width: float, corner: float
    ) -> tuple[list[str], list[str]]:
        """Return the lines of shape and precision, and those of state and meaning.

        How new the values are comes first: it is what differs from one step to the next.

        At the right end of the first line, `corner` pixels are left free.
        """
        _, shape, precision = self.heading.split("   ")
        title_width = QFontMetricsF(fonts.title).horizontalAdvance(symbol(self.view.name) + "  ")
        one = f"{shape}   {precision}"
        number, small = QFontMetricsF(fonts.number), QFontMetricsF(fonts.small)
        fits = title_width + number.horizontalAdvance(one) <= width - GRID - 2 - corner
        parts = [words for words in (self.state, self.shows) if words]
        joined = " · ".join(parts)
        if small.horizontalAdvance(joined) <= width - GRID - 2:
            parts = [joined]
        lines = [line for words in parts for line in broken(words, small, width - GRID - 2)]
        return [one] if fits else [shape, precision], lines

    def figure_lines(self, fonts: CardFonts, width: float) -> list[str]:
        """Return the lines below the colour bar."""
        metrics = QFontMetricsF(fonts.number)
        return figure_lines(self.view, self.whose_figures, metrics, width - GRID)
