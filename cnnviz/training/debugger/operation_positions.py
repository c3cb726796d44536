"""The positions of operations in an iteration, and the first that a change of settings undoes."""

from typing import Final

from cnnviz.numerics.operations import OPERATIONS
from cnnviz.training.settings import Settings

END: Final = len(OPERATIONS)
"""The position after the last operation."""
POSITION_OF: Final = {operation.name: at for at, operation in enumerate(OPERATIONS)}
"""The number of operations before each."""


def first_changed(before: Settings, now: Settings) -> int:
    """Return how many operations compute the same with both settings, for the same batch."""
    changed = [
        at
        for at, operation in enumerate(OPERATIONS)
        if operation.variant(before.rule) != operation.variant(now.rule)
    ]
    if now.learning_rate != before.learning_rate:
        changed.append(POSITION_OF["dense_update"])
    return min(changed, default=END)
