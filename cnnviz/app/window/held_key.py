"""Keeps a key that is held down from sending commands faster than they are carried out."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QMainWindow

from cnnviz.training.loop.frame import Frame


class HeldKey(QObject):
    """Sends the commands of keys that a person may hold down.

    Every press of a key counts. A repetition of a held key is dropped while the command before it
    is not carried out yet: once the key is released, the run stops after the iteration that is
    under way, and a pause or a reset need not wait for steps that are no longer wanted.
    """

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._repeats = False
        self._released: tuple[int, int] | None = None
        """The key that was released last, and when."""
        self._sent = 0
        self._done = 0
        window.installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        """Note whether the key that triggers the next command repeats.

        X11 repeats a key as a release and a press of one time, which Qt now and then takes for two
        events of a person.
        """
        if isinstance(event, QKeyEvent):
            key_and_time = (event.key(), event.timestamp()) if event.timestamp() else None
            if event.type() == QEvent.Type.KeyRelease:
                self._released = key_and_time
            elif event.type() == QEvent.Type.ShortcutOverride:
                follows = key_and_time is not None and key_and_time == self._released
                self._repeats = event.isAutoRepeat() or follows
        return False

    def show_frame(self, frame: Frame) -> None:
        """Note which commands have been carried out."""
        self._done = frame.done

    def send(self, command: Callable[[], int]) -> None:
        """Send a command, unless it repeats one that is still to be carried out.

        `command` sends the command, and returns its number.
        """
        repeats, self._repeats = self._repeats, False  # a click comes without a key
        if not (repeats and self._done < self._sent):
            self._sent = command()
