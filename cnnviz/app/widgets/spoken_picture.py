"""Painted widgets for a screen reader: pictures, with the number at the chosen cell."""

from typing import Protocol, runtime_checkable

from PySide6.QtCore import QObject
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QAccessibleInterface,
    QAccessibleValueChangeEvent,
)
from PySide6.QtWidgets import QAccessibleWidget, QWidget


@runtime_checkable
class SpokenPicture(Protocol):
    """A painted widget of ours, which a screen reader calls a picture.

    Attributes
    ----------
    spoken_value : str
        The cell that is chosen and its number, such as "filter 2, row 3, column 1, 0.64"; empty if
        none is chosen. Change it by `speak`.
    """

    spoken_value: str


class _PictureInterface(QAccessibleWidget):
    def __init__(self, picture: QWidget) -> None:
        super().__init__(picture, QAccessible.Role.Graphic)

    def text(self, kind: QAccessible.Text) -> str:
        """Return the chosen cell and its number as the value, and else what Qt does."""
        picture = self.widget()
        if kind == QAccessible.Text.Value and isinstance(picture, SpokenPicture):
            return picture.spoken_value
        return super().text(kind)


def install_spoken_pictures() -> None:
    """Let screen readers find pictures. Without one, Qt never asks for them."""
    QAccessible.installFactory(_interface)


def speak(picture: QWidget, value: str) -> None:
    """Change what is spoken of a picture; if it has the keyboard, a screen reader says it now."""
    if not isinstance(picture, SpokenPicture) or picture.spoken_value == value:
        return
    picture.spoken_value = value
    if QAccessible.isActive() and picture.hasFocus():
        QAccessible.updateAccessibility(QAccessibleValueChangeEvent(picture, value))
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(picture, value))


def _interface(_kind: str, widget: QObject) -> QAccessibleInterface | None:
    if isinstance(widget, QWidget) and isinstance(widget, SpokenPicture):
        return _PictureInterface(widget)
    return None
