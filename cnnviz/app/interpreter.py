"""How the window uses Python: when it tidies up, and how its threads share it."""

import gc
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
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


@contextmanager
def starting() -> Iterator[None]:
    """Let Python not look for garbage inside the block, or until `started`: a start makes none."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def started() -> None:
    """Look for garbage from now on, but not in what the start has made, which stays."""
    gc.freeze()
    gc.enable()
