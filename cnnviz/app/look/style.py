"""How a widget is to look: the theme and the size of its type, as one value."""

from dataclasses import dataclass

from PySide6.QtGui import QFont

from cnnviz.app.look.theme import GRID, LIGHT, Theme, body_font, number_font


@dataclass(frozen=True, slots=True)
class Style:
    """A theme at a size; every widget that paints itself takes one by ``set_style``.

    Attributes
    ----------
    theme : Theme
    scale : float
        Size of type and strokes, 1 for the normal size and more for a presentation.
    """

    theme: Theme = LIGHT
    scale: float = 1.0

    @property
    def body_font(self) -> QFont:
        """The face for words."""
        return body_font(self.scale)

    @property
    def number_font(self) -> QFont:
        """The tabular face for numbers."""
        return number_font(self.scale)

    @property
    def grid(self) -> int:
        """One step of the spacing grid, in device-independent pixels."""
        return round(GRID * self.scale)
