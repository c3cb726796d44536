"""Shows text from outside, such as names of files, as it is: never as markup or a mnemonic."""

from typing import Final

from PySide6.QtGui import QFontMetrics, Qt
from PySide6.QtWidgets import QApplication

from cnnviz.app.look.theme import GRID

_MENU_WIDTH: Final = 50 * GRID
"""Pixels of a name in a menu, at most."""


def tooltip_text(text: str) -> str:
    """Return the text of a tooltip that shows exactly this."""
    return wrapped_text(text) if Qt.mightBeRichText(text) else text


def wrapped_text(text: str) -> str:
    """Return rich text that shows exactly this, in several lines if need be."""
    from html import escape  # noqa: PLC0415  (slow)

    return f"<p>{escape(text)}</p>"


def menu_text(text: str) -> str:
    """Return the text of a menu that shows exactly this; the middle of a long one is left out."""
    metrics = QFontMetrics(QApplication.font())
    short = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, _MENU_WIDTH)
    return short.replace("&", "&&")
