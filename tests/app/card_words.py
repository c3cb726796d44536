"""What the card of a tensor tells a screen reader, in its parts."""

from dataclasses import dataclass
from typing import Final

from cnnviz.app.debugger.tensors.tensor_card import TensorCard

_STATES: Final = ("old:", "alone,", "just computed")


@dataclass(frozen=True)
class CardWords:
    """The parts of a card's description; each may be empty."""

    heading: str
    """Name, shape and precision."""
    state: str
    """How new the values are."""
    shows: str
    """Whose values the pictures are."""
    whose_figures: str
    """Whose statistics these are, if not those of the pictures."""
    figures: str


def card_words(card: TensorCard) -> CardWords:
    """Read a card."""
    heading, *parts = card.accessibleDescription().split(". ")

    def starting(*starts: str) -> str:
        return next((part for part in parts if part.startswith(starts)), "")

    state, whose, figures = starting(*_STATES), starting("figures of"), starting("min ")
    shows = ". ".join(part for part in parts if part not in (state, whose, figures))
    return CardWords(heading, state, shows, whose, figures)
