"""The contents of the Debugger panel: a pure function of a frame and of a person's choices."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Final, TypedDict

from cnnviz.app.cells.names import short_point_words, words_in_image
from cnnviz.app.debugger.explanation.origin_link import OriginLink, origin_of
from cnnviz.app.debugger.operation_model import OperationRow, operation_rows
from cnnviz.app.debugger.position_text import (
    doubt_words,
    missing_words,
    note_words,
    position_words,
    stopped_at,
)
from cnnviz.app.debugger.tensors.tensor_layout import Level
from cnnviz.numerics.operations import OPERATIONS, Operation
from cnnviz.training.debugger.point import Point
from cnnviz.training.debugger.view import DebugView
from cnnviz.training.loop.frame import Frame

if TYPE_CHECKING:
    from cnnviz.numerics.checking.operation_check import OperationCheck

TENSORS, CELL, WHY, NUMBERS = range(4)
"""The views of an operation, in their order."""
VIEW_NAMED: Final[Mapping[str, int]] = {
    "batch": TENSORS,
    "image": TENSORS,
    "cell": CELL,
    "why": WHY,
    "numbers": NUMBERS,
}
"""The view for each name that the command line and lessons use."""
BATCH, IMAGE, ONE_CELL = range(3)
"""The levels, from the outside."""
LEVEL_NAMED: Final[Mapping[str, int]] = {"batch": BATCH, "image": IMAGE}
"""The level for each of these names that shows all tensors."""


class Marks(TypedDict, total=False):
    """The fields of `ViewState` that the window gives; the others are chosen in the panel."""

    stops: frozenset[str]
    conditional: frozenset[str]
    checks: "Mapping[str, OperationCheck]"
    code: Callable[[Point], str] | None


@dataclass(frozen=True, slots=True)
class ViewState:
    """A person's choices in the panel, and the marks that the window gives."""

    shown: int = 0
    """Position of the shown operation."""
    view: int = TENSORS
    """The position of its view."""
    level: int = BATCH
    outer_level: int = BATCH
    """The level that "Step out" goes to from a cell."""
    pinned: bool = False
    """Whether the cell stays if the pointer moves on."""
    expected: tuple[str, int] | None = None
    """A tensor of which a number is about to be explained, and the position to show it at."""
    at: tuple[object, ...] | None = None
    """Where the iteration stood when `shown` was chosen; it moves on with the iteration."""
    stops: frozenset[str] = field(default_factory=frozenset)
    conditional: frozenset[str] = field(default_factory=frozenset)
    """stops, conditional: names of the operations before which a run stops, and of those that a
    conditional breakpoint names."""
    checks: "Mapping[str, OperationCheck]" = field(default_factory=dict)
    """The verdicts on the operations, if this state was checked."""
    code: Callable[[Point], str] | None = None
    """Returns the value of a cell in a person's script, in words; empty if it has none."""


@dataclass(frozen=True, slots=True, eq=False)
class OperationContents:
    """The contents that are about one operation."""

    operation: Operation
    view: DebugView
    """The iteration; it has no point if that is in none of the operation's tensors."""
    level: Level
    """Whose numbers pictures and tables show."""
    path_image: int | None
    """The image in the breadcrumb; None for a mean over all images."""
    path_cell: str
    path_index: str
    """path_cell, path_index: the cell in the breadcrumb, and its index alone."""
    origin: OriginLink | None
    """Where the number came from."""
    placeholder: str
    """The text if there is no explanation."""
    doubt: str
    """The fault that the check finds in the number's operation; often empty."""
    in_code: str
    """The number's value in a person's script, in words; often empty."""


@dataclass(frozen=True, slots=True, eq=False)
class Contents:
    """The contents of the panel."""

    position: str
    """Where the iteration is, in words."""
    note: str
    """A note about the iteration; often empty."""
    rows: tuple[OperationRow, ...]
    operation: OperationContents | None
    """None while no iteration is stepped through."""


def follow(frame: Frame, state: ViewState) -> ViewState:
    """Return the state once a frame has come: the shown operation follows the iteration."""
    view = frame.debug
    if view is None:
        return replace(state, at=None)
    # While operations are repeated, the shown operation stays.
    repeats = view.aim is not None
    stop = stopped_at(view, frame.stopped)
    aim = view.position if view.aim is None else view.aim
    at = view.iteration, aim, None if repeats else view.computing, stop
    if at != state.at:
        is_ahead = stop is not None or (view.computing is not None and not repeats)
        shown = aim if is_ahead else max(0, aim - 1)
        if state.expected is not None:
            shown = state.expected[1]
        shown = min(shown, len(OPERATIONS) - 1)
        state = replace(state, at=at, shown=shown, pinned=False)
    if state.expected and view.point and view.point.tensor == state.expected[0]:
        state = replace(state, expected=None)
    return state


def resolve(frame: Frame, state: ViewState) -> Contents:
    """Return the contents of the panel."""
    view, stops = frame.debug, (state.stops, state.conditional)
    if view is None:
        words = "Running: pause to step." if frame.running else "F10 steps."
        return Contents(
            words, "", operation_rows(frame.settings.rule, None, *stops, state.checks), None
        )
    rows = operation_rows(view.rule, view, *stops, state.checks)
    operation = OPERATIONS[state.shown]
    level = shown_level(view, state)
    is_mean_cell = state.level == ONE_CELL and level == "batch"
    if view.point and view.point.tensor not in (*operation.reads, *operation.writes):
        view = replace(view, point=None, explanation=None, why=None, ranked=None)
    point = view.point
    shown = OperationContents(
        operation,
        view,
        level,
        None if is_mean_cell else view.image,
        words_in_image(point) if point and point.index else "a cell",
        short_point_words(point) if point and point.index else "a cell",
        origin_of(view, frame.curve.edits),
        missing_words(view),
        doubt_words(view, state.checks),
        state.code(point) if state.code is not None and point and point.index else "",
    )
    return Contents(position_words(view), note_words(view), rows, shown)


def shown_level(view: DebugView, state: ViewState) -> Level:
    """Return whose numbers are shown: those of one image, or their means over the batch."""
    is_mean = view.point is not None and view.point.mean
    of_batch = is_mean if state.level == ONE_CELL else state.level == BATCH
    return "batch" if of_batch else "image"
