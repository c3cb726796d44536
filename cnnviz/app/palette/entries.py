"""The entries of the palette, and the search for those that fit a text."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import lru_cache
from typing import Final

from cnnviz.app.palette.other_words import OTHER_WORDS

_TITLE_START, _TITLE_WORD, _OTHER_WORD, _INSIDE = range(4)
"""How well a typed word fits, from the best."""
_ALIKE: Final = 0.75
"""Similarity, 0 to 1, of a misspelt word and the one that is meant."""
_SHORTEST: Final = 4
"""Letters of a word that may be misspelt."""

_QUESTION: Final = (
    *("a", "an", "and", "are", "at", "can", "do", "does", "how", "i", "in", "is", "it", "its"),
    *("my", "of", "on", "the", "to", "what", "which", "why", "with"),
)
"""Words of a question that say nothing of what it is about."""


@dataclass(frozen=True, slots=True)
class PaletteEntry:
    """One thing that the palette can open or do."""

    title: str
    kind: str
    """Its kind, such as "Panel" or "Operation"."""
    choose: Callable[[], object] = field(compare=False)
    """Does it or shows it, if it is chosen."""
    detail: str = ""
    """One sentence about it."""
    keys: str = ""
    """Its shortcut, as it is written on screen."""

    @property
    def spoken(self) -> str:
        """The whole entry as a screen reader says it."""
        return ", ".join(filter(None, (self.title, self.kind, self.keys, self.detail)))


def matching(entries: Sequence[PaletteEntry], typed: str) -> list[PaletteEntry]:
    """Return the entries that fit every typed word, the best first; without words, all.

    A word fits if a word of the entry begins with it or has it inside. If nothing fits, what every
    question has, such as "why does", is left out; if still nothing does, words of four letters or
    more may be misspelt.
    """
    words = words_of(typed)
    if not words:
        return list(entries)
    if found := _fitting(entries, words):
        return found
    words = tuple(word for word in words if word not in _QUESTION) or words
    if found := _fitting(entries, words):
        return found
    known = sorted({word for one in entries for word in words_of(f"{one.spoken} {_others(one)}")})
    meant = tuple(
        next(iter(get_close_matches(word, known, 1, _ALIKE)), word)
        if len(word) >= _SHORTEST
        else word
        for word in words
    )
    return _fitting(entries, meant)


@lru_cache(maxsize=2048)
def words_of(text: str) -> tuple[str, ...]:
    """Return the words of a text in lower case, without accents; Greek letters by their names."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(map(_letter, decomposed))
    return tuple(plain.split())


def _letter(letter: str) -> str:
    if unicodedata.combining(letter):
        return ""
    name = unicodedata.name(letter, "")
    if name.startswith("GREEK SMALL LETTER"):
        return f" {name.split()[3].lower()} "
    return letter if letter.isalnum() else " "


def _fitting(entries: Sequence[PaletteEntry], words: Sequence[str]) -> list[PaletteEntry]:
    scored = [(score, at) for at, entry in enumerate(entries) if (score := _score(entry, words))]
    return [entries[at] for _, at in sorted(scored)]


def _score(entry: PaletteEntry, words: Sequence[str]) -> tuple[int, ...] | None:
    """Return how well each word fits, worst first, or None if one does not."""
    title = words_of(entry.title)
    others = (*title, *words_of(f"{entry.kind} {entry.keys} {entry.detail} {_others(entry)}"))
    fits = [_fit(word, title, others) for word in words]
    if any(fit is None for fit in fits):
        return None
    ranked = sorted((fit for fit in fits if fit is not None), reverse=True)
    return (*ranked, len(title))


def _others(entry: PaletteEntry) -> str:
    return OTHER_WORDS.get(entry.title, "")


def _fit(word: str, title: Sequence[str], others: Sequence[str]) -> int | None:
    if title and title[0].startswith(word):
        return _TITLE_START
    if any(one.startswith(word) for one in title):
        return _TITLE_WORD
    if any(one.startswith(word) for one in others):
        return _OTHER_WORD
    return _INSIDE if any(word in one for one in others) else None
