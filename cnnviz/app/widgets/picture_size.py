"""How many pixels a picture is to have."""

from typing import Final

from PySide6.QtCore import QSize, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from cnnviz.app.look.theme import GRID
from cnnviz.app.picture_file import FINEST
from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.buttons import tool_button
from cnnviz.app.widgets.integer_box import IntegerBox

_LEAST: Final = 16
_MOST: Final = 16_384
"""Pixels along the width."""


class PictureSize(QWidget):
    """A field for the width, the height that follows from it, and buttons for multiples."""

    def __init__(self, size: QSize) -> None:
        super().__init__()
        self._size = size
        label = QLabel("Width")
        name, limits = "Width of the picture in pixels", (_LEAST, max(_MOST, size.width()))
        self.field = IntegerBox(name, "", limits, size.width(), separator="")
        label.setBuddy(self.field)
        self._height = QLabel()
        self.field.valueChanged.connect(self._show_height)
        self.multiples = [self._multiple(times) for times in range(1, FINEST + 1)]
        parts = (label, self.field, self._height, *self.multiples, None)
        fill_box(QHBoxLayout(self), *parts, spacing=GRID)
        self._show_height()

    @property
    def width_in_pixels(self) -> int:
        """The chosen width."""
        return self.field.value()

    def _multiple(self, times: int) -> QToolButton:
        size = self._size * times
        return tool_button(
            f"{times}×",
            f"{size.width()} × {size.height()} pixels",
            lambda: self.field.setValue(size.width()),
            name=f"{times} times the size on the screen",
        )

    @Slot()
    def _show_height(self) -> None:
        height = round(self.width_in_pixels * self._size.height() / max(1, self._size.width()))
        self._height.setText(f"× {height} pixels")
