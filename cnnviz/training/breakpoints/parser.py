"""Reads conditions as people write them.

::

    condition  = group { "or" group }
    group      = atom { "and" atom }
    atom       = "at" OPERATION
               | "iteration" relation WHOLE
               | "loss" relation NUMBER | "loss" "rises" [ "by" amount ]
               | ( "accuracy" | "saturated" ) relation share
               | [ "filter" [ 1-3 ] | "dense" ] "step" relation amount
               | ( "filter" 1-3 | "any" "filter" ) "changes" [ "by" amount ]
               | ( "image" WHOLE | "any" "image" ) "flips"
               | "not" "finite"
    relation   = "=" | ">" | ">=" | "<" | "<="
    amount     = NUMBER [ "%" ]
    share      = 0 to 1, or 0 to 100 "%"

Upper and lower case are the same. An operation is written by its name or its title, also a former
one, a number as in `number_parsing`.
"""

import math
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar, get_args

from cnnviz.numerics.network import FILTER_COUNT
from cnnviz.numerics.number_parsing import parse_number, parse_whole_number
from cnnviz.numerics.operations import FORMER_NAMES, OPERATIONS, TITLES
from cnnviz.spelling import nearest
from cnnviz.training.breakpoints.conditions import (
    DENSE,
    FILTERS,
    At,
    Compare,
    Condition,
    Either,
    Every,
    FilterChanges,
    Flips,
    LossRises,
    NotFinite,
    Relation,
    StepSize,
)
from cnnviz.training.errors import ConditionError

LONGEST: Final = 200
"""Characters of a condition, at most."""

_TOKEN: Final = re.compile(
    r"[+\-−]?[.,]?[0-9](?:[eE][+\-−][0-9]|[\w.,])*"  # a number, or what was meant to be one
    r"|[^\W\d][\w\u0300-\u036f-]*"  # a word; ẑ may be z and a hat
    r"|>=|<=|\S"
)
_RELATIONS: Final[dict[str, Relation]] = {
    **{relation: relation for relation in get_args(Relation)},
    "≥": ">=",
    "≤": "<=",
}
_KINDS: Final = (
    "a condition: at, iteration, loss, accuracy, saturated, step, filter, dense, image, any or not "
    "finite"
)
_RELATION: Final = "=, >, >=, < or <="

T = TypeVar("T")
N = TypeVar("N", int, float)


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    column: int


def _tokens(text: str) -> list[_Token]:
    return [
        _Token(unicodedata.normalize("NFC", match[0]).casefold(), match.start())
        for match in _TOKEN.finditer(text)
    ]


def _operation_names() -> dict[tuple[str, ...], str]:
    """Return the operation for each way to write it, given as its tokens."""
    names = dict(FORMER_NAMES)
    for operation in OPERATIONS:
        names |= dict.fromkeys((operation.title, operation.name), operation.name)
    return {
        tuple(token.text for token in _tokens(way)): name
        for text, name in names.items()
        for way in (text, text.replace("_", " "))
    }


_OPERATIONS: Final = _operation_names()


def parse(text: str) -> Condition:
    """Read a condition.

    Raises ConditionError if it does not parse: with the column, and what would be right there.
    """
    if len(text) > LONGEST:
        message = f"the condition has {len(text):,} characters: write at most {LONGEST}."
        raise ConditionError(LONGEST, message)
    return _Parser(text).condition()


