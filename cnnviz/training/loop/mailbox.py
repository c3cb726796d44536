"""Where the training thread leaves what the window picks up: one frame, and every message."""

from collections import deque
from dataclasses import dataclass
from threading import Lock

from cnnviz.training.loop.frame import Frame


@dataclass(frozen=True, slots=True)
class Message:
    """Something to tell a person that belongs to no frame.

    Attributes
    ----------
    text : str
        One sentence; "" withdraws the refusal before, since another command has succeeded.
    detail : str
        More for a report, such as a traceback; may be empty.
    refused : bool
        Whether it says why something was not done.
    """

    text: str
    detail: str = ""
    refused: bool = False


class Mailbox:
    """A slot that holds the newest frame, and a queue of messages. For two threads.

    Frames replace each other, so nothing piles up however slowly they are taken; every loss value
    is in the frame that is taken in the end. Messages are never dropped.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._frame: Frame | None = None
        self._messages: deque[Message] = deque()
        self.saving: float | None = None
        """The share that is done of a file that takes long to save; None if none does."""
        self.progress: float | None = None
        """How much is done of an iteration that takes its time, 0 to 1."""
        self.wanted = True
        """Whether the last frame has been taken, so that making another is worth it."""

    def put(self, frame: Frame) -> None:
        """Leave a frame; one that is still there is dropped."""
        with self._lock:
            self._frame = frame
            self.progress = None
            self.wanted = False

    def tell(self, message: Message) -> None:
        """Leave a message."""
        self._messages.append(message)

    def take(self) -> Frame | None:
        """Return the newest frame, once; None where there is no new one."""
        with self._lock:
            frame, self._frame = self._frame, None
            self.wanted = True
        return frame

    def take_message(self) -> Message | None:
        """Return the oldest message, once; None where there is none."""
        return self._messages.popleft() if self._messages else None
