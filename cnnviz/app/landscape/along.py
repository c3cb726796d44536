"""The loss along the next step, and along the exact gradient: computed, and in words."""

from dataclasses import dataclass

from cnnviz.app.runtime.batch_kernel import BatchKernel
from cnnviz.numerics.blocks import ProgressCallback
from cnnviz.numerics.landscape.line import Line, line, step_of
from cnnviz.numerics.number_format import compact, loss_text, loss_texts, plain
from cnnviz.numerics.rule import EXACT, Rule
from cnnviz.training.loop.frame import Frame

POINTS = 4
"""Points for each factor of ten along a line."""
_CLOSE = 1.05
"""A step that is longer or shorter than the best one by this factor is as good as that."""


@dataclass(frozen=True, slots=True, eq=False)
class Along:
    """The loss along the two steps from a state."""

    iteration: int
    learning_rate: float
    rule: Rule
    current: Line
    exact: Line
    """current, exact: along the step of the rule in use, and along that of the exact gradient; the
    same one if the rule is exact. Their multiples are those of a step at `learning_rate`."""


def along(
    frame: Frame, kernels: BatchKernel, on_progress: ProgressCallback = lambda _share: None
) -> Along:
    """Compute the loss along both steps from a frame's state.

    Raises NumericsError if the step has no meaningful result, and DataError if an image cannot be
    read.
    """
    kernel = kernels.of(frame)
    parameters = frame.parameters.astype(kernel.dtype)
    rule, learning_rate = frame.settings.rule, frame.settings.learning_rate

    def line_of(rule: Rule) -> Line:
        step = step_of(kernel, parameters, rule, learning_rate, frame.last_gradients)
        return line(kernel, parameters, step, POINTS, on_progress)

    current = line_of(rule)
    exact = current if rule == EXACT else line_of(EXACT)
    return Along(frame.iteration, learning_rate, rule, current, exact)


def sentences(found: Along) -> str:
    """Return where the next step ends, and where the loss would be lowest."""
    names = [f"{found.rule.title.capitalize()}, from iteration {found.iteration:,}"]
    lines = [found.current]
    if found.exact is not found.current:
        names.append("Exact gradient")
        lines.append(found.exact)
    return "\n".join(
        f"{name}: {_sentence(one, found.learning_rate)}"
        for name, one in zip(names, lines, strict=True)
    )


def _sentence(found: Line, learning_rate: float) -> str:
    start, end = loss_texts(found.start, found.end)
    step = f"one step at η = {plain(learning_rate)} takes the loss from {start} to {end}."
    if found.best == 0:
        return f"{step} Nowhere along it is the loss lower than here."
    if found.overshoot is None:
        return f"{step} It is still falling at {found.best:,.0f} times that step."
    lowest = f"{loss_text(found.lowest)} at η = {compact(found.best * learning_rate)}"
    if found.overshoot > _CLOSE:
        return (
            f"{step} You overshoot by a factor of {compact(found.overshoot)}: lowest is {lowest}."
        )
    if found.best > _CLOSE:
        return f"{step} The lowest, {lowest}, is {compact(found.best)} times as far."
    return f"{step} That is the lowest along it."
