"""How the window's threads share Python."""

import sys
from typing import Final

SWITCH_INTERVAL: Final = 0.00005
"""Seconds after which a thread lets another run that waits for its turn.

Training needs Python for a moment between arrays; at Python's own 5 ms it would wait longer for
that, while the window is painted, than it works.
"""


def share_python() -> None:
    """Have threads take turns at Python as the window needs it."""
    sys.setswitchinterval(SWITCH_INTERVAL)
