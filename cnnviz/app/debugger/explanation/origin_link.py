"""What made a number that was there before the operations, and where that is shown."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from cnnviz.numerics.operations import OPERATIONS
from cnnviz.training.debugger.point import Point
from cnnviz.training.debugger.view import DebugView
from cnnviz.training.run.edits import Edit

_UPDATES: Final = {"f": "f_next", "wo": "wo_next"}
"""The parameters, and their names in the iteration before."""
_TITLES: Final = {name: operation.title for operation in OPERATIONS for name in operation.writes}


@dataclass(frozen=True, slots=True)
class OriginLink:
    """The origin of a number, or for an error, the number that it goes into."""

    words: str
    """One sentence."""
    point: Point | None = None
    """The number that the link goes to; None if there is none."""
    iteration: int = 0
    """The iteration of that number."""
    link: str = ""
    """The words of the link."""


def origin_of(view: DebugView, edits: Sequence[Edit]) -> OriginLink | None:
    """Return where the explained number came from; None if its operation says it all.

    The edits are the changes made by hand along the current branch.
    """
    point, iteration = view.point, view.iteration
    if point is None or not point.index:
        return None
    if point.tensor == "E" and not point.mean:
        loss = Point("E", point.index, mean=True)
        return OriginLink(
            "The loss is the mean of E over all images.", loss, iteration, "Go to the loss"
        )
    if point.tensor not in _UPDATES:
        return None
    by_hand = (iteration, point.tensor, point.index)
    if any((edit.iteration, edit.tensor, edit.index) == by_hand for edit in edits):
        return OriginLink(f"It was set by hand at iteration {iteration:,}.")
    if iteration == 0:
        return OriginLink("The run starts with it: no update has changed it.")
    updated = _UPDATES[point.tensor]
    return OriginLink(
        f"The {_TITLES[updated]} of iteration {iteration - 1:,} computed it.",
        Point(updated, point.index),
        iteration - 1,
        "Go to the update that computed it",
    )
