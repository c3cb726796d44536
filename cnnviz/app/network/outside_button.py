"""A button that replaces the choice of an image while one outside the batch is shown."""

from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPushButton, QWidget

from cnnviz.app.look.theme import GRID
from cnnviz.training.run.predictions import ImageView

_EXPLANATION: Final = (
    "This image is not trained on. Its z is standardised with the mean and deviation of z over the "
    "images that are.\nClick to show the selected one of these again."
)


class OutsideButton(QPushButton):
    """Names the image; a click is to close it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._names: tuple[str, ...] = ()
        self.setToolTip(_EXPLANATION)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setStyleSheet("padding: 0;")
        self.hide()

    def show_view(self, view: ImageView) -> bool:
        """Show the name if the image is not in the batch, else hide; return whether it is shown."""
        outside = view.outside
        if outside is not None:
            number = "" if outside.number is None else str(outside.number)
            short = number or outside.name.partition(" ")[0]
            names = (f"held out {number} ✕" if number else f"{outside.name} ✕", f"{short} ✕", "✕")
            if names != self._names:
                self._names = names
                self.setAccessibleName(f"{outside.name}, not trained on: close")
                self._fit()
        self.setVisible(outside is not None)
        return outside is not None

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show the longest name that fits."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        available, metrics = self.width() - GRID, self.fontMetrics()
        fitting = (name for name in self._names if metrics.horizontalAdvance(name) <= available)
        self.setText(next(fitting, self._names[-1] if self._names else ""))
