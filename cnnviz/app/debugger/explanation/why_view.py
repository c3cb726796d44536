"""The reason for a number's value: a sentence, and the chain of factors behind it."""

from collections.abc import Collection, Sequence
from functools import partial
from typing import Final

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor, QFontMetricsF, QTextCharFormat

from cnnviz.app.debugger.explanation.formats import centred, linked, width_of
from cnnviz.app.debugger.explanation.origin_link import OriginLink
from cnnviz.app.debugger.explanation.signed_bar import signed_bar
from cnnviz.app.debugger.explanation.text_view import LEFT, RIGHT, Tab, TextView, TextWriter
from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.numerics.number_format import compact
from cnnviz.numerics.tensors import entry_text, seen_position
from cnnviz.numerics.why import Cause, Factor, Why
from cnnviz.numerics.why.counterfactual import WITHOUT

_MOST: Final = 20.0
"""Powers of ten that a bar shows at most."""
_TITLE: Final = "The factors, largest effect first"
_SIDES: Final = "makes it smaller ◂ ▸ larger"
_BARS: Final = 0.4
"""The bars' share of the width, if they stand beside the numbers."""
_BOXES: Final = "☑ ", "☐ "
"""The boxes before a factor that counts and before one that is left out."""
_NO_BOX: Final = "   "
"""The space before a factor that cannot be left out."""
_FACTOR: Final = "factor:"
_NARROWEST: Final = 12 * GRID
"""Pixels below which bars beside the numbers say nothing, at the normal scale."""


class WhyView(TextView):
    """The chain behind one number, largest effect first."""

    leave_out_requested = Signal(object)
    """The number is to be computed without these causes; carries a frozenset of them."""

    def __init__(self, style: Style) -> None:
        super().__init__("Why this number is what it is")
        self._shown: tuple[Why | None, OriginLink | None, str, str] = None, None, "", ""
        self.set_style(style)

    def show_why(
        self, why: Why | None, origin: OriginLink | None, placeholder: str = "", doubt: str = ""
    ) -> None:
        """Show the reason for a number's value.

        `doubt` is what speaks against the operation that made it; it is often empty.
        """
        shown = why, origin, placeholder, doubt
        if shown != self._shown:
            self._shown = shown
            self._show_origin(origin)

    def _follow_link(self, address: str) -> None:
        """Leave a cause out, or include it again."""
        why = self._shown[0]
        if why is not None and address.startswith(_FACTOR):
            cause = why.factors[int(address.removeprefix(_FACTOR))].cause
            if cause is not None:
                self.leave_out_requested.emit(why.left_out ^ {cause})

    def _write(self, writer: TextWriter) -> None:
        formats, (why, _, placeholder, doubt) = writer.formats, self._shown
        if why is None:
            writer.line((placeholder, formats.answer))
            return
        entry = why.tensor, why.index, why.axis
        if position := seen_position(*entry):
            writer.line((position, formats.small_faint))
        name = entry_text(*entry)
        writer.line((f"Why is {name} = {compact(why.value, 4)}?", formats.question))
        writer.line((why.sentence, formats.answer))
        if doubt:
            writer.line((doubt, formats.answer), above=GRID / 2)
        if why.recomputed is not None:
            words = without_words(name, why.value, why.recomputed, why.left_out)
            writer.line((words, formats.answer), above=GRID / 2)
        if why.factors:
            _write_factors(writer, why.factors, why.left_out)


def without_words(name: str, value: float, recomputed: float, left_out: Collection[Cause]) -> str:
    """Write the number's value without some of its causes, and how it was computed."""
    them = "it" if len(left_out) == 1 else "them"
    changes = " and ".join(words for cause, words in WITHOUT.items() if cause in left_out)
    return (
        f"Without {them}, {name} would be {compact(recomputed, 4)}, not "
        f"{compact(value, 4)}: recomputed in the network, {changes}."
    )


def _write_factors(
    writer: TextWriter, factors: Sequence[Factor], left_out: Collection[Cause]
) -> None:
    """Write the factors, with a bar for the effect of each beside its value, or beneath it.

    The box before most is a link that leaves the cause out.
    """
    formats, width = writer.formats, writer.width
    scale, theme = formats.style.scale, formats.style.theme
    small, edge = formats.small_faint, Tab(width - 2, RIGHT)
    if width_of(_TITLE, small) + width_of(_SIDES, small) + GRID <= width:
        writer.line((f"{_TITLE}\t{_SIDES}", small), tabs=[edge], above=GRID)
    else:
        writer.line((_TITLE, small), above=GRID)
        writer.line((f"\t{_SIDES}", small), tabs=[edge])
    values = [f"= {_value_of(factor)}" for factor in factors]
    symbols = max(width_of(_BOXES[0] + factor.symbol, formats.number) for factor in factors) + GRID
    numbers = max(width_of(value, formats.number) for value in values) + GRID
    bars = max(_BARS * width, _NARROWEST * scale)
    is_wide = symbols + numbers + bars <= width
    effects = [max(-_MOST, min(_MOST, factor.effect)) for factor in factors]
    longest = max(1.0, *map(abs, effects))
    colours = QColor(theme.muted), QColor(theme.accent)
    high = QFontMetricsF(formats.answer.font()).height() + 3
    rows = enumerate(zip(factors, values, effects, strict=True))
    for number, (factor, value, effect) in rows:
        box = partial(_box, factor, number, left_out)
        across = bars if is_wide else width
        drawn = signed_bar(across - 1, high, effect / longest, colours, colours[0])
        bar = writer.drawing(drawn, formats.number)
        if is_wide:
            tabs = [Tab(symbols, LEFT), Tab(width - bars, LEFT)]
            words = f"{factor.symbol}\t{value}\t"
            centre = centred(formats.number)
            writer.line(box(centre), (words, centre), bar, tabs=tabs, above=GRID / 2, leading=0)
        else:
            if symbols + numbers <= width:
                words = f"{factor.symbol}\t{value}"
                tabs = [Tab(symbols, LEFT)]
                writer.line(box(formats.number), (words, formats.number), tabs=tabs, above=GRID / 2)
            else:
                writer.line(box(formats.number), (factor.symbol, formats.number), above=GRID / 2)
                writer.line((value, formats.number), left=2 * GRID)
            writer.line(bar, leading=0)
        what = " · ".join(part for part in (factor.what, factor.seen) if part)
        writer.line((what, small), left=2 * GRID, leading=0)


def _box(
    factor: Factor, number: int, left_out: Collection[Cause], look: QTextCharFormat
) -> tuple[str, QTextCharFormat]:
    """Return the box before a factor; it is a link if the cause can be left out."""
    if factor.cause is None:
        return _NO_BOX, look
    return _BOXES[factor.cause in left_out], linked(look, f"{_FACTOR}{number}")


def _value_of(factor: Factor) -> str:
    """Return a factor's value, and the most that it can be."""
    value = compact(factor.value, 4)
    return value if factor.most is None else f"{value} (max {compact(factor.most)})"
