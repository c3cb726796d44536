"""One hunt, from the first look to the answer: a frozen state and its moves."""

from dataclasses import dataclass, replace
from typing import Final, Literal, Self

from cnnviz.numerics.checking.case import GALLERY, AnyFault
from cnnviz.numerics.checking.data_check import DATA, START
from cnnviz.numerics.operations import OPERATIONS, TITLES
from cnnviz.spelling import unknown
from cnnviz.training.hunt.cases import hidden_fault
from cnnviz.training.hunt.errors import HuntError
from cnnviz.training.hunt.instruments import instrument

NOTHING: Final = "nothing"
"""The answer that everything is right."""
PLACES: Final = (*TITLES, DATA, START, NOTHING)
"""The possible answers: an operation, the data, the start, or nothing."""
HINT_COST: Final = 2

Phase = Literal["looking", "named", "explained", "revealed"]


@dataclass(frozen=True, slots=True)
class Look:
    """One use of an instrument; `operation` is empty unless it looks at one."""

    instrument: str
    operation: str = ""

    def __post_init__(self) -> None:
        """Check the names, or raise `HuntError`."""
        used = instrument(self.instrument)
        if used.of_operation and self.operation not in TITLES:
            raise HuntError(
                f"{self.instrument} looks at one operation: name it, one of {', '.join(TITLES)}."
            )
        if not used.of_operation and self.operation:
            raise HuntError(f"{self.instrument} does not look at one operation: leave it out.")

    @property
    def cost(self) -> int:
        """The price of its first use."""
        return instrument(self.instrument).cost


@dataclass(frozen=True, slots=True)
class Hunt:
    """A hunt as far as it has come. Each move returns the next state.

    The phases: "looking", until a place is named; "named", until the mistake is;
    "explained", until the person has given their confidence; "revealed".
    """

    number: int
    """The number of the case."""
    looks: tuple[Look, ...] = ()
    """The looks in their order, each once: what has been seen can be read again free of charge."""
    hints: int = 0
    """Hints that were taken."""
    place: str = ""
    """The part that is named as wrong, one of `PLACES`."""
    title: str = ""
    """The mistake, one of `choices(place)`; empty for `NOTHING`."""
    sure: int | None = None
    """How sure the person is that both are right, in percent."""

    @property
    def phase(self) -> Phase:
        """The phase that comes next."""
        if self.sure is not None:
            return "revealed"
        if self.title or self.place == NOTHING:
            return "explained"
        return "named" if self.place else "looking"

    @property
    def cost(self) -> int:
        """The cost of all looks and hints so far."""
        return sum(look.cost for look in self.looks) + HINT_COST * self.hints

    def look(self, look: Look) -> Self:
        """Use an instrument."""
        self._check("looking")
        return self if look in self.looks else replace(self, looks=(*self.looks, look))

    def hint(self) -> Self:
        """Take the next hint.

        Raises
        ------
        HuntError
            If there are no more.
        """
        self._check("looking")
        if self.hints >= len(hints(self.number)):
            raise HuntError("there are no more hints: look again, or name what is wrong.")
        return replace(self, hints=self.hints + 1)

    def name_place(self, place: str) -> Self:
        """Name the operation, `DATA`, `START`, or `NOTHING`."""
        self._check("looking")
        if place not in PLACES:
            raise HuntError(unknown(place, PLACES, repr(place)))
        return replace(self, place=place)

    def explain(self, title: str) -> Self:
        """Name the mistake."""
        self._check("named")
        if title not in choices(self.place):
            raise HuntError(f"{title!r} is not among what can be wrong there.")
        return replace(self, title=title)

    def reconsider(self) -> Self:
        """Take the answer back, as long as nothing is revealed."""
        if self.phase == "revealed":
            self._check("looking")
        return replace(self, place="", title="")

    def be_sure(self, percent: int) -> Self:
        """Say how sure the answer is, 0 to 100 percent; this reveals the case."""
        self._check("explained")
        if not 0 <= percent <= 100:
            raise HuntError(f"{percent} is not between 0 and 100 percent.")
        return replace(self, sure=percent)

    def _check(self, phase: Phase) -> None:
        if self.phase != phase:
            raise HuntError(_NOT_NOW[self.phase])


_NOT_NOW: Final[dict[Phase, str]] = {
    "looking": "name the place first.",
    "named": "first say what is wrong there, or take the answer back.",
    "explained": "first say how sure you are, or take the answer back.",
    "revealed": "the case is closed: take another number.",
}


def choices(place: str) -> tuple[str, ...]:
    """Return the possible mistakes at a place, in plain words, in alphabetical order."""
    titles = [fault.title for fault in GALLERY if fault.operation == place]
    return (*sorted(titles), "something else")


def hints(number: int) -> tuple[str, ...]:
    """Return the hints of a case, from the vaguest to the plainest."""
    fault = hidden_fault(number)
    if fault is None:
        return (
            "First ask whether anything is wrong at all.",
            "No instrument shows anything wrong.",
        )
    place = fault.operation
    of_data = place in {DATA, START}
    others = [one for one in (START, DATA) if one != place]
    if not of_data:
        names = [operation.name for operation in OPERATIONS[8:]]
        others = names[max(0, names.index(place) - 1) :][:3]
        others = [name for name in others if name != place]
    pair = sorted((place, others[number % len(others)]))
    return (
        "Something is wrong."
        + (" The operations are all right." if of_data else " It is in one of the operations."),
        f"What shows it: {', '.join(fault.seen_by)}.",
        f"It is in {' or '.join(pair)}.",
    )


@dataclass(frozen=True, slots=True)
class Reveal:
    """The hidden fault, and the verdict on the answer."""

    fault: AnyFault | None
    place_right: bool
    title_right: bool
    """place_right, title_right: whether the place, and what is wrong there, were named rightly."""
    brier: float
    """``(sure − right)²``, 0 for somebody who is sure and right, 1 for sure and wrong."""

    @property
    def is_right(self) -> bool:
        """Whether the whole answer is right."""
        return self.place_right and self.title_right


def reveal(hunt: Hunt) -> Reveal:
    """Reveal the hidden fault.

    Raises
    ------
    HuntError
        If the answer is not complete.
    """
    if hunt.sure is None:
        raise HuntError("the case is revealed once the answer is complete: name a place first.")
    fault = hidden_fault(hunt.number)
    place_right = hunt.place == (fault.operation if fault else NOTHING)
    title_right = place_right and hunt.title == (fault.title if fault else "")
    return Reveal(fault, place_right, title_right, (hunt.sure / 100 - title_right) ** 2)
