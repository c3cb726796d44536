"""Where an iteration is that is stepped through, in words."""

from cnnviz.numerics.number_format import compact
from cnnviz.numerics.operations import OPERATIONS
from cnnviz.training.breakpoints.breakpoint import Stop
from cnnviz.training.debugger.view import DebugView

_TITLES = {operation.name: operation.title for operation in OPERATIONS}


def where_words(view: DebugView) -> str:
    """Say where the iteration is."""
    total = len(OPERATIONS)
    words = f"Iteration {view.iteration:,}: {view.position} of {view.aim or total}"
    if view.computing is not None:
        return f"{words}, computing {_TITLES[view.computing]} …"
    if view.position == total:
        return f"{words}, now at iteration {view.iteration + 1:,}"
    return words


def note_words(view: DebugView) -> str:
    """Say what else is to be known of where the iteration is; empty where nothing is."""
    if view.deviation is not None:
        return (
            f"Iteration {view.iteration + 1:,} is as it was recorded, by the fast arithmetic: its "
            f"weights differ from f′ and wo′ by up to {compact(view.deviation, 2)} of the largest."
        )
    if view.aim is not None:
        return (
            f"Until all {view.n:,} images are through, image {view.image} is shown alone where it "
            "can be."
        )
    return ""


def stopped_at(view: DebugView, stop: Stop | None) -> int | None:
    """Return the place of the operation that a breakpoint has stopped before, and that is next."""
    if stop is None or stop.operation is None or view.position == len(OPERATIONS):
        return None
    here = stop.iteration == view.iteration and OPERATIONS[view.position].name == stop.operation
    return view.position if here else None
