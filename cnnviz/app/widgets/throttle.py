"""A limit on how often something is drawn."""

from math import ceil
from time import perf_counter
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal, Slot

_NEXT_FRAME: Final = 50
"""Milliseconds until the next frame, if iterations are short."""


class Throttle(QObject):
    """Emits `due` for the frames to be drawn, at most one an interval; the last is never lost.

    At least `interval` milliseconds pass from the end of one `due` to the next.
    """

    due = Signal()

    def __init__(self, interval: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._interval = self._rest = interval
        self._last = float("-inf")
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self.now)

    def follow(self, *, running: bool) -> bool:
        """Emit `due` for a new frame, at once if training is paused or the interval has passed.

        Otherwise emit it with the first frame after the interval, so that everything that changes
        with a frame is painted together; or without one, if no other frame comes.

        Returns whether `due` was emitted at once.
        """
        rest = self._rest - (perf_counter() - self._last) * 1e3
        if not running or rest <= 0:
            self.now()
            return True
        if not self._timer.isActive():
            self._timer.start(ceil(rest) + _NEXT_FRAME)
        return False

    def rest(self, milliseconds: float) -> None:
        """Let the interval that has begun last so long, if that is longer than usual."""
        self._rest = max(self._interval, ceil(milliseconds))

    def put_off(self) -> None:
        """Skip a frame: emit `due` with the next one, or without it if no other comes."""
        if not self._timer.isActive():
            self._timer.start(_NEXT_FRAME)

    @Slot()
    def now(self) -> None:
        """Emit `due` at once; a waiting one is dropped."""
        self._timer.stop()
        self.due.emit()
        self._last = perf_counter()
