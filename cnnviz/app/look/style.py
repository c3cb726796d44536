"""The appearance of a widget: a theme at a size, as one value."""

from dataclasses import dataclass

from PySide6.QtGui import QFont

from cnnviz.app.look.theme import Theme, body_font, number_font


@dataclass(frozen=True, slots=True)
class Style:
    """The argument of every widget's ``set_style``."""

    theme: Theme
    scale: float = 1.0
    """Size of type and strokes: 1 normally, more for a presentation."""

    def scaled(self, factor: float) -> "Style":
        """Return the style with type and strokes `factor` times as large."""
        return Style(self.theme, self.scale * factor)

    @property
    def body_font(self) -> QFont:
        """The face for words."""
        return body_font(self.scale)

    @property
    def number_font(self) -> QFont:
        """The tabular face for numbers."""
        return number_font(self.scale)
