"""A panel that draws the newest frame."""

from PySide6.QtCore import Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QWidget

from cnnviz.app.widgets.throttle import Throttle
from cnnviz.training.loop.frame import Frame, differ_in_image_alone


class FramePanel(QWidget):
    """Base of the panels that draw frames only while they are visible, and not all of them.

    While training runs, at least `interval` milliseconds pass between two drawings.
    """

    def __init__(self, interval: int, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._frame: Frame | None = None
        self._throttle = Throttle(interval, self)
        self._throttle.due.connect(self._draw_newest)

    @Slot(object)
    def show_frame(self, frame: Frame) -> None:
        """Draw a frame: at once if the run is paused, else when the interval has passed.

        Which image outside of the batch is shown makes no difference here.
        """
        before, self._frame = self._frame, frame
        is_same = before is not None and (
            frame.image.index == before.image.index and differ_in_image_alone(frame, before)
        )
        if self.isVisible() and not is_same:
            self._throttle.follow(running=frame.running)

    def showEvent(self, event: QShowEvent) -> None:
        """Draw what arrived while the panel was hidden."""
        super().showEvent(event)
        self._throttle.now()

    def _draw(self, frame: Frame) -> None:
        """Draw the newest frame; the panel is visible."""
        raise NotImplementedError

    @Slot()
    def _draw_newest(self) -> None:
        if self._frame is not None and self.isVisible():
            self._draw(self._frame)
