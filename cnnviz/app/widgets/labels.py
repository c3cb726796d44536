"""Labels that wrap plain text: nothing in it is taken for markup."""

from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

Look = Literal["", "muted", "wrong", "heading"]


def text_label(text: str = "", name: str = "", look: Look = "") -> QLabel:
    """Return a label that wraps plain text.

    Assistive technology calls it by its `name`; `look` says whether it is main text, an
    explanation, a problem or a heading.
    """
    label = QLabel(text, wordWrap=True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setAccessibleName(name)
    if look:
        label.setProperty(look, True)
    return label


def selectable_label(name: str, text: str = "", look: Look = "") -> QLabel:
    """Return a label whose text can be selected and copied; see `text_label`."""
    label = text_label(text, name, look)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
