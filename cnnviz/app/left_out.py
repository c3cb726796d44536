"""The widgets that pictures leave out."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QMainWindow, QWidget

LEFT_OUT: Final = "leftOutOfPictures"
"""A property of widgets that are for the mouse alone: no picture of their panel shows them."""


@contextmanager
def without_controls(widget: QWidget) -> Iterator[None]:
    """Let nothing be drawn of `LEFT_OUT` widgets, except in a picture of the whole window."""
    within = [] if isinstance(widget, QMainWindow) else widget.findChildren(QWidget)
    controls = [part for part in within if part.property(LEFT_OUT)]
    unpainted = _Unpainted()
    for control in controls:
        for part in (control, *control.findChildren(QWidget)):
            part.installEventFilter(unpainted)
    yield  # the filter ends with this function


class _Unpainted(QObject):
    """Keeps widgets from being painted."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: ARG002
        """Take their paint events."""
        return isinstance(event, QEvent) and event.type() is QEvent.Type.Paint
