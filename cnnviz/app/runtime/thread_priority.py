"""How the threads of the window share Python, and a start without garbage collection."""

import gc
import os
import sys
from typing import Final

SWITCH_INTERVAL: Final = 0.00005
"""Seconds after which a thread lets another one run.

Training needs Python for a moment between arrays; at Python's default of 5 ms it would wait longer
for that, while the window is painted, than it works.
"""

_BEHIND: Final = 5
"""Niceness, 0 to 19 on Linux, of the training thread relative to the window's."""


def share_python() -> None:
    """Switch threads as often as the window needs it."""
    sys.setswitchinterval(SWITCH_INTERVAL)


def let_the_window_go_first() -> None:
    """Give this thread, and those that it starts, a lower priority than the window's.

    A window's thread with Python's lock but without a processor would keep all of training waiting.
    On Linux each thread has its niceness; elsewhere this does nothing.
    """
    if sys.platform == "linux":
        os.nice(_BEHIND)


def start() -> None:
    """Disable garbage collection: a start makes none, and later the window collects itself."""
    gc.disable()


def started() -> None:
    """Exempt the objects of the start, which stay, from garbage collection."""
    gc.freeze()
