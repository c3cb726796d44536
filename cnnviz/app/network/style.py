"""The Network panel's type and the sizes that follow from it."""

from dataclasses import dataclass

from PySide6.QtGui import QFont, QFontMetricsF

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import GRID
from cnnviz.app.network.layout import Metrics

STEPS = ("↓ standardise", "↓ σ sigmoid", "↓ error (y − o)²/2")
"""The operations between z and ẑ, ẑ and o, o and E."""
_WIDEST_NUMBERS = ("z = −1.23e45", "ẑ undefined")
_WIDEST_WORDS = ("predicts > 4", "no prediction")


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkStyle(Style):
    """A style with the panel's fonts and the sizes that follow from them."""

    title: QFont
    small: QFont
    number: QFont
    small_number: QFont
    """title, small, number, small_number: for titles, explanations, the numbers of the output, and
    those of colour bars."""
    metrics: Metrics


def network_style(style: Style) -> NetworkStyle:
    """Derive the panel's style; needs the application for its fonts."""
    smaller, scale = style.scaled(0.85), style.scale
    small, small_number = smaller.body_font, smaller.number_font
    title, number = smaller.body_font, style.scaled(1.05).number_font
    title.setBold(True)
    number.setBold(True)
    output = max(
        *(QFontMetricsF(small).horizontalAdvance(text) for text in STEPS),
        *(QFontMetricsF(number).horizontalAdvance(text) for text in _WIDEST_NUMBERS),
        *(QFontMetricsF(title).horizontalAdvance(text) for text in _WIDEST_WORDS),
    )
    metrics = Metrics(
        title=QFontMetricsF(title).height(),
        small=QFontMetricsF(small).height(),
        line=QFontMetricsF(number).height() + 1,
        control=QFontMetricsF(style.body_font).height() + GRID,
        output=output,
        gap=20 * scale,
        bar=GRID * scale,
        cell=2 if scale <= 1 else 3,  # read from farther away
    )
    return NetworkStyle(
        style.theme,
        scale,
        title=title,
        small=small,
        number=number,
        small_number=small_number,
        metrics=metrics,
    )
