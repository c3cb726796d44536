"""A slider over several powers of ten."""

from math import log10
from typing import Final

from PySide6.QtCore import QSignalBlocker, Qt, Signal, Slot
from PySide6.QtWidgets import QSlider, QWidget

from cnnviz.app.widgets.wheel_focus import require_focus_for_wheel
from cnnviz.numerics.number_format import plain

_STEPS_PER_DECADE: Final = 100


class LogSlider(QSlider):
    """A slider between two bounds on a logarithmic scale.

    Both bounds, `low` and `high`, are above 0.
    """

    number_chosen = Signal(float)
    """The user moved the slider."""

    def __init__(self, low: float, high: float, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)
        # Tab focuses it, a click does not: the arrow keys go on stepping the run.
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        require_focus_for_wheel(self)
        self.set_bounds(low, high)
        self.setPageStep(_STEPS_PER_DECADE // 2)
        self.setSingleStep(_STEPS_PER_DECADE // 20)
        self.valueChanged.connect(self._emit_number)

    def set_bounds(self, low: float, high: float) -> None:
        """Set the bounds without emitting `number_chosen`."""
        self._low, self._high = low, high
        with QSignalBlocker(self):
            self.setRange(0, max(1, round(_STEPS_PER_DECADE * log10(high / low))))

    def number(self) -> float:
        """Return the number at the handle, at an end exactly the bound."""
        if self.value() == self.maximum():
            return float(self._high)
        share = self.value() / self.maximum()
        return float(self._low * (self._high / self._low) ** share)

    def show_number(self, number: float) -> None:
        """Move the handle without emitting `number_chosen`, unless the user is dragging it."""
        if self.isSliderDown():
            return
        span = log10(self._high / self._low)
        share = log10(min(max(number, self._low), self._high) / self._low) / span if span else 0.0
        with QSignalBlocker(self):
            self.setValue(round(self.maximum() * share))
        self.setAccessibleDescription(plain(number, 4))

    @Slot()
    def _emit_number(self) -> None:
        self.setAccessibleDescription(plain(self.number(), 4))
        self.number_chosen.emit(self.number())
