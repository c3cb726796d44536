"""The values of curves at an iteration, in words, for the crosshair."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cnnviz.app.curves.held_out_line import NAME as HELD_OUT


def readings(
    iteration: int,
    curves: Sequence[tuple[str, NDArray[np.floating[Any]]]],
    evaluated: tuple[int, float] | None,
    write: Callable[[float], str],
    quantity: str = "",
) -> list[str]:
    """Write the value of each curve that reaches an iteration, one in a line.

    Parameters
    ----------
    curves : sequence of tuple
        Name and values of each curve, shape (T + 1,); the first one is of the current branch.
    evaluated : tuple or None
        The newest state whose held-out images were evaluated, and their value: the second line.
    quantity : str, optional
        Names every value, in place of the curve.
    """
    lines = []
    for name, values in curves:
        if iteration < len(values):
            text = write(float(values[iteration]))
            lines.append(f"{quantity} {text}" if quantity else f"{text}: {name}")
    if evaluated is not None:
        at, value = evaluated
        since = f", at {at:,}" if at < iteration else ""
        lines.insert(1, f"{HELD_OUT}: {write(value)}{since}")
    return lines


def shortened(lines: list[str], most: int) -> list[str]:
    """Return at most this many lines; the last one counts those that are left out."""
    if len(lines) <= most:
        return lines
    kept = lines[: max(1, most - 1)]
    return [*kept, f"{len(lines) - len(kept)} more"]
