"""When Python looks for garbage: between two of Qt's events, on the window's thread."""

import gc
from typing import Final

from PySide6.QtCore import QObject, QTimerEvent

INTERVAL: Final = 500
"""Milliseconds between two looks."""


class GarbageCollector(QObject):
    """Looks for garbage now and then, in place of Python, which would do so anywhere.

    Garbage that holds a part of Qt must not be freed on the training thread. Nor may it be while
    another object of its class is being made and calls Python back: PySide then has forgotten under
    which of its addresses it lists the old one (`copyMultipleInheritance` in Shiboken clears them
    until the new one is made). One of them stays in the list, and whoever looks it up, Qt's end at
    the latest, follows it to memory that is no longer there.

    Parameters
    ----------
    parent : QObject
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self.startTimer(INTERVAL)

    def timerEvent(self, _event: QTimerEvent) -> None:
        """Look through the oldest generation for which it is time, as Python itself would."""
        counts = zip(gc.get_count(), gc.get_threshold(), strict=True)
        due = [generation for generation, (count, most) in enumerate(counts) if count > most]
        if due and due[0] == 0:
            gc.collect(due[-1])
