"""Small versions of a data set's images, made when they are first drawn."""

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QPixmap

from cnnviz.app.look.colour_maps import ink_image
from cnnviz.app.look.theme import Theme
from cnnviz.data.dataset import Dataset

_MOST: Final = 256
"""Thumbnails kept: a few screens full."""


class Thumbnails:
    """Thumbnails by index, in one theme and size.

    `size` is their height and width, in device pixels.
    """

    def __init__(self, theme: Theme, size: int) -> None:
        self._theme, self._size = theme, size
        self._dataset: Dataset | None = None
        self._pictures: dict[int, QPixmap] = {}

    def __len__(self) -> int:
        return len(self._pictures)

    def picture(self, dataset: Dataset, index: int) -> QPixmap:
        """Return the thumbnail of an image, and forget those of other data sets."""
        if dataset is not self._dataset or len(self._pictures) >= _MOST:
            self._dataset = dataset
            self._pictures = {}
        found = self._pictures.get(index)
        if found is None:
            image = ink_image(dataset.image(index), self._theme).scaled(
                self._size, self._size, mode=Qt.TransformationMode.SmoothTransformation
            )
            found = self._pictures[index] = QPixmap.fromImage(image)
        return found
