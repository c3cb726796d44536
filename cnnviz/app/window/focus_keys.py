"""Lets single-key shortcuts and the keyboard use of controls live together."""

from typing import Final

import shiboken6
from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtGui import QKeyEvent
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

_ARROWS: Final = frozenset({Qt.Key.Key_Left, Qt.Key.Key_Right})
_END: Final = frozenset({Qt.Key.Key_Home, Qt.Key.Key_End})
_SPACE: Final = frozenset({Qt.Key.Key_Space})
_OWN_KEYS: Final[tuple[tuple[type[QWidget], frozenset[Qt.Key]], ...]] = (
    (QAbstractButton, _SPACE),
    (QComboBox, _SPACE | _END),
    (QAbstractSlider, _ARROWS | _END),
    (QMenuBar, _ARROWS | _SPACE),
    (QAbstractSpinBox, _ARROWS | _END | _SPACE),
    (QLineEdit, _ARROWS | _END | _SPACE),
    (QTextEdit, _ARROWS | _END | _SPACE),
)
"""Keys that a focused control uses itself, so that they are no shortcut then.

A table is none of them: clicking a row must not take Home and End from the run, and Ctrl+Home and
Ctrl+End go to its ends.
"""


class OwnKeys(QObject):
    """Follows the keyboard focus: the control that has it keeps the keys that it uses.

    Only that control is filtered: a filter of the whole application would run Python for every
    event of every widget, and so slow training down.
    """

    def __init__(self, application: QApplication) -> None:
        super().__init__(application)
        self._keys: frozenset[Qt.Key] = frozenset()
        application.focusChanged.connect(self._follow)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Claim a key for the control that has the focus."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.modifiers() == Qt.KeyboardModifier.NoModifier
            and event.key() in self._keys
        ):
            event.accept()
            return True
        return False

    @Slot(QWidget, QWidget)
    def _follow(self, before: QWidget | None, now: QWidget | None) -> None:
        if before is not None and shiboken6.isValid(before):
            before.removeEventFilter(self)
        self._keys = own_keys(now)
        if now is not None and self._keys:
            now.installEventFilter(self)


def own_keys(control: QWidget | None) -> frozenset[Qt.Key]:
    """Return the keys that are also shortcuts of the window and that a control uses itself."""
    return next((keys for kind, keys in _OWN_KEYS if isinstance(control, kind)), frozenset())
