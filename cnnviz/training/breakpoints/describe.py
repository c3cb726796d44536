"""The values with which a condition holds, in words. Pure."""

from typing import Final

from cnnviz.numerics.fast import SAMPLED
from cnnviz.numerics.number_format import percent, plain
from cnnviz.numerics.operations import TITLES
from cnnviz.training.breakpoints.conditions import (
    DENSE,
    At,
    Compare,
    Condition,
    Either,
    Every,
    FilterChanges,
    Flips,
    LossRises,
    NotFinite,
    Quantity,
    StepSize,
    leaves,
)
from cnnviz.training.breakpoints.evaluate import held
from cnnviz.training.breakpoints.window import StateWindow

_NAMES: Final[dict[Quantity, str]] = {
    "iteration": "the iteration",
    "loss": "the loss",
    "accuracy": "the accuracy",
    "saturated": "the share of saturated units among those that see ink",
}
_MOST_NAMED: Final = 4
"""Images that are named; the others are counted."""


def describe(condition: Condition, window: StateWindow, operation: str | None) -> str:
    """Describe the values with which a condition holds in the last state of a window."""
    values = _values(condition, window, operation)
    if values:
        return values
    forward = window.states[-1].forward
    if forward is None:
        return "the loss is undefined"
    return f"the loss is {plain(forward.loss)}, the accuracy {percent(forward.accuracy)}"


def flipped_image(condition: Condition, window: StateWindow) -> int | None:
    """Return the first image whose flip makes a condition hold; None if there is none."""
    for leaf in leaves(condition):
        if isinstance(leaf, Flips) and held(leaf, window)[-1]:
            return _images(leaf, window)[0]
    return None


def _values(condition: Condition, window: StateWindow, operation: str | None) -> str:
    match condition:
        case Every(parts) | Either(parts):
            holding = [part for part in parts if held(part, window, operation)[-1]]
            return "; ".join(filter(None, (_values(part, window, operation) for part in holding)))
        case At():
            return ""
        case Compare(quantity, _, bound):
            value = float(getattr(window, quantity)[-1])
            sampled = f" ({SAMPLED})" if quantity == "saturated" else ""
            return f"{_NAMES[quantity]} is {_quantity(quantity, value, bound)}{sampled}"
        case StepSize(parts):
            return _step(parts, window)
        case LossRises():
            before, now = distinct(*window.loss[-2:].tolist())
            return f"the loss rose from {before} to {now}"
        case FilterChanges(filters, by):
            changed = [i for i in filters if held(FilterChanges((i,), by), window)[-1]]
            return "; ".join(_filter(i, window, signs=by is None) for i in changed)
        case Flips():
            return _flips(_images(condition, window), window)
        case NotFinite():
            failure = window.states[-1].failure
            return f"{TITLES[failure.operation]}: {failure.message.rstrip('.')}" if failure else ""


def _step(parts: tuple[int, ...], window: StateWindow) -> str:
    steps = window.steps[-1].tolist()
    largest = max(parts, key=steps.__getitem__)
    whose = "the dense weights" if largest == DENSE else f"filter {largest + 1}"
    size = steps[largest]
    times = f"{percent(size, 2)} of its size" if size < 1 else f"{plain(size)} times its size"
    return f"the step of {whose} is {times}"


def _filter(i: int, window: StateWindow, *, signs: bool) -> str:
    if not signs:
        before, now = distinct(*window.norms[-2:, i].tolist())
        return f"the norm of filter {i + 1} went from {before} to {now}"
    count = int(window.sign_changes[-1, i])
    cells = "1 cell" if count == 1 else f"{count} cells"
    means = [float(state.parameters.f[:, :, i].mean()) for state in window.states[-2:]]
    before, now = distinct(*means)
    return f"{cells} of filter {i + 1} changed sign, and its mean went from {before} to {now}"


def _images(flips: Flips, window: StateWindow) -> list[int]:
    return window.flips[-1].nonzero()[0].tolist() if flips.image is None else [flips.image]


def _flips(images: list[int], window: StateWindow) -> str:
    texts = []
    for image in images[:_MOST_NAMED]:
        outputs = [
            float(state.forward.o[0, image]) for state in window.states[-2:] if state.forward
        ]
        before, now = distinct(outputs[0], outputs[1], border=0.5)
        texts.append(f"image {image} went from {before} to {now}")
    more = len(images) - _MOST_NAMED
    if more > 0:
        texts.append(f"and {more:,} more")
    return "the output of " + ", ".join(texts)


def _quantity(quantity: Quantity, value: float, bound: float) -> str:
    """Write a quantity; a share with the decimals that distinguish it from its bound."""
    if quantity == "iteration":
        return f"{value:,.0f}"
    if quantity == "loss":
        return plain(value)
    decimals = 1
    while value != bound and percent(value, decimals) == percent(bound, decimals) and decimals < 9:
        decimals += 1
    return percent(value, decimals)


def distinct(before: float, now: float, *, border: float | None = None) -> tuple[str, str]:
    """Write two different numbers with at least 3 digits, and as many as distinguish them.

    If there is a border between them, the digits also show on which side of it each is.
    """
    different = {before, now} if border is None else {before, now, border}
    for digits in range(3, 18):
        if len({plain(value, digits) for value in different}) == len(different):
            break
    return plain(before, digits), plain(now, digits)
