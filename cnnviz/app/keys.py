"""Lets single-key shortcuts and the keyboard use of controls live together."""

from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QTextEdit,
)

_ARROWS: Final = {Qt.Key.Key_Left, Qt.Key.Key_Right}
_OWN_KEYS: Final[tuple[tuple[type[QObject], set[Qt.Key]], ...]] = (
    (QAbstractButton, {Qt.Key.Key_Space}),
    (QComboBox, {Qt.Key.Key_Space}),
    (QAbstractItemView, {Qt.Key.Key_Space}),
    (QAbstractSlider, _ARROWS),
    (QAbstractSpinBox, _ARROWS | {Qt.Key.Key_Space}),
    (QLineEdit, _ARROWS | {Qt.Key.Key_Space}),
    (QTextEdit, _ARROWS | {Qt.Key.Key_Space}),
)
"""Keys that a focused control uses itself, so that they are no shortcut then."""


class OwnKeys(QObject):
    """An event filter for the application: a focused control keeps the keys that it uses."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Claim a key for the control that has the focus."""
        if (
            event.type() == QEvent.Type.ShortcutOverride
            and isinstance(event, QKeyEvent)
            and event.modifiers() == Qt.KeyboardModifier.NoModifier
            and any(isinstance(watched, kind) and event.key() in keys for kind, keys in _OWN_KEYS)
        ):
            event.accept()
            return True
        return False
