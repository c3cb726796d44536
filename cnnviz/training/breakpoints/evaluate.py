"""In which states of a window a condition holds and happens, and with which values. Pure."""

import operator
from collections.abc import Iterator
from functools import reduce
from typing import Final

import numpy as np

from cnnviz.numerics.number_format import percent, plain
from cnnviz.training.breakpoints.conditions import (
    At,
    Condition,
    Either,
    Every,
    Flips,
    Leaf,
)
from cnnviz.training.breakpoints.window import Bools, StateWindow, window_of_curve
from cnnviz.training.run.history import Curve

_CURVE_VALUES: Final = frozenset({"iteration", "loss", "accuracy", "failed"})
"""The arrays that a window on a curve has."""


def leaves(condition: Condition) -> Iterator[Leaf]:
    """Yield the conditions without parts in a condition, in reading order."""
    if isinstance(condition, Every | Either):
        for part in condition.parts:
            yield from leaves(part)
    else:
        yield condition


def reads(condition: Condition) -> frozenset[str]:
    """Return the arrays of a window that a condition needs."""
    return frozenset().union(*(leaf.reads for leaf in leaves(condition)))


def operations_of(condition: Condition) -> frozenset[str]:
    """Return the operations that a condition names."""
    return frozenset(leaf.operation for leaf in leaves(condition) if isinstance(leaf, At))


def held(condition: Condition, window: StateWindow, operation: str | None = None) -> Bools:
    """Return in which states of a window a condition holds, shape (T,).

    Parameters
    ----------
    operation : str or None
        The operation that comes next in each of them; None between iterations.
    """
    return evaluate(condition, window, operation)[0]


def evaluate(
    condition: Condition, window: StateWindow, operation: str | None = None
) -> tuple[Bools, Bools]:
    """Return in which states of a window a condition holds, and in which an event in it happens.

    Both have shape (T,); see `held`.
    """
    match condition:
        case Every(parts) | Either(parts):
            each = [evaluate(part, window, operation) for part in parts]
            join = operator.and_ if isinstance(condition, Every) else operator.or_
            return reduce(join, [h for h, _ in each]), reduce(operator.or_, [e for _, e in each])
        case At(name):
            at = np.full(len(window.loss), operation == name)
            return at, at
        case leaf:
            held = leaf.held(window)
            return held, held if leaf.is_event else np.zeros(len(held), np.bool_)


def held_along(condition: Condition, curve: Curve, operation: str | None) -> Bools | None:
    """Return in which states of a run a condition held; None if the curve does not tell."""
    if not reads(condition) <= _CURVE_VALUES:
        return None
    return held(condition, window_of_curve(curve), operation)


def describe(condition: Condition, window: StateWindow, operation: str | None = None) -> str:
    """Describe the values with which a condition holds in the last state of a window."""
    values = _values(condition, window, operation)
    if values:
        return values
    forward = window.states[-1].forward
    if forward is None:
        return "the loss is undefined"
    return f"the loss is {plain(forward.loss)}, the accuracy {percent(forward.accuracy)}"


def _values(condition: Condition, window: StateWindow, operation: str | None) -> str:
    """Describe the parts that hold; "" if there is nothing but operations."""
    match condition:
        case Every(parts) | Either(parts):
            holding = [part for part in parts if held(part, window, operation)[-1]]
            texts = [_values(part, window, operation) for part in holding]
            return "; ".join(filter(None, texts))
        case At():
            return ""
        case leaf:
            return leaf.describe(window)


def flipped_image(condition: Condition, window: StateWindow) -> int | None:
    """Return the first image whose flip makes a condition hold; None if there is none."""
    flips = (leaf for leaf in leaves(condition) if isinstance(leaf, Flips))
    return next((leaf.images(window)[0] for leaf in flips if leaf.held(window)[-1]), None)
