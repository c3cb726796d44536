"""Buttons that Tab reaches, and that a click does not focus."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QPushButton, QToolButton, QWidget

from cnnviz.app.look.key_names import named_keys


def tab_button(
    text: str = "",
    tip: str = "",
    act: Callable[[], object] | None = None,
    *,
    name: str = "",
    parent: QWidget | None = None,
) -> QPushButton:
    """Return a button with a tooltip; after a click, the window's keys keep their meaning.

    Assistive technology calls it by its `name`, or by its text if it has none.
    """
    button = QPushButton(text, parent)
    _prepare(button, tip, act, name)
    return button


def tool_button(
    text: str,
    tip: str = "",
    act: Callable[[], object] | None = None,
    *,
    name: str = "",
) -> QToolButton:
    """Return a button as in a toolbar; see `tab_button`."""
    button = QToolButton()
    button.setText(text)
    _prepare(button, tip, act, name)
    return button


def _prepare(
    button: QAbstractButton, tip: str, act: Callable[[], object] | None, name: str
) -> None:
    button.setToolTip(named_keys(tip))
    button.setAccessibleName(name)
    button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    if act is not None:
        button.clicked.connect(lambda _checked: act())
