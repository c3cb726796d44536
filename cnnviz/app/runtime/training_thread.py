"""The training thread, and the timer that passes its frames to the window."""

from time import perf_counter
from typing import Final

from PySide6.QtCore import QObject, Qt, QThread, QTimer, Signal, Slot

from cnnviz.app.runtime.thread_priority import let_the_window_go_first
from cnnviz.training.loop.mailbox import Mailbox
from cnnviz.training.loop.training_loop import TrainingLoop

FRAME_INTERVAL: Final = 33
"""Milliseconds between polls of the mailbox: 30 frames a second."""
_LATE: Final = 8
"""Milliseconds until the next poll if a frame is late, about the length of an iteration."""
_SOON: Final = 4
"""Milliseconds until a poll if a person draws."""
_LEAST: Final = 16
"""Milliseconds between two frames if a person draws."""
_EARLY_POLLS: Final = 4
"""Early polls before falling back to the normal interval."""


class TrainingThread(QThread):
    """Runs a training loop. It must be stopped before it is deleted: Qt aborts otherwise."""

    def __init__(self, loop: TrainingLoop, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("training")
        self._loop = loop

    def run(self) -> None:
        """Body of the thread."""
        let_the_window_go_first()
        self._loop.run()

    def stop(self) -> None:
        """End the loop, and wait for it: one iteration at most."""
        self._loop.stop()
        self.wait()


class FramePump(QObject):
    """Takes frames and messages out of a mailbox, in the window's thread, on a timer.

    Signals would pile up if drawing is slower than training, and the slot of an object that is no
    QObject would run in the training thread.
    """

    frame_taken = Signal(object)
    """Carries a `Frame`."""
    message_taken = Signal(object)
    """Carries a `Message`."""
    notes_taken = Signal(object)
    """Carries the notes of a session that is continued, a dict of str to str."""
    saving_progressed = Signal(object)
    """Carries the share of a file that is saved, 0 to 1, and None at the end."""
    progressed = Signal(float)
    """Carries the progress of a long iteration, 0 to 1."""

    def __init__(self, mailbox: Mailbox, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._mailbox = mailbox
        self._saving: float | None = None
        self._late = _EARLY_POLLS  # early polls without a frame
        self._taken = 0.0  # when the last frame was taken, in seconds
        self._timer = QTimer(self, timerType=Qt.TimerType.PreciseTimer, interval=FRAME_INTERVAL)
        self._timer.timeout.connect(self.pump)
        self._timer.start()

    @Slot()
    def pump(self) -> None:
        """Emit the newest frame, and every message."""
        frame = self._mailbox.take()
        if frame is not None:
            self._taken = perf_counter()
            self._late = 0 if frame.running else _EARLY_POLLS
            self._poll_in(FRAME_INTERVAL)
            self.frame_taken.emit(frame)
        elif self._late < _EARLY_POLLS:
            self._late += 1
            self._poll_in(_LATE)
        else:
            self._poll_in(FRAME_INTERVAL)
        if (saving := self._mailbox.saving) != self._saving:
            self._saving = saving
            self.saving_progressed.emit(saving)
        if (progress := self._mailbox.progress) is not None:
            self.progressed.emit(progress)
        if (notes := self._mailbox.take_notes()) is not None:
            self.notes_taken.emit(notes)
        while (message := self._mailbox.take_message()) is not None:
            self.message_taken.emit(message)

    @Slot()
    def hurry(self) -> None:
        """Poll soon, so that a drawing is followed at once."""
        wait = max(_SOON, round(_LEAST - 1_000 * (perf_counter() - self._taken)))
        self._late = 0
        if self._timer.isActive() and self._timer.remainingTime() > wait:
            self._timer.setInterval(wait)

    def _poll_in(self, interval: int) -> None:
        if self._timer.isActive() and self._timer.interval() != interval:
            self._timer.setInterval(interval)

    def stop(self) -> None:
        """Stop polling."""
        self._timer.stop()
