"""The sentences of the Hunt panel."""

from typing import Final

from cnnviz.numerics.checking.data_check import DATA, START
from cnnviz.numerics.operations import TITLES
from cnnviz.training.hunt.hunt import NOTHING, Hunt, reveal

PLACE_TITLES: Final = {
    **TITLES,
    DATA: "the data: images and labels",
    START: "the start: first weights",
    NOTHING: "nothing: everything is right",
}
"""The possible answers, as they are read."""
RULES: Final = (
    "Each case hides one fault in the exact rule, in its data or in its first weights; "
    "in about one of eight, nothing is wrong. Every look costs. Name the place and what is wrong "
    "there, at as little cost as you can, and say how sure you are. The same number is the same "
    "case on every machine."
)


def state_words(hunt: Hunt) -> str:
    """Say how far a hunt has come."""
    looks = "1 look" if len(hunt.looks) == 1 else f"{len(hunt.looks)} looks"
    hints = "1 hint" if hunt.hints == 1 else f"{hunt.hints} hints"
    return f"Case {hunt.number}: cost {hunt.cost}, {looks}, {hints}."


def reveal_words(hunt: Hunt, passed_over: tuple[str, ...]) -> str:
    """Name the hidden fault, judge the answer, and list the evidence that it missed."""
    revealed = reveal(hunt)
    fault = revealed.fault
    hidden = (
        "Nothing was hidden: everything is right."
        if fault is None
        else f"The hidden fault was in {PLACE_TITLES[fault.operation]}: {fault.title}."
    )
    if revealed.is_right:
        answer = "✓ Your answer is right."
    elif revealed.place_right:
        answer = "✗ The place is right, but not what is wrong there."
    else:
        answer = f"✗ Your answer was {PLACE_TITLES[hunt.place]}."
    sure = (
        f"You were {hunt.sure} % sure: {revealed.brier:.2f} on the scale from 0, sure and right, "
        "to 1, sure and wrong."
    )
    return "\n".join([hidden, answer, f"{sure} Cost: {hunt.cost}.", *passed_over])
