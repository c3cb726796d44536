"""How the window uses Python: what it does without at its start, and how its threads share it."""

import gc
import os
import sys
from typing import Final

SWITCH_INTERVAL: Final = 0.00005
"""Seconds after which a thread lets another run that waits for its turn.

Training needs Python for a moment between arrays; at Python's own 5 ms it would wait longer for
that, while the window is painted, than it works.
"""

_BEHIND: Final = 5
"""Steps of Linux's niceness, of which there are 40, that training stands behind the window."""


def share_python() -> None:
    """Have threads take turns at Python as the window needs it."""
    sys.setswitchinterval(SWITCH_INTERVAL)


def let_the_window_go_first() -> None:
    """Have the thread that calls this, and those that it starts, run after the window's.

    A window's thread that has Python and no processor would keep all of training waiting. On Linux
    a thread has a niceness of its own; elsewhere this does nothing.
    """
    if sys.platform == "linux":
        os.nice(_BEHIND)


def start() -> None:
    """Have Python not look for garbage: a start makes none, and later the window looks itself."""
    gc.disable()


def started() -> None:
    """Keep what the start has made out of each look for garbage: it stays."""
    gc.freeze()
