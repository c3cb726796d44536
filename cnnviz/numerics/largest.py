"""The cell of an array in which its largest value is."""

from typing import Any

import numpy as np
from numpy.typing import NDArray


def largest_cell(values: NDArray[Any]) -> tuple[int, ...]:
    """Return the index of the largest value; of several alike, the first in C order."""
    return tuple(map(int, np.unravel_index(int(np.argmax(values)), values.shape)))
