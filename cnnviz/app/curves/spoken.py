"""The words of a screen reader for a plot of curves over the iterations."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.app.curves.held_out_line import NAME as HELD_OUT
from cnnviz.app.widgets.readable_plot import SpokenCurve

Values = NDArray[np.floating[Any]]


def spoken_curves(
    quantity: str,
    branches: Sequence[tuple[str, Values]],
    held_out: tuple[NDArray[np.int64], Values],
    write: Callable[[float], str],
    notes: Callable[[int], list[str]],
) -> list[SpokenCurve]:
    """Return the curves to read: the current branch, its held-out images, and the other branches.

    Parameters
    ----------
    branches : sequence
        Names and values, shapes (T + 1,); the current branch is first.
    held_out : tuple of ndarray
        The states that were evaluated on held-out images, and their values; shapes (E,).
    notes : callable
        Returns the names of the marks at an iteration of the current branch.
    """
    curves = []
    for number, (name, values) in enumerate(branches):
        x, last = np.arange(len(values)), max(0, len(values) - 1)
        title = f"{quantity}, branch {name}" if name else quantity
        across = partial(_iteration, x, last, notes if number == 0 else None)
        curves.append(SpokenCurve(title, across, x, values, write))
    states, values = held_out
    if len(states):
        last = int(curves[0].x[-1]) if len(curves[0].x) else 0
        across = partial(_iteration, states, last, None)
        curves.insert(1, SpokenCurve(f"{quantity}, {HELD_OUT}", across, states, values, write))
    return curves


def _iteration(
    x: NDArray[np.int64], last: int, notes: Callable[[int], list[str]] | None, at: int
) -> str:
    """Name the iteration of a point, and the marks there."""
    iteration = int(x[at])
    words = notes(iteration) if notes else []
    return ", ".join([f"iteration {iteration:,} of {last:,}", *words])
