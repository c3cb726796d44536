"""Python's garbage collection, between two of Qt's events on the window's thread."""

import gc
from typing import Final

from PySide6.QtCore import QObject, QTimerEvent

INTERVAL: Final = 500
"""Milliseconds between two collections."""


class GarbageCollector(QObject):
    """Collects garbage at intervals; Python itself would do so at any moment.

    Garbage that refers to a part of Qt must not be freed on the training thread. Nor may it be
    while another object of its class is being created and calls Python: PySide then does not know
    all addresses under which it lists the old one (`copyMultipleInheritance` in Shiboken clears
    them until the new one exists). One of them stays in the list, and its next look-up, at the end
    of Qt at the latest, follows it to freed memory.
    """

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        gc.disable()
        self.startTimer(INTERVAL)

    def timerEvent(self, _event: QTimerEvent) -> None:
        """Collect the oldest generation that is due, as Python itself would."""
        counts = zip(gc.get_count(), gc.get_threshold(), strict=True)
        due = [generation for generation, (count, most) in enumerate(counts) if count > most]
        if due and due[0] == 0:
            gc.collect(due[-1])
