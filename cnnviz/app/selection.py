"""The selection that the panels share: the image, and the branches that are drawn."""

from collections.abc import Mapping

from PySide6.QtCore import QObject, Signal


class Selection(QObject):
    """The selection. Panels change it and follow its signals, without knowing each other."""

    image_changed = Signal(int)
    """Carries the image's index in the data set."""

    branches_changed = Signal()
    """Other branches are drawn."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._image = 0
        self._drawn: dict[int, bool] = {}

    @property
    def image(self) -> int:
        """Index of the selected image in the data set."""
        return self._image

    def select_image(self, index: int) -> None:
        """Select an image."""
        if index != self._image:
            self._image = index
            self.image_changed.emit(index)

    @property
    def drawn_branches(self) -> Mapping[int, bool]:
        """Whether each branch is drawn, by its number, as far as the person has chosen."""
        return self._drawn

    def draw_branch(self, number: int, *, drawn: bool) -> None:
        """Draw a branch, or hide it."""
        if self._drawn.get(number) != drawn:
            self._drawn[number] = drawn
            self.branches_changed.emit()
