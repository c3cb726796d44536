"""The conditions of breakpoints: what they are, and how they are written.

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

Upper and lower case are the same; an operation is named or called by its title.
"""

import math
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal, TypeVar

from cnnviz.numerics.network import FILTER_COUNT
from cnnviz.numerics.operations import OPERATIONS
from cnnviz.training.errors import ConditionError

Relation = Literal["=", ">", ">=", "<", "<="]
Quantity = Literal["iteration", "loss", "accuracy", "saturated"]

LONGEST: Final = 200
"""Characters of a condition, at most."""


@dataclass(frozen=True, slots=True)
class At:
    """The next operation is this one.

    Attributes
    ----------
    operation : str
        Its name.
    """

    operation: str


@dataclass(frozen=True, slots=True)
class Compare:
    """A figure of a state has a relation to a bound; shares are 0 to 1."""

    quantity: Quantity
    relation: Relation
    bound: float


@dataclass(frozen=True, slots=True)
class Step:
    """The size of the step that led to a state, ‖η · gradient‖ / ‖weights‖, against a bound.

    Attributes
    ----------
    parts : tuple of int
        The largest of these counts: filters are 0, 1 and 2, the dense weights 3.
    relation : str
    bound : float
    """

    parts: tuple[int, ...]
    relation: Relation
    bound: float


@dataclass(frozen=True, slots=True)
class LossRises:
    """The loss is larger than in the state before.

    Attributes
    ----------
    by : float
        At least by so much; 0 where any rise counts.
    relative : bool
        Whether `by` is a share of the loss before.
    """

    by: float = 0.0
    relative: bool = False


@dataclass(frozen=True, slots=True)
class FilterChanges:
    """A cell of a filter has changed its sign, or the filter its norm.

    Attributes
    ----------
    filters : tuple of int
        Any of these, from 0 on.
    by : float or None
        The norm, by at least this share of the norm before; None for the sign of any cell.
    """

    filters: tuple[int, ...]
    by: float | None = None


@dataclass(frozen=True, slots=True)
class Flips:
    """The prediction of an image has changed sides.

    Attributes
    ----------
    image : int or None
        Its index; None for any image of the batch.
    """

    image: int | None = None


@dataclass(frozen=True, slots=True)
class NotFinite:
    """An operation gave NaN or infinity, or nothing at all because it was undefined."""


@dataclass(frozen=True, slots=True)
class Every:
    """All of these hold."""

    parts: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Either:
    """At least one of these holds."""

    parts: tuple["Condition", ...]


Atom = At | Compare | Step | LossRises | FilterChanges | Flips | NotFinite
Condition = Atom | Every | Either

FILTERS: Final = tuple(range(FILTER_COUNT))
DENSE: Final = FILTER_COUNT
"""The dense weights among the parts of `Step`."""

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?(?![\w.]))|(?P<word>[^\W\d][\w\u0300-\u036f-]*)"
    r"|(?P<sign>>=|<=|\S))"
)
_RELATIONS: Final[dict[str, Relation]] = {
    "=": "=",
    ">": ">",
    ">=": ">=",
    "≥": ">=",
    "<": "<",
    "<=": "<=",
    "≤": "<=",
}
_ATOMS: Final = (
    "a condition: at, iteration, loss, accuracy, saturated, step, filter, dense, image, any or not "
    "finite"
)
_A_RELATION: Final = "=, >, >=, < or <="
_A_FILTER: Final = f"a filter's number, 1 to {FILTER_COUNT}"


@dataclass(frozen=True, slots=True)
class _Token:
    text: str
    column: int
    kind: str


def _tokens(text: str) -> list[_Token]:
    found = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind is not None:
            name = unicodedata.normalize("NFC", match[kind]).casefold()  # ẑ may be z and a hat
            found.append(_Token(name, match.start(kind), kind))
    return found


def _names_of_operations() -> dict[tuple[str, ...], str]:
    """Return the ways to call an operation, as the words that they are read as."""
    names = {}
    for operation in OPERATIONS:
        for way in (operation.title, operation.name, operation.name.replace("_", " ")):
            names[tuple(token.text for token in _tokens(way))] = operation.name
    return names


_OPERATIONS: Final = _names_of_operations()

T = TypeVar("T")


def parse(text: str) -> Condition:
    """Read a condition as a person writes it.

    Raises
    ------
    ConditionError
        Where it is none: at which column, and what would be right there.
    """
    if len(text) > LONGEST:
        message = f"the condition has {len(text):,} characters: write at most {LONGEST}."
        raise ConditionError(LONGEST, message)
    return _Reader(text).whole()


def leaves(condition: Condition) -> Iterator[Atom]:
    """Yield what a condition is put together of, in reading order."""
    if isinstance(condition, Every | Either):
        for part in condition.parts:
            yield from leaves(part)
    else:
        yield condition


