"""Drawing no more often than is of use."""

from math import ceil
from time import perf_counter
from typing import Final

from PySide6.QtCore import QObject, QTimer, Signal, Slot

_NEXT_FRAME: Final = 50
"""Milliseconds within which the next frame comes, if iterations are short."""


class Throttle(QObject):
    """Passes requests on, no two closer together than an interval; the last is never lost.

    Parameters
    ----------
    interval : int
        Milliseconds from the end of one `due` to the next.
    """

    due = Signal()

    def __init__(self, interval: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._interval = interval
        self._last = float("-inf")
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.now)

    def request(self) -> None:
        """Emit `due` at once if the interval is over, else as soon as it is."""
        self._pass_on(0)

    def follow(self, *, running: bool) -> bool:
        """Emit `due` for a new frame: at once where training stands.

        While it runs, at once if the interval is over, else with the first frame after that: all
        that a frame changes is painted at one go. Where no other frame comes, without one.

        Returns
        -------
        bool
            Whether that was at once.
        """
        if running:
            return self._pass_on(_NEXT_FRAME)
        self.now()
        return True

    def put_off(self) -> None:
        """Leave a new frame to the next one; where no other comes, emit `due` without it."""
        if not self._timer.isActive():
            self._timer.start(_NEXT_FRAME)

    def _pass_on(self, patience: int) -> bool:
        rest = self._interval - (perf_counter() - self._last) * 1e3
        if rest <= 0:
            self.now()
        elif not self._timer.isActive():
            self._timer.start(ceil(rest) + patience)
        return rest <= 0

    @Slot()
    def now(self) -> None:
        """Emit `due` without waiting; a request that waits is thereby answered."""
        self._timer.stop()
        self.due.emit()
        self._last = perf_counter()
