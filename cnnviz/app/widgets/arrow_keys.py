"""Keys pressed without a modifier, wherever on the keyboard they are."""

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent

MOVES: Final[Mapping[Qt.Key, tuple[int, int]]] = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
"""Columns and rows by which an arrow key moves."""
ENTER: Final = frozenset({Qt.Key.Key_Return, Qt.Key.Key_Enter})
_PLAIN: Final = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)


def plain_key(event: QEvent) -> Qt.Key | None:
    """Return the key of a key event without modifiers, also on the number pad; else None."""
    if isinstance(event, QKeyEvent) and event.modifiers() in _PLAIN:
        return Qt.Key(event.key())
    return None


def move_of(event: QEvent) -> tuple[int, int] | None:
    """Return the columns and rows by which a plain arrow key moves; None for any other event."""
    key = plain_key(event)
    return None if key is None else MOVES.get(key)
