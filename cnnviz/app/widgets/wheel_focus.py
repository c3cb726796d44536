"""The mouse wheel changes a field only while that has the focus; else it scrolls the area."""

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QWidget


class _WheelFilter(QObject):
    """Leaves the wheel over an unfocused widget to its parents."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Ignore the wheel unless the widget has the focus."""
        # PySide has been seen to pass a wrapper of another class that was freed at this address.
        if not isinstance(event, QWheelEvent) or not isinstance(watched, QWidget):
            return False
        if watched.hasFocus():
            return False
        event.ignore()
        return True


def require_focus_for_wheel(widget: QWidget) -> None:
    """Let the wheel change a field only while it has the focus, which the wheel does not give."""
    if widget.focusPolicy() == Qt.FocusPolicy.WheelFocus:
        widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    widget.installEventFilter(_WheelFilter(widget))
