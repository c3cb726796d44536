"""The evidence that an answer missed: seen and ignored, or cheap and never asked for."""

from collections.abc import Iterator

from cnnviz.numerics.checking.data_check import DATA, START
from cnnviz.numerics.operations import TITLES
from cnnviz.training.hunt.cases import hunt_case
from cnnviz.training.hunt.hunt import NOTHING, Hunt, Look, reveal
from cnnviz.training.hunt.instruments import instrument


def passed_over(hunt: Hunt) -> tuple[str, ...]:
    """Return sentences about the evidence that a revealed hunt passed over; none is good.

    The instruments are used again, which takes about as long as the hunt's looks did.

    Raises
    ------
    HuntError
        If the answer is not complete.
    """
    revealed = reveal(hunt)
    sentences = list(_not_heeded(hunt)) if not revealed.is_right else []
    telling = _telling_looks(hunt)
    if telling and not telling & set(hunt.looks):
        cheapest = min(telling, key=lambda look: look.cost)
        sentences.append(
            f"You did not use the {_words(cheapest)}, which costs {cheapest.cost} and shows it."
        )
    return tuple(sentences)


def _not_heeded(hunt: Hunt) -> Iterator[str]:
    """Yield the evidence that was seen and contradicts the answer."""
    case = hunt_case(hunt.number)
    for look in hunt.looks:
        telling = instrument(look.instrument).observe(case, look.operation).is_telling
        if telling and hunt.place == NOTHING:
            yield f"You saw with the {_words(look)}, that something is wrong."
        elif look.operation and look.operation == hunt.place and not telling:
            yield f"You saw with the {_words(look)}, that it is right."
        elif look.operation and telling and look.operation != hunt.place:
            yield f"You saw with the {_words(look)}, that it is wrong."
        elif look.instrument == "operations" and hunt.place not in {NOTHING, DATA, START}:
            yield f"You saw with the {_words(look)}, which one is wrong, or that none is."
        elif look.instrument == "data" and telling and hunt.place not in {DATA, START}:
            yield f"You saw with the {_words(look)}, that the data or the start is wrong."


def _telling_looks(hunt: Hunt) -> set[Look]:
    """Return the looks of which each shows the place; none if nothing is hidden."""
    fault = hunt_case(hunt.number).fault
    if fault is None:
        return set()
    if fault.operation in {DATA, START}:
        return {Look("data")}
    named = (Look(name, fault.operation) for name in ("operation", "kind"))
    return {*named, Look("operations")}


def _words(look: Look) -> str:
    title = instrument(look.instrument).title
    return f"{title}, at {TITLES[look.operation]}" if look.operation else title
