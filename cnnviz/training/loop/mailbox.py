"""The newest frame and the messages on their way from the training thread to the window."""

from collections import deque
from dataclasses import dataclass
from threading import Lock

from cnnviz.training.loop.frame import Frame


@dataclass(frozen=True, slots=True)
class Message:
    """A message that belongs to no frame."""

    text: str
    """One sentence; "" withdraws the refusal before, since another command has succeeded."""
    detail: str = ""
    """Details for a report, such as a traceback; may be empty."""
    refused: bool = False
    """Whether it is about a command that was refused."""
    lasting: bool = False
    """Whether it comes back after newer messages, until it is dismissed."""


class Mailbox:
    """A slot with the newest frame, and a queue of messages, shared by two threads.

    A frame replaces the one before, so that none pile up; the newest has every loss value.
    Messages are never dropped.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._frame: Frame | None = None
        self._messages: deque[Message] = deque()
        self._notes: deque[dict[str, str]] = deque()
        self.saving: float | None = None
        """The share that is done of a file that takes long to save; None if none does."""
        self.progress: float | None = None
        """The share that is done of an iteration that takes long; None if none does."""
        self.wanted = True
        """Whether the last frame has been taken."""

    def put(self, frame: Frame) -> None:
        """Put a frame in; it replaces one that has not been taken."""
        with self._lock:
            self._frame = frame
            self.progress = None
            self.wanted = False

    def put_message(self, message: Message) -> None:
        """Put a message in."""
        self._messages.append(message)

    def take(self) -> Frame | None:
        """Take the newest frame out; None if there is no new one."""
        with self._lock:
            frame, self._frame = self._frame, None
            self.wanted = True
        return frame

    def take_message(self) -> Message | None:
        """Take the oldest message out; None if there is none."""
        return self._messages.popleft() if self._messages else None

    def put_notes(self, notes: dict[str, str]) -> None:
        """Put in the window's notes of a session that is continued."""
        self._notes.append(notes)

    def take_notes(self) -> dict[str, str] | None:
        """Take the notes of a session out; None if none is continued."""
        return self._notes.popleft() if self._notes else None
