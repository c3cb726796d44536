"""What the panels share: the image that is looked at."""

from PySide6.QtCore import QObject, Signal


class Selection(QObject):
    """The selected image. Panels write it and listen to it; none knows another."""

    image_changed = Signal(int)
    """Carries the image's index in the data set."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._image = 0

    @property
    def image(self) -> int:
        """Index of the selected image in the data set."""
        return self._image

    def select_image(self, index: int) -> None:
        """Select another image; says so where it is another."""
        if index != self._image:
            self._image = index
            self.image_changed.emit(index)
