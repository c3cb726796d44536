"""Errors as sentences of the window: on a terminal, they follow "cnnviz: "."""

import re

_WORD = re.compile(r"(?:[a-z]{3,}|an?|no|in|it|of)\b(?![./_\\]\S)")
"""A word at the beginning; not a symbol such as wo, and not the name of a file."""


def as_sentence(text: str) -> str:
    """Begin a text with a capital letter, unless it begins with a symbol or a file's name."""
    return text[:1].upper() + text[1:] if _WORD.match(text) else text
