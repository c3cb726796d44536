"""Numbers as people type them, read in one way by fields and conditions."""

import math
import re
from typing import Final

_NUMBER: Final = re.compile(r"[+-]?(?:[0-9]+[.,]?[0-9]*|[.,][0-9]+)(?:[eE][+-]?[0-9]+)?")
_WHOLE: Final = re.compile(r"[+-]?[0-9]{1,100}")  # Python reads no more than 4,300 digits
_GROUPED: Final = re.compile(r"[+-]?[1-9][0-9]{0,2}(?:,[0-9]{3}){1,30}")
"""Whole numbers with commas between thousands, as the window shows them."""
_MINUS: Final = "−"
"""The minus sign that the window shows (U+2212)."""


def parse_number(text: str) -> float | None:
    """Return the finite number that a text means: 15, 0.01, 0,01, 1E-3, −2.

    None if it is not a number, or if its comma may as well separate thousands, as in 10,000.
    """
    text = text.replace(_MINUS, "-")
    if not _NUMBER.fullmatch(text) or _GROUPED.fullmatch(text):
        return None
    number = float(text.replace(",", "."))
    return number if math.isfinite(number) else None


def parse_whole_number(text: str) -> int | None:
    """Return the whole number that a text means: 15, 10000, 10,000, −2. None if it is none."""
    text = text.replace(_MINUS, "-")
    if _WHOLE.fullmatch(text) or _GROUPED.fullmatch(text):
        return int(text.replace(",", ""))
    return None
