"""How one number came about, as text: its terms, matrices, running sum and largest shares."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Signal

from cnnviz.app.debugger.explanation.formats import width_of
from cnnviz.app.debugger.explanation.image_ranking import IMAGE_LINK, thumbnails_in, write_ranking
from cnnviz.app.debugger.explanation.matrices import write_matrices
from cnnviz.app.debugger.explanation.origin_link import OriginLink
from cnnviz.app.debugger.explanation.running_sum_plot import write_running_sum
from cnnviz.app.debugger.explanation.text_view import LEFT, Tab, TextView, TextWriter
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.data.dataset import Dataset
from cnnviz.numerics.explain import Explanation, Term
from cnnviz.numerics.number_format import compact
from cnnviz.numerics.tensors import entry_text, seen_position

_NARROW: Final = 320
"""Pixels below which a term's words stand beneath its number, at the normal scale."""


@dataclass(frozen=True, slots=True)
class ExplainedCell:
    """A number that is to be explained, and what is shown beside its explanation."""

    explanation: Explanation | None
    ranked: NDArray[np.intp] | None = field(compare=False)  # follows from the explanation
    """The images by the size of their share."""
    dataset: Dataset
    image: int
    """The selected one."""
    origin: OriginLink | None
    placeholder: str
    """Stands in place of an explanation."""
    in_code: str = ""
    """What a person's script has for the number."""


class ExplanationText(TextView):
    """The explanation of one cell."""

    image_chosen = Signal(int)
    """An image of the ranking was clicked, or chosen with the keyboard."""

    def __init__(self, style: Style) -> None:
        super().__init__("How this number came about")
        self._shown: ExplainedCell | None = None
        self.set_style(style)

    def set_style(self, style: Style) -> None:
        """Use a style's colours, type and strokes."""
        self._thumbnails = thumbnails_in(style)
        super().set_style(style)

    def show_cell(self, cell: ExplainedCell) -> None:
        """Show how a number came about."""
        if cell != self._shown:
            self._shown = cell
            self._show_origin(cell.origin)

    def _write(self, writer: TextWriter) -> None:
        shown = self._shown
        if shown is None:
            return
        explanation = shown.explanation
        if explanation is None:
            writer.line((shown.placeholder, writer.formats.faint))
            return
        entry = explanation.tensor, explanation.index, explanation.axis
        if position := seen_position(*entry):
            writer.line((position, writer.formats.faint))
        name = entry_text(*entry)
        writer.line((f"{name} = {compact(explanation.value, 6)}", writer.formats.heading))
        if shown.in_code:
            writer.line((shown.in_code, writer.formats.text))
        _write_terms(writer, explanation.terms)
        write_matrices(writer, explanation.pictures)
        write_running_sum(writer, explanation.running)
        of_images = shown.ranked, shown.dataset, shown.image
        write_ranking(writer, explanation, *of_images, self._thumbnails)

    def _follow_link(self, address: str) -> None:
        self.image_chosen.emit(int(address.removeprefix(IMAGE_LINK)))


def _write_terms(writer: TextWriter, terms: Sequence[Term]) -> None:
    """Name each number in the formula: beside it, or beneath it in a narrow view."""
    text, faint = writer.formats.text, writer.formats.faint
    numbers = [_number_of(term) for term in terms]
    widest = max((width_of(number, text) for number in numbers), default=0) + 2 * GRID
    is_narrow = writer.width < max(_NARROW * writer.formats.style.scale, 2 * widest)
    for number, term in zip(numbers, terms, strict=True):
        if is_narrow:
            writer.line((number, text))
            writer.line((term.what, faint), left=2 * GRID)
        else:
            parts = (number, text), (f"\t{term.what}", faint)
            writer.line(*parts, tabs=[Tab(widest, LEFT)], hanging=widest)


def _number_of(term: Term) -> str:
    """Return a term's symbol and its number; a count is written as one."""
    value = f"{term.value:,}" if isinstance(term.value, int) else compact(term.value, 4)
    return f"{term.symbol} = {value}"
