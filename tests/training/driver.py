"""The window's side of a training loop, and a person's of a debugger."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from cnnviz.training.debugger.debugger import Debugger
from cnnviz.training.loop.frame import Frame
from cnnviz.training.loop.mailbox import Mailbox, Message
from cnnviz.training.loop.training_loop import TrainingLoop
from cnnviz.training.run.trainer import Trainer

TIMEOUT = 20.0
PROMPT = 2.0
"""Seconds in which an end must come; an idle thread would wait for an hour."""


class WatchedMailbox(Mailbox):
    """A mailbox that can be waited on."""

    def __init__(self) -> None:
        super().__init__()
        self.changed = threading.Condition()
        self.puts = 0
        self.latest = -1

    def put(self, frame: Frame) -> None:
        with self.changed:
            super().put(frame)
            self.puts += 1
            self.latest = frame.iteration
            self.changed.notify_all()

    def put_message(self, message: Message) -> None:
        with self.changed:
            super().put_message(message)
            self.changed.notify_all()


class Driver:
    """A loop in a separate thread, and the window's side of it."""

    def __init__(self, trainer: Trainer, sessions: Path | None = None) -> None:
        self.mailbox = WatchedMailbox()
        self.trainer = trainer
        self.loop = TrainingLoop(trainer, self.mailbox, sessions and (lambda: sessions))
        self.thread = threading.Thread(target=self.loop.run)
        self.frame: Frame | None = None
        self.messages: list[Message] = []

    def until(self, holds: Callable[[Frame], bool]) -> Frame:
        """Take frames until one holds, and return it."""
        end = time.monotonic() + TIMEOUT
        while True:
            with self.mailbox.changed:
                while (frame := self.mailbox.take()) is None:
                    assert self.mailbox.changed.wait(end - time.monotonic()), self.frame
            self.frame = frame
            if holds(frame):
                return frame
            assert time.monotonic() < end, frame

    def after(self, command: int) -> Frame:
        """Return the first frame that is fetched after a command was carried out."""
        return self.until(lambda frame: frame.done >= command)

    def saved(self, command: int) -> Frame:
        """Return the first frame after a file was written, or could not be."""
        return self.until(lambda frame: frame.done >= command and not self.loop.files.is_saving)

    def message(self) -> Message:
        """Wait for the next message that has a text."""
        end = time.monotonic() + TIMEOUT
        while True:
            with self.mailbox.changed:
                while (message := self.mailbox.take_message()) is None:
                    assert self.mailbox.changed.wait(end - time.monotonic()), "no message"
            if message.text:
                return message

    def run(self) -> Frame:
        """Start, and wait until it runs."""
        started = self.loop.start()
        return self.until(lambda frame: frame.done >= started and frame.running)

    def end(self, timeout: float = TIMEOUT) -> None:
        """Stop, and check that the thread ends."""
        self.loop.stop()
        self.thread.join(timeout)
        assert not self.thread.is_alive()


class Gate:
    """Holds the training thread inside a method until it is opened."""

    def __init__(self, owner: object, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.reached = threading.Event()
        self.opened = threading.Event()
        self.calls = 0
        original = getattr(owner, name)

        def held(*arguments: object) -> object:
            self.calls += 1
            self.reached.set()
            assert self.opened.wait(TIMEOUT)
            return original(*arguments)

        monkeypatch.setattr(owner, name, held, raising=False)

    def wait(self) -> None:
        assert self.reached.wait(TIMEOUT)


def step_to(debugger: Debugger, position: int) -> None:
    """Do operations up to a number of them."""
    while debugger.position != position:
        assert debugger.step()
