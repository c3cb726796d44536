"""The type that a number's story is told in, by all of its parts."""

from dataclasses import dataclass

from PySide6.QtGui import QFont, QFontMetricsF

from cnnviz.app.look.theme import Theme, body_font, number_font


@dataclass(frozen=True, slots=True)
class StoryStyle:
    """How a story's words and pictures are drawn.

    Attributes
    ----------
    theme : Theme
    scale : float
        Of type and strokes; 1 is the normal one.
    font, small, tiny : QFont
        Of words, of what explains a picture, of the numbers in it.
    line, small_line : float
        Pixels from one line of words, or of small ones, to the next.
    """

    theme: Theme
    scale: float
    font: QFont
    small: QFont
    tiny: QFont
    line: float
    small_line: float


def story_style(theme: Theme, scale: float) -> StoryStyle:
    """Return the style at a presentation size; needs the application for its fonts."""
    font, small = body_font(0.9 * scale), body_font(0.85 * scale)
    return StoryStyle(
        theme,
        scale,
        font,
        small,
        number_font(0.75 * scale),
        QFontMetricsF(font).height() + 2,
        QFontMetricsF(small).height() + 2,
    )
