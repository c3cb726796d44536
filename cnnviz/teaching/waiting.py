"""Conditions that a step waits for: expressions of the window's state now and at its start."""

from dataclasses import asdict, dataclass

from cnnviz.teaching.computed import located
from cnnviz.teaching.errors import ExpressionError
from cnnviz.teaching.expressions import Value, evaluate
from cnnviz.teaching.lesson import Wait


@dataclass(frozen=True, slots=True)
class Observation:
    """The state of the window, which a person changes."""

    iteration: int
    loss: float
    accuracy: float
    learning_rate: float
    subset: int
    seed: int
    rule: str
    """Its title: "notebook", "exact", "notebook + scale"."""
    running: bool
    image: int
    operation: str = ""
    """The operation shown in the debugger, or ""."""
    tensor: str = ""
    """The tensor of the selected cell, or ""."""
    filter: int = 0
    row: int = 0
    column: int = 0
    """filter, row, column: of the selected cell as it is seen, from 1; 0 if there is none."""
    edits: int = 0
    """Values changed by hand in the current branch."""


EXAMPLE = Observation(0, 0.17, 0.5, 15.0, 200, 0, "notebook", running=False, image=0)
"""An observation for checking that a lesson's expression is known and has a value."""


def is_done(wait: Wait, start: Observation, now: Observation) -> bool:
    """Return whether the action that a step waits for has been done.

    `start` is from when the step began; its values have names like ``start_iteration``.

    Raises LessonError if the expression cannot be evaluated.
    """
    names: dict[str, Value] = {
        **asdict(now),
        **{f"start_{name}": value for name, value in asdict(start).items()},
    }
    try:
        return evaluate(wait.until.text, names, {"abs": abs}) is True
    except ExpressionError as error:
        raise located(error, wait.until) from None
