"""A button that Tab reaches, and that a click does not give the keyboard to."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton


def tab_button(
    text: str = "", tip: str = "", act: Callable[[], object] | None = None
) -> QPushButton:
    """Return a button with a tooltip; after a click, the window's keys keep their meaning."""
    button = QPushButton(text)
    button.setToolTip(tip)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    if act is not None:
        button.clicked.connect(lambda _checked: act())
    return button
