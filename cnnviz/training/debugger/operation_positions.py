"""Where operations stand in an iteration, and which of them a change of settings undoes."""

from typing import Final

from cnnviz.numerics.operations import OPERATIONS
from cnnviz.training.settings import Settings

END: Final = len(OPERATIONS)
"""The position after the last operation."""
POSITION_OF: Final = {operation.name: place for place, operation in enumerate(OPERATIONS)}
"""How many operations come before each."""
_SWITCHED: Final = {
    "standardisation": POSITION_OF["delta"],
    "scale": POSITION_OF["dense_gradient"],
    "update-order": POSITION_OF["map_error"],
    "pairing": POSITION_OF["average"],
    "layout": POSITION_OF["reread"],
}
"""The first operation that computes something else when a switch of the rule is turned."""


def first_changed(before: Settings, now: Settings) -> int:
    """Return how many operations compute the same with both settings.

    Parameters
    ----------
    before, now : Settings
        Of the same batch.
    """
    switched = set(now.rule.corrected) ^ set(before.rule.corrected)
    places = [_SWITCHED[switch] for switch in switched]
    if now.learning_rate != before.learning_rate:
        places.append(POSITION_OF["dense_update"])
    return min(places, default=END)
