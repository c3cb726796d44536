"""The formats of the words in This cell and Why?."""

from dataclasses import dataclass
from typing import Self

from PySide6.QtGui import QColor, QFont, QFontMetricsF, QTextCharFormat

from cnnviz.app.look.style import Style
from cnnviz.app.look.theme import body_font, number_font


@dataclass(frozen=True, slots=True)
class Formats:
    """Formats by the role of the words."""

    style: Style
    heading: QTextCharFormat
    """A number that is explained."""
    question: QTextCharFormat
    answer: QTextCharFormat
    """question, answer: a question about a number, and the answer."""
    text: QTextCharFormat
    faint: QTextCharFormat
    """text, faint: words, and words of less weight."""
    number: QTextCharFormat
    """Symbols and numbers in columns."""
    small: QTextCharFormat
    small_faint: QTextCharFormat
    """small, small_faint: words at a picture."""
    tiny: QTextCharFormat
    """Numbers at a scale or an axis."""

    @classmethod
    def of(cls, style: Style) -> Self:
        """Return the formats in a style; needs the application for its fonts."""
        theme, scale = style.theme, style.scale
        heading = number_font(1.05 * scale)
        heading.setWeight(QFont.Weight.DemiBold)
        text, small = body_font(0.9 * scale), body_font(0.85 * scale)
        number = number_font(0.95 * scale)
        return cls(
            style,
            _format(heading, theme.text),
            _format(number, theme.muted),
            _format(style.body_font, theme.text),
            _format(text, theme.text),
            _format(text, theme.muted),
            _format(number, theme.text),
            _format(small, theme.text),
            _format(small, theme.muted),
            _format(number_font(0.75 * scale), theme.muted),
        )


def linked(words: QTextCharFormat, href: str) -> QTextCharFormat:
    """Return the format of a link to an address."""
    text_format = QTextCharFormat(words)
    text_format.setAnchor(True)
    text_format.setAnchorHref(href)
    return text_format


def centred(words: QTextCharFormat) -> QTextCharFormat:
    """Return a format lowered so that digits are level with the middle of a drawing beside them."""
    text_format, metrics = QTextCharFormat(words), QFontMetricsF(words.font())
    above = (metrics.capHeight() - metrics.xHeight()) / 2
    text_format.setBaselineOffset(-100 * above / metrics.height())
    return text_format


def width_of(text: str, words: QTextCharFormat) -> float:
    """Return the pixels that a text takes on one line."""
    return QFontMetricsF(words.font()).horizontalAdvance(text)


def _format(font: QFont, colour: str) -> QTextCharFormat:
    text_format = QTextCharFormat()
    text_format.setFont(font)
    text_format.setForeground(QColor(colour))
    return text_format
