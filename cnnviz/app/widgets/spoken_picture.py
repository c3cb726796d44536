"""Painted widgets for a screen reader: pictures, with the number at the chosen cell."""

import sys
from typing import Final, Protocol, runtime_checkable

from PySide6.QtCore import QObject
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QAccessibleEvent,
    QAccessibleInterface,
    QAccessibleValueChangeEvent,
)
from PySide6.QtWidgets import QAbstractScrollArea, QAccessibleWidget, QWidget

_ON_LINUX: Final = sys.platform == "linux"


@runtime_checkable
class SpokenPicture(Protocol):
    """A painted widget of ours, which a screen reader calls a picture."""

    @property
    def spoken_value(self) -> str:
        """The chosen cell and its number: "filter 2, row 3, column 1, 0.64"; may be empty.

        Where it is an attribute, change it by `speak`.
        """


class _PictureInterface(QAccessibleWidget):
    def __init__(self, picture: QWidget) -> None:
        super().__init__(picture, QAccessible.Role.Graphic)

    def childCount(self) -> int:
        """Return the number of parts; a viewport without controls does not count."""
        picture = self.widget()
        if isinstance(picture, QAbstractScrollArea):
            inside = picture.viewport().findChildren(QWidget)
            if not any(one.isVisibleTo(picture) for one in inside):
                return 0
        return super().childCount()

    def text(self, kind: QAccessible.Text) -> str:
        """Return the chosen cell and its number as the value, and else what Qt does.

        On Linux, screen readers find no value of a picture; there, the description begins with it,
        and is nothing else as long as the picture has the keyboard.
        """
        picture, text = self.widget(), super().text(kind)
        if not isinstance(picture, SpokenPicture):
            return text
        if kind == QAccessible.Text.Value:
            return picture.spoken_value
        if kind == QAccessible.Text.Description and _ON_LINUX:
            value = picture.spoken_value
            is_alone = picture.hasFocus() and value
            return value if is_alone else ". ".join(part for part in (value, text) if part)
        return text


def install_spoken_pictures() -> None:
    """Let screen readers find pictures. Without one, Qt never asks for them."""
    QAccessible.installFactory(_interface)


def speak(picture: QWidget, value: str) -> None:
    """Change a picture's spoken value; if it has the focus, a screen reader reads it now."""
    if isinstance(picture, SpokenPicture) and picture.spoken_value != value:
        setattr(picture, "spoken_value", value)  # noqa: B010  (elsewhere, it is computed)
        announce(picture, value)


def announce(picture: QWidget, value: str) -> None:
    """Make a screen reader read a picture's value now, if it has the focus."""
    if QAccessible.isActive() and picture.hasFocus():
        if _ON_LINUX:  # the others do not reach all screen readers there, and some say both
            changed = QAccessible.Event.DescriptionChanged
            QAccessible.updateAccessibility(QAccessibleEvent(picture, changed))
        else:
            QAccessible.updateAccessibility(QAccessibleValueChangeEvent(picture, value))
            QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(picture, value))


def _interface(_kind: str, widget: QObject) -> QAccessibleInterface | None:
    # The class is asked: an interface may be made while the picture itself is being made.
    if isinstance(widget, QWidget) and hasattr(type(widget), "spoken_value"):
        return _PictureInterface(widget)
    return None
