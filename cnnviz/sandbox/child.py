"""The side of the process that runs a person's own code."""

import faulthandler
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final, TextIO

from cnnviz.sandbox.limits import Limits, limit_this_process
from cnnviz.sandbox.messages import Array, SandboxMessage, read_message, write_message

STACK_FILE: Final = "stack.txt"
"""Holds where the code was when its time was up."""
_LARGEST_REQUEST: Final = 8 << 30


class Channel:
    """The way to the process that started this one, and back."""

    def __init__(self, requests: BinaryIO, replies: BinaryIO) -> None:
        self._requests, self._replies = requests, replies
        self._seconds: float | None = None
        self._stack: TextIO | None = None

    def limit(self, limits: Limits) -> None:
        """Limit the process for good; from now on each request has its time."""
        self._seconds = limits.seconds
        self._stack = Path(STACK_FILE).open("w", encoding="utf-8")  # noqa: SIM115
        limit_this_process(limits)

    def receive(self) -> SandboxMessage | None:
        """Wait for the next request, whose time runs from then on; None if there are no more."""
        faulthandler.cancel_dump_traceback_later()
        request = read_message(self._requests, _LARGEST_REQUEST)
        if request is not None and self._seconds is not None and self._stack is not None:
            faulthandler.dump_traceback_later(self._seconds, exit=True, file=self._stack)
        return request

    def send(self, content: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
        """Send an answer, after everything that has been printed so far."""
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        write_message(self._replies, content, arrays)


def connect() -> Channel:
    """Take over the standard streams, set the limits, and return the channel.

    From now on standard input is empty, and all that is printed goes the way of standard error.
    """
    requests = os.fdopen(os.dup(0), "rb")
    replies = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nowhere, 0)
    os.dup2(2, 1)
    for number, name in ((1, "stdout"), (2, "stderr")):
        stream = open(number, "w", buffering=1, encoding="utf-8", errors="replace", closefd=False)  # noqa: SIM115
        setattr(sys, name, stream)
    channel = Channel(requests, replies)
    first = channel.receive()
    if first is None:
        sys.exit(0)
    channel.limit(Limits(**first.content))
    return channel