class _Reader:
    """Reads one condition, from left to right."""

    def __init__(self, text: str) -> None:
        self._end = len(text)
        self._tokens = _tokens(text)
        self._next = 0

    def whole(self) -> Condition:
        condition = self._joined("or", lambda: self._joined("and", self._atom, Every), Either)
        if self._next < len(self._tokens):
            raise self._refused("and, or, or the end")
        return condition

    def _joined(
        self,
        word: str,
        read: Callable[[], Condition],
        join: Callable[[tuple[Condition, ...]], Condition],
    ) -> Condition:
        parts = [read()]
        while self._took(word):
            parts.append(read())
        return parts[0] if len(parts) == 1 else join(tuple(parts))

    def _atom(self) -> Condition:
        if self._took("at"):
            return self._at()
        if self._took("iteration"):
            return Compare("iteration", self._relation(), self._whole_number("an iteration"))
        if self._took("loss"):
            return self._loss()
        for quantity in ("accuracy", "saturated"):
            if self._took(quantity):
                return Compare(quantity, self._relation(), self._share())
        if self._took("step"):
            return Step((*FILTERS, DENSE), self._relation(), self._amount()[0])
        if self._took("dense"):
            self._take("step")
            return Step((DENSE,), self._relation(), self._amount()[0])
        if self._took("filter"):
            return self._filter()
        if self._took("image"):
            image = self._whole_number("an image's index")
            self._take("flips")
            return Flips(image)
        if self._took("any"):
            return self._any()
        if self._took("not"):
            self._take("finite")
            return NotFinite()
        raise self._refused(_ATOMS)

    def _at(self) -> Condition:
        rest = [token.text for token in self._tokens[self._next :]]
        for length in range(len(rest), 0, -1):
            name = _OPERATIONS.get(tuple(rest[:length]))
            if name is not None:
                self._next += length
                return At(name)
        raise self._refused(
            f"an operation ({', '.join(operation.name for operation in OPERATIONS)})"
        )

    def _loss(self) -> Condition:
        if not self._took("rises"):
            return Compare("loss", self._relation("rises, " + _A_RELATION), self._number("a loss"))
        if not self._took("by"):
            return LossRises()
        by, relative = self._amount()
        return LossRises(by, relative)

    def _filter(self) -> Condition:
        if self._took("step"):
            return Step(FILTERS, self._relation(), self._amount()[0])
        filters = (self._filter_number(),)
        if self._took("step"):
            return Step(filters, self._relation(), self._amount()[0])
        return self._changes(filters, "step or changes")

    def _any(self) -> Condition:
        if self._took("image"):
            self._take("flips")
            return Flips()
        if self._took("filter"):
            return self._changes(FILTERS, "changes")
        raise self._refused("image or filter")

    def _changes(self, filters: tuple[int, ...], expected: str) -> Condition:
        if not self._took("changes"):
            raise self._refused(expected)
        return FilterChanges(filters, self._amount()[0] if self._took("by") else None)

    def _relation(self, expected: str = _A_RELATION) -> Relation:
        return self._read(lambda token: _RELATIONS.get(token.text), expected)

    def _number(self, what: str) -> float:
        def number(token: _Token) -> float | None:
            value = float(token.text) if token.kind == "number" else math.inf
            return value if math.isfinite(value) else None

        return self._read(number, f"{what} (a number such as 0.1)")

    def _whole_number(self, what: str) -> int:
        def number(token: _Token) -> int | None:
            return int(token.text) if token.text.isdecimal() else None

        return self._read(number, f"{what} (a whole number such as 17)")

    def _filter_number(self) -> int:
        def number(token: _Token) -> int | None:
            named = token.text.isdecimal() and 1 <= int(token.text) <= FILTER_COUNT
            return int(token.text) - 1 if named else None

        return self._read(number, f"step, or {_A_FILTER}")

    def _amount(self) -> tuple[float, bool]:
        """Return a number, in which per cent are hundredths, and whether it was in per cent."""
        value = self._number("an amount")
        if self._took("%"):
            return value / 100, True
        return value, False

    def _share(self) -> float:
        start = self._next
        value, _ = self._amount()
        if value > 1:
            self._next = start
            raise self._refused("a share (0 to 1, or 0 to 100 %)")
        return value

    def _took(self, word: str) -> bool:
        """Read this word where it comes next."""
        if self._next < len(self._tokens) and self._tokens[self._next].text == word:
            self._next += 1
            return True
        return False

    def _take(self, word: str) -> None:
        if not self._took(word):
            raise self._refused(word)

    def _read(self, meaning: Callable[[_Token], T | None], expected: str) -> T:
        if self._next < len(self._tokens):
            value = meaning(self._tokens[self._next])
            if value is not None:
                self._next += 1
                return value
        raise self._refused(expected)

    def _refused(self, expected: str) -> ConditionError:
        if self._next < len(self._tokens):
            token = self._tokens[self._next]
            message = f"column {token.column + 1}: expected {expected}, not “{token.text}”."
            return ConditionError(token.column, message)
        message = f"column {self._end + 1}: expected {expected}, where the condition ends."
        return ConditionError(self._end, message)
