"""How the window uses Python: when it tidies up, and how its threads share it."""

import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

SWITCH_INTERVAL: Final = 0.00005
"""Seconds after which a thread lets another run that waits for its turn.

Training needs Python for a moment between arrays; at Python's own 5 ms it would wait longer for
that, while the window is painted, than it works.
"""


def share_python() -> None:
    """Have threads take turns at Python as the window needs it."""
    sys.setswitchinterval(SWITCH_INTERVAL)


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
