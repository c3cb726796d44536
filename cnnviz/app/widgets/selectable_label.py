"""A label whose text can be selected and copied."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel


def selectable_label(name: str) -> QLabel:
    """Return an empty label that wraps plain text; `name` is for assistive technology."""
    label = QLabel(wordWrap=True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setAccessibleName(name)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label
