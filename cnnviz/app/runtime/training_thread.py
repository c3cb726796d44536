"""The training thread, and the timer that brings what it makes to the window."""

from typing import Final

from PySide6.QtCore import QObject, Qt, QThread, QTimer, Signal, Slot

from cnnviz.app.runtime.thread_priority import let_the_window_go_first
from cnnviz.training.loop.mailbox import Mailbox
from cnnviz.training.loop.training_loop import TrainingLoop

FRAME_INTERVAL: Final = 33
"""Milliseconds between looks into the mailbox: 30 frames a second."""
_LATE: Final = 8
"""Milliseconds until the next look where a frame is late: an iteration is as long as that."""
_PATIENCE: Final = 4
"""Such looks in a row; then iterations are longer, and it can wait."""


class TrainingThread(QThread):
    """Runs a training loop. Stop it before it is dropped: Qt aborts the process otherwise."""

    def __init__(self, loop: TrainingLoop, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("training")
        self._loop = loop

    def run(self) -> None:
        """Body of the thread."""
        let_the_window_go_first()
        self._loop.run()

    def stop(self) -> None:
        """Ask the loop to end, and wait until it has: one iteration at most."""
        self._loop.stop()
        self.wait()


class FramePump(QObject):
    """Takes frames and messages out of a mailbox, in the window's thread, on a timer.

    A timer that looks, rather than a signal a frame: signals pile up when drawing is slower than
    training, and a slot that is no QObject's would run in the training thread.
    """

    frame_taken = Signal(object)
    """Carries a `Frame`."""
    message_taken = Signal(object)
    """Carries a `Message`."""
    saving_progressed = Signal(object)
    """Carries how much of a file is saved, 0 to 1, and None at the end."""
    progressed = Signal(float)
    """Carries how much is done of an iteration that takes its time, 0 to 1."""

    def __init__(self, mailbox: Mailbox, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._mailbox = mailbox
        self._saving: float | None = None
        self._late = _PATIENCE  # looks that a frame has been late for
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(FRAME_INTERVAL)
        self._timer.timeout.connect(self.pump)
        self._timer.start()

    @Slot()
    def pump(self) -> None:
        """Pass on the newest frame, and every message."""
        frame = self._mailbox.take()
        if frame is not None:
            self._late = 0 if frame.running else _PATIENCE
            self._look_in(FRAME_INTERVAL)
            self.frame_taken.emit(frame)
        elif self._late < _PATIENCE:
            self._late += 1
            self._look_in(_LATE)
        else:
            self._look_in(FRAME_INTERVAL)
        if (saving := self._mailbox.saving) != self._saving:
            self._saving = saving
            self.saving_progressed.emit(saving)
        if (progress := self._mailbox.progress) is not None:
            self.progressed.emit(progress)
        while (message := self._mailbox.take_message()) is not None:
            self.message_taken.emit(message)

    def _look_in(self, interval: int) -> None:
        if self._timer.isActive() and self._timer.interval() != interval:
            self._timer.setInterval(interval)

    def stop(self) -> None:
        """Look no more."""
        self._timer.stop()
