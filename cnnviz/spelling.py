"""Hints for a word that is none of those that are known."""

from collections.abc import Collection
from typing import Final

_LEAST: Final = 0.75
"""The likeness, 0 to 1, from which on a word counts as misspelt."""
_FEW: Final = 3
"""Words that are all named, whatever is like one of them."""


def nearest(word: str, known: Collection[str]) -> str:
    """Return the known word that is spelt most like another one; "" if none is like it."""
    from difflib import get_close_matches  # noqa: PLC0415  (only after a mistake)

    if len(word) > 2 * max(map(len, known), default=0):
        return ""  # it takes long to compare, and is at most 2/3 alike
    by_spelling = {_plain(one): one for one in known}
    near = get_close_matches(_plain(word), by_spelling, 1, _LEAST)
    return by_spelling[near[0]] if near else ""


def suggestion(word: str, known: Collection[str]) -> str:
    """Return "perhaps you mean …" for a misspelt word, or else all the words that are known."""
    near = nearest(word, known)
    return f"perhaps you mean {near}" if near else f"there are {', '.join(known)}"


def unknown(word: str, known: Collection[str], shown: str = "") -> str:
    """Return what is wrong with a word that is none of the known ones, and what would be right.

    `shown` is how the word is written, by default as it is.
    """
    near, shown = nearest(word, known), shown or word
    if near and len(known) > _FEW:
        return f"{shown} is unknown: perhaps you mean {near}."
    return f"{shown} is none of {', '.join(known)}."


def _plain(word: str) -> str:
    return word.lower().replace("_", "-")
