"""Keeps the keys of the focused control from being shortcuts of the window."""

from typing import Final, Protocol, runtime_checkable

import shiboken6
from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QMenuBar,
    QTextEdit,
    QWidget,
)

from cnnviz.app.widgets.arrow_keys import plain_key
from cnnviz.app.widgets.integer_box import IntegerBox
from cnnviz.app.widgets.number_edit import NumberEdit

Keys = frozenset[Qt.Key]

_ARROWS: Final = frozenset({Qt.Key.Key_Left, Qt.Key.Key_Right})
_END: Final = frozenset({Qt.Key.Key_Home, Qt.Key.Key_End})
_SPACE: Final = frozenset({Qt.Key.Key_Space})
_KEYS: Final[tuple[tuple[type[QWidget], Keys], ...]] = (
    (QAbstractButton, _SPACE),
    (QComboBox, _SPACE | _END),
    (QAbstractSlider, _ARROWS | _END),
    (QMenuBar, _ARROWS | _SPACE),
    (QAbstractSpinBox, _ARROWS | _END | _SPACE),
    (QLineEdit, _ARROWS | _END | _SPACE),
    (QTextEdit, _ARROWS | _END | _SPACE),
)
"""Keys that Qt's controls use.

A table is none of them: clicking a row must not take Home and End from the run, and Ctrl+Home and
Ctrl+End go to its ends.
"""


@runtime_checkable
class HasOwnKeys(Protocol):
    """A widget of ours that uses keys: it names them, and needs no other code to keep them."""

    own_keys: Keys


class FocusKeys(QObject):
    """Follows the keyboard focus: the control that has it keeps the keys that it uses.

    Only that control is filtered: a filter of the whole application would run Python for every
    event of every widget, and so slow training down.
    """

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._keys: Keys = frozenset()
        application.focusChanged.connect(self._follow)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Claim a key for the control that has the focus, or release one of the window."""
        if event.type() == QEvent.Type.ShortcutOverride and _is_for_window(watched, event):
            event.ignore()
            return True
        if plain_key(event) in self._keys and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return False

    @Slot(QWidget, QWidget)
    def _follow(self, before: QWidget | None, now: QWidget | None) -> None:
        if before is not None and shiboken6.isValid(before):
            before.removeEventFilter(self)
        self._keys = keys_of(now)
        if now is not None and self._keys:
            now.installEventFilter(self)


def keys_of(control: QWidget | None) -> Keys:
    """Return the keys without modifiers that a control uses."""
    own: Keys = control.own_keys if isinstance(control, HasOwnKeys) else frozenset()
    return own | next((keys for kind, keys in _KEYS if isinstance(control, kind)), frozenset())


def _is_for_window(control: QObject, event: QEvent) -> bool:
    """Whether a key is of no use to a field: with nothing typed, to be undone or moved in."""
    if isinstance(control, QLineEdit) and not control.text():
        of_no_use: Keys = getattr(control, "keys_of_window_if_empty", frozenset())
        if plain_key(event) in of_no_use:
            return True
    if not isinstance(event, QKeyEvent) or not isinstance(control, IntegerBox | NumberEdit):
        return False
    field = control.lineEdit() if isinstance(control, IntegerBox) else control
    if event.matches(QKeySequence.StandardKey.Undo):
        return not field.isUndoAvailable()
    return event.matches(QKeySequence.StandardKey.Redo) and not field.isRedoAvailable()
