"""The meaning of conditions: in which states of a window each holds. Pure."""

import operator
from collections.abc import Callable
from functools import reduce
from typing import Any, Final

import numpy as np

from cnnviz.training.breakpoints.conditions import (
    At,
    Compare,
    Condition,
    Either,
    Event,
    Every,
    FilterChanges,
    Flips,
    LossRises,
    NotFinite,
    Relation,
    StepSize,
    leaves,
    needs_saturation,
)
from cnnviz.training.breakpoints.window import Bools, StateWindow, window_of_curve
from cnnviz.training.run.curve import Curve

_COMPARE: Final[dict[Relation, Callable[[Any, float], Bools]]] = {
    "=": operator.eq,
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
}


def held(condition: Condition, window: StateWindow, operation: str | None = None) -> Bools:
    """Return in which states of a window a condition holds, shape (T,).

    `operation` is the one that comes next in each of them, None between iterations.
    """
    match condition:
        case Every(parts):
            return reduce(operator.and_, [held(part, window, operation) for part in parts])
        case Either(parts):
            return reduce(operator.or_, [held(part, window, operation) for part in parts])
        case At(name):
            return np.full(len(window.loss), operation == name)
        case Compare(quantity, relation, bound):
            return _COMPARE[relation](getattr(window, quantity), float(bound))
        case StepSize(parts, relation, bound):
            return _COMPARE[relation](window.steps[:, list(parts)].max(axis=1), bound)
        case LossRises(by, relative):
            before, now = window.loss[:-1], window.loss[1:]
            return _since((now > before) & (now - before >= (by * before if relative else by)))
        case FilterChanges(filters, by):
            if by is None:
                return _any(window.sign_changes[:, list(filters)] > 0)
            before, now = window.norms[:-1, list(filters)], window.norms[1:, list(filters)]
            return _since(_any((now != before) & (np.abs(now - before) >= by * before)))
        case Flips(image):
            # The slice is empty for an image outside the batch.
            return _any(window.flips if image is None else window.flips[:, image : image + 1])
        case NotFinite():
            return window.failed


def happened(condition: Condition, window: StateWindow) -> Bools:
    """Return in which states of a window an event in a condition has happened, shape (T,)."""
    events = [held(leaf, window) for leaf in leaves(condition) if isinstance(leaf, Event)]
    return reduce(operator.or_, events, np.zeros(len(window.loss), np.bool_))


def held_along(condition: Condition, curve: Curve, operation: str | None) -> Bools | None:
    """Return in which states of a run a condition held; None if the curve does not tell."""
    on_curve = At | Compare | LossRises | NotFinite
    if needs_saturation(condition) or not all(isinstance(p, on_curve) for p in leaves(condition)):
        return None
    return held(condition, window_of_curve(curve), operation)


def _since(changes: Bools) -> Bools:
    """Prepend the first state, in which nothing has changed."""
    return np.concatenate(([False], changes))


def _any(columns: Bools) -> Bools:
    """Return in which states any column is true."""
    rows: Bools = np.logical_or.reduce(columns, axis=1)
    return rows
