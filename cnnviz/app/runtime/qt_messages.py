"""Looks through what Qt would write to the terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from PySide6.QtCore import QMessageLogContext, QtMsgType, qInstallMessageHandler


@contextmanager
def filtering_qt_messages(wanted: Callable[[str], bool]) -> Iterator[None]:
    """Write only the messages that a function accepts, in this context."""

    def handle(kind: QtMsgType, context: QMessageLogContext, text: str) -> None:
        if not wanted(text):
            return
        if callable(before):
            before(kind, context, text)
        elif sys.stderr is not None:
            sys.stderr.write(f"{text}\n")

    before = qInstallMessageHandler(handle)
    try:
        yield
    finally:
        qInstallMessageHandler(before)
