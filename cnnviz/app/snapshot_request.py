"""The request for a picture of the window: where the run stops, and an operation."""

from dataclasses import dataclass

from cnnviz.app.errors import SnapshotError
from cnnviz.debugger_views import View
from cnnviz.numerics.operations import TITLES, operation_name
from cnnviz.spelling import unknown
from cnnviz.training.breakpoints.parser import LONGEST, parse
from cnnviz.training.errors import ConditionError


@dataclass(frozen=True, slots=True)
class StopAt:
    """A breakpoint's condition, and how many iterations are done at most until it stops them.

    Raises SnapshotError if the condition does not parse.
    """

    condition: str
    iterations: int

    def __post_init__(self) -> None:
        """Check the condition."""
        try:
            parse(self.condition)
        except ConditionError as error:
            text = self.condition
            shown = text if len(text) <= LONGEST else f"{text[:30]}…"
            message = f"the condition “{shown}” does not parse: {error}"
            raise SnapshotError(message) from None


@dataclass(frozen=True, slots=True)
class DebuggedOperation:
    """An operation of the next iteration, in the debugger.

    Raises SnapshotError if there is no such operation.
    """

    operation: str
    """Its name; it is the last one done."""
    cell: tuple[int, ...] | None = None
    """The index of the selected cell of its result; None for that of largest magnitude."""
    view: View = "batch"
    """The view of it: its tensors, of all images or of the selected one; the cell; a table."""

    def __post_init__(self) -> None:
        """Check the operation, and replace another name of it by its own."""
        object.__setattr__(self, "operation", operation_name(self.operation))
        if self.operation not in TITLES:
            raise SnapshotError(unknown(self.operation, TITLES, f"operation {self.operation}"))
