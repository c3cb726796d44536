"""The names of keys in texts on the screen."""

import re
import sys
from typing import Final

ON_MACOS: Final = sys.platform == "darwin"
_ITS_NAMES: Final = {"Ctrl+": "Cmd+", "Alt+": "Option+", "Meta+": "Ctrl+"}
_HELD: Final = re.compile(r"\b(?:Ctrl|Alt|Meta)\+")


def named_keys(text: str) -> str:
    """Return a text in which the keys to hold have the names that they have on this system.

    Qt's Ctrl, which shortcuts and `text` are written with, is the Command key of macOS.
    """
    return _HELD.sub(lambda found: _ITS_NAMES[found[0]], text) if ON_MACOS else text
