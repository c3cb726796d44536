"""The Network panel's type and the sizes that follow from it."""

from dataclasses import dataclass

from PySide6.QtGui import QFont, QFontMetricsF

from cnnviz.app.look.theme import GRID, Theme, body_font, number_font
from cnnviz.app.network.layout import Metrics

STEPS = ("↓ standardise", "↓ σ sigmoid", "↓ error (y − o)²/2")
"""What happens between z and ẑ, ẑ and o, o and E."""
_WIDEST_NUMBERS = ("z = −1.23e45", "ẑ undefined")
_WIDEST_WORDS = ("predicts > 4", "no prediction")


@dataclass(frozen=True, slots=True)
class NetworkStyle:
    """How the panel's pictures and words are drawn.

    Attributes
    ----------
    theme : Theme
    scale : float
        Of type and strokes.
    title, small, number, small_number : QFont
        Of titles, of words that explain, of the numbers of the output, of a scale's marks.
    metrics : Metrics
    """

    theme: Theme
    scale: float
    title: QFont
    small: QFont
    number: QFont
    small_number: QFont
    metrics: Metrics


def network_style(theme: Theme, scale: float) -> NetworkStyle:
    """Return the style at a presentation size; needs the application for its fonts."""
    body = body_font(scale)
    title = body_font(0.85 * scale)
    title.setBold(True)
    small, small_number = body_font(0.85 * scale), number_font(0.85 * scale)
    number = number_font(1.05 * scale)
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
        control=QFontMetricsF(body).height() + GRID,
        output=output,
        gap=20 * scale,
        bar=GRID * scale,
        cell=2 if scale <= 1 else 3,  # a class looks from farther away
    )
    return NetworkStyle(theme, scale, title, small, number, small_number, metrics)
