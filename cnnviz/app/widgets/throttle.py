"""Drawing no more often than is of use."""

from time import perf_counter

from PySide6.QtCore import QObject, QTimer, Signal, Slot


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
        if self._timer.isActive():
            return
        rest = self._interval - (perf_counter() - self._last) * 1e3
        if rest <= 0:
            self.now()
        else:
            self._timer.start(round(rest))

    def follow(self, *, running: bool) -> None:
        """Emit `due` for a new frame: at once where training stands, else as `request` does."""
        if running:
            self.request()
        else:
            self.now()

    @Slot()
    def now(self) -> None:
        """Emit `due` without waiting; a request that waits is thereby answered."""
        self._timer.stop()
        self.due.emit()
        self._last = perf_counter()
