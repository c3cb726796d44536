"""The position in an iteration that is stepped through, and missing images, in words."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from cnnviz.app.cells.names import point_words
from cnnviz.numerics.number_format import compact
from cnnviz.numerics.operations import OPERATIONS, TITLES
from cnnviz.numerics.tensors import TENSORS
from cnnviz.training.breakpoints.breakpoint import Stop
from cnnviz.training.debugger.view import DebugView

if TYPE_CHECKING:
    from cnnviz.numerics.checking.operation_check import OperationCheck

_ROUNDING: Final = 1e-12
"""Relative difference between weights up to which they are the same but for rounding."""


def position_words(view: DebugView) -> str:
    """Say where the iteration is."""
    total = len(OPERATIONS)
    words = f"Iteration {view.iteration:,}: {view.position} of {view.aim or total}"
    if view.computing is not None:
        return f"{words}, computing {TITLES[view.computing]} …"
    if view.position == total:
        return f"{words}, now at iteration {view.iteration + 1:,}"
    return words


def note_words(view: DebugView) -> str:
    """Return a note about the iteration; empty if there is none."""
    if view.deviation is not None and view.deviation > _ROUNDING:
        return (
            f"The recorded weights of iteration {view.iteration + 1:,} differ from f′ and wo′ by "
            f"up to {compact(view.deviation, 2)} of the largest weight."
        )
    if view.aim is not None:
        return (
            f"Until all {view.n:,} images are computed, only image {view.image} is shown where "
            "possible."
        )
    return ""


def missing_words(view: DebugView) -> str:
    """Say why the number that is pointed at is not explained; empty if it is."""
    point = view.point
    if view.explanation is not None:
        return ""
    if point is None:
        return "No number is chosen. Point at one under Tensors; F10 computes the next ones."
    words = point_words(point)
    if point.tensor not in view.tensors:
        return f"{words} is not computed yet: step on to where it is."
    tensor = view.tensors[point.tensor]
    if tensor.image is not None and not tensor.stale:
        return f"{words} is of image {tensor.image} alone: it is explained once all are computed."
    return f"{words} is an old value: step on to where it is computed again."


def stopped_at(view: DebugView, stop: Stop | None) -> int | None:
    """Return the position of the next operation if a breakpoint has stopped before it."""
    if stop is None or stop.operation is None or view.position == len(OPERATIONS):
        return None
    here = stop.iteration == view.iteration and OPERATIONS[view.position].name == stop.operation
    return view.position if here else None


def doubt_words(view: DebugView, checks: "Mapping[str, OperationCheck]") -> str:
    """Say that the operation that wrote the number departs, or one before it; often empty."""
    writer = TENSORS[view.point.tensor].written_by if view.point else ""
    if not writer:
        return ""
    if (check := checks.get(writer)) is not None and check.verdict == "wrong":
        return f"✗ The check found {TITLES[writer]} wrong: {check.sentence}"
    before = [*TITLES]
    wrong = [
        TITLES[name]
        for name in before[: before.index(writer)]
        if name in checks and checks[name].verdict == "wrong"
    ]
    return f"✗ It comes after what the check found wrong: {', '.join(wrong)}." if wrong else ""
