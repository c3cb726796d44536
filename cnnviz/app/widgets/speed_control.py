"""The speed of a run: from one iteration a second to full speed."""

from typing import Final

from PySide6.QtCore import QEvent, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from cnnviz.app.widgets.box_layout import fill_box
from cnnviz.app.widgets.log_slider import LogSlider
from cnnviz.numerics.number_format import plain

SLOWEST: Final = 1.0
FASTEST: Final = 1_000.0
"""Iterations a second at the ends of the slider; at the right end there is no limit."""
DEFAULT_SPEED: Final = 10.0


class SpeedControl(QWidget):
    """A slider with its value beside it; None is full speed."""

    speed_chosen = Signal(object)
    """Carries iterations a second, or None."""

    def __init__(self) -> None:
        super().__init__()
        self.slider = LogSlider(SLOWEST, FASTEST, self)
        self.slider.setAccessibleName("Speed")
        self.slider.setToolTip("Speed while running: 1 iteration a second to full speed")
        self.label = _SpeedLabel(self)
        fill_box(QHBoxLayout(self), self.slider, self.label, stretched=self.slider)
        self.slider.number_chosen.connect(self._choose)
        self.show_speed(DEFAULT_SPEED)

    def show_speed(self, speed: float | None) -> None:
        """Show a speed without emitting `speed_chosen`."""
        self.slider.show_number(FASTEST if speed is None else speed)
        self._show_text(speed)

    @Slot(float)
    def _choose(self, number: float) -> None:
        at_end = self.slider.value() == self.slider.maximum()
        speed = None if at_end else float(f"{number:.2g}")
        self._show_text(speed)
        self.speed_chosen.emit(speed)

    def _show_text(self, speed: float | None) -> None:
        self.label.setText(_text(speed))
        self.slider.setAccessibleDescription(_text(speed))


class _SpeedLabel(QLabel):
    """As wide as its longest text, so that the slider keeps its length."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._fit_width()

    def changeEvent(self, event: QEvent) -> None:
        """Fit the width to another font."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit_width()

    def _fit_width(self) -> None:
        metrics = self.fontMetrics()
        texts = (_text(speed) for speed in (None, 8.8, FASTEST))
        self.setFixedWidth(max(metrics.horizontalAdvance(text) for text in texts) + 2)


def _text(speed: float | None) -> str:
    return "full speed" if speed is None else f"{plain(speed)} per s"
