"""The arrays of a session as bytes in its database.

What is read may be damaged: ValueErrors say so.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cnnviz.numerics.landscape.vectors import WEIGHTS, as_parameters
from cnnviz.numerics.network import Parameters
from cnnviz.training.run.figures import ROWS
from cnnviz.training.run.state_log import NOT_LOGGED


def put_together(parts: list[tuple[int, NDArray[np.float64]]], length: int) -> NDArray[np.float64]:
    """Return the newest figures of each of the states, shape (7, length)."""
    message = "its curves have gaps"
    if sum(part.shape[1] for _, part in parts) < length:  # before memory is taken
        raise ValueError(message)
    figures, known = np.empty((ROWS, length)), np.zeros(length, bool)
    for first, part in parts:
        if 0 <= first < length:  # some may be of states that have been removed
            stop = min(first + part.shape[1], length)
            figures[:, first:stop] = part[:, : stop - first]
            known[first:stop] = True
    if not known.all():
        raise ValueError(message)
    return figures


def numbers_of(rows: Sequence[tuple[object, object]], length: int) -> NDArray[np.int64]:
    """Return the newest numbers in the log of each of the states, or `NOT_LOGGED`.

    Each row has the first state, and the numbers from there on; later rows replace what earlier
    ones say.
    """
    numbers = np.full(length, NOT_LOGGED)
    for first, blob in rows:
        if type(first) is not int or not isinstance(blob, bytes) or len(blob) % numbers.itemsize:
            raise ValueError("its numbers of states are damaged")
        if 0 <= first < length:
            part = np.frombuffer(blob, numbers.dtype)[: length - first]
            numbers[first : first + len(part)] = part
    return numbers


def blob_of(parameters: Parameters) -> bytes:
    """Return the numbers of parameters, filters first."""
    return np.concatenate([parameters.f.ravel(), parameters.wo.ravel()]).tobytes()


def parameters_of(blob: object) -> Parameters:
    """Return the parameters, whose precision the size of the blob tells."""
    dtypes: dict[int, np.dtype[np.floating]] = {
        WEIGHTS * size: np.dtype(f"f{size}") for size in (4, 8)
    }
    if not isinstance(blob, bytes) or len(blob) not in dtypes:
        raise ValueError("a state of it is damaged")
    return as_parameters(np.frombuffer(blob, dtypes[len(blob)]))
