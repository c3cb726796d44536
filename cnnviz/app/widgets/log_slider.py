"""A slider over several powers of ten."""

from math import log10
from typing import Final

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QSlider, QWidget

_STEPS_PER_DECADE: Final = 100


class LogSlider(QSlider):
    """Chooses a number between two bounds on a logarithmic scale.

    Parameters
    ----------
    low, high : float
        Both above 0.
    """

    number_chosen = Signal(float)
    """Emitted where a person moves the slider, never where `show_number` does."""

    def __init__(self, low: float, high: float, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        # Reached with Tab, not taken by a click: the arrow keys go on stepping the training.
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.set_bounds(low, high)
        self.setPageStep(_STEPS_PER_DECADE // 2)
        self.setSingleStep(_STEPS_PER_DECADE // 20)
        self.valueChanged.connect(self._tell)

    def set_bounds(self, low: float, high: float) -> None:
        """Choose between other bounds, without saying so."""
        self._low, self._high = low, high
        with QSignalBlocker(self):
            self.setRange(0, max(1, round(_STEPS_PER_DECADE * log10(high / low))))

    def number(self) -> float:
        """Return the number at the handle; at either end, that bound exactly."""
        if self.value() == self.maximum():
            return float(self._high)
        share = self.value() / self.maximum()
        return float(self._low * (self._high / self._low) ** share)

    def show_number(self, number: float) -> None:
        """Move the handle to a number, without saying so; not while a person holds it."""
        if self.isSliderDown():
            return
        span = log10(self._high / self._low)
        share = log10(min(max(number, self._low), self._high) / self._low) / span if span else 0.0
        with QSignalBlocker(self):
            self.setValue(round(self.maximum() * share))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to what scrolls, unless the slider has the keyboard."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()

    @Slot()
    def _tell(self) -> None:
        self.number_chosen.emit(self.number())