class _Parser:
    """Reads one condition from left to right."""

    def __init__(self, text: str) -> None:
        self._end = len(text)
        self._tokens = _tokens(text)
        self._next = 0

    def condition(self) -> Condition:
        condition = self._joined("or", lambda: self._joined("and", self._leaf, Every), Either)
        if self._next < len(self._tokens):
            raise self._error("and, or, or the end")
        return condition

    def _joined(
        self,
        word: str,
        read: Callable[[], Condition],
        join: Callable[[tuple[Condition, ...]], Condition],
    ) -> Condition:
        parts = [read()]
        while self._accept(word):
            parts.append(read())
        return parts[0] if len(parts) == 1 else join(tuple(parts))

    def _leaf(self) -> Condition:
        if self._accept("at"):
            return self._at()
        if self._accept("iteration"):
            return Compare("iteration", self._relation(), self._whole_number("an iteration"))
        if self._accept("loss"):
            return self._loss()
        for quantity in ("accuracy", "saturated"):
            if self._accept(quantity):
                return Compare(quantity, self._relation(), self._share())
        if self._accept("step"):
            return self._step((*FILTERS, DENSE))
        if self._accept("dense"):
            self._expect("step")
            return self._step((DENSE,))
        if self._accept("filter"):
            return self._filter()
        if self._accept("image"):
            image = self._whole_number("an image's index")
            self._expect("flips")
            return Flips(image)
        if self._accept("any"):
            return self._any()
        if self._accept("not"):
            self._expect("finite")
            return NotFinite()
        raise self._error(_KINDS)

    def _at(self) -> Condition:
        rest = [token.text for token in self._tokens[self._next :]]
        for length in range(len(rest), 0, -1):
            name = _OPERATIONS.get(tuple(rest[:length]))
            if name is not None:
                self._next += length
                return At(name)
        raise self._error(f"an operation ({', '.join(TITLES)})")

    def _loss(self) -> Condition:
        if self._accept("rises"):
            return LossRises(*self._amount()) if self._accept("by") else LossRises()
        relation = self._relation("rises, " + _RELATION)
        loss = self._number(parse_number, "a loss (a number such as 0.1)", -math.inf)
        return Compare("loss", relation, loss)

    def _step(self, parts: tuple[int, ...]) -> Condition:
        return StepSize(parts, self._relation(), self._amount()[0])

    def _filter(self) -> Condition:
        if self._accept("step"):
            return self._step(FILTERS)
        expected = f"step, or a filter's number, 1 to {FILTER_COUNT}"
        filters = (self._number(parse_whole_number, expected, 1, FILTER_COUNT) - 1,)
        if self._accept("step"):
            return self._step(filters)
        return self._changes(filters, "step or changes")

    def _any(self) -> Condition:
        if self._accept("image"):
            self._expect("flips")
            return Flips()
        if self._accept("filter"):
            return self._changes(FILTERS, "changes")
        raise self._error("image or filter")

    def _changes(self, filters: tuple[int, ...], expected: str) -> Condition:
        self._expect("changes", expected)
        return FilterChanges(filters, self._amount()[0] if self._accept("by") else None)

    def _relation(self, expected: str = _RELATION) -> Relation:
        return self._read(_RELATIONS.get, expected)

    def _whole_number(self, what: str) -> int:
        return self._number(parse_whole_number, f"{what} (a whole number such as 17)")

    def _amount(self) -> tuple[float, bool]:
        """Return an amount, and whether it was a percentage."""
        value = self._number(parse_number, "an amount (a number such as 0.1)")
        return (value / 100, True) if self._accept("%") else (value, False)

    def _share(self) -> float:
        start = self._next
        value, _ = self._amount()
        if value > 1:
            self._next = start
            raise self._error("a share (0 to 1, or 0 to 100 %)")
        return value

    def _number(
        self,
        parse: Callable[[str], N | None],
        expected: str,
        low: float = 0.0,
        high: float = math.inf,
    ) -> N:
        """Read a number from `low` to `high`."""

        def meaning(text: str) -> N | None:
            value = parse(text)
            return value if value is not None and low <= value <= high else None

        return self._read(meaning, expected)

    def _accept(self, word: str) -> bool:
        """Read a word if it comes next; return whether it does."""
        accepted = self._next < len(self._tokens) and self._tokens[self._next].text == word
        self._next += accepted
        return accepted

    def _expect(self, word: str, expected: str = "") -> None:
        if not self._accept(word):
            raise self._error(expected or word)

    def _read(self, meaning: Callable[[str], T | None], expected: str) -> T:
        """Read the next token; `meaning` returns None if it does not fit."""
        if self._next < len(self._tokens):
            value = meaning(self._tokens[self._next].text)
            if value is not None:
                self._next += 1
                return value
        raise self._error(expected)

    def _error(self, expected: str) -> ConditionError:
        if self._next < len(self._tokens):
            token = self._tokens[self._next]
            words = re.findall(r"[a-z_]{3,}", expected)
            near = nearest(token.text, words) if len(words) > 1 else ""
            hint = f": perhaps you mean {near}" if near else ""
            message = f"column {token.column + 1}: expected {expected}, not “{token.text}”{hint}."
            return ConditionError(token.column, message)
        message = f"column {self._end + 1}: expected {expected}, but the condition ends."
        return ConditionError(self._end, message)
