"""Cells of arrays: whether there is one at an index, and in which the largest value is."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray


def has_cell(shape: Sequence[int], index: Sequence[int]) -> bool:
    """Return whether an array of a shape has a cell at an index; none is counted from the end."""
    return len(index) == len(shape) and all(
        0 <= at < length for at, length in zip(index, shape, strict=True)
    )


def largest_cell(values: NDArray[Any]) -> tuple[int, ...]:
    """Return the index of the largest value; of several alike, the first in C order."""
    return tuple(map(int, np.unravel_index(int(np.argmax(values)), values.shape)))


def along(axis: int, part: slice) -> tuple[slice, ...]:
    """Return the index of a part of an array along one axis, and of all of it along the others."""
    return (*[slice(None)] * axis, part)
