"""All 1,803 weights as one vector: the filters as ``f`` lies in memory, then the dense weights."""

from typing import Final

import numpy as np

from cnnviz.numerics.network import DENSE_SIZE, FILTER_COUNT, FILTER_SIZE, Floats, Parameters

FILTER_WEIGHTS: Final = FILTER_SIZE**2 * FILTER_COUNT
WEIGHTS: Final = FILTER_WEIGHTS + DENSE_SIZE


def as_vector(parameters: Parameters) -> Floats:
    """Return the weights as a float64 vector of shape (1803,)."""
    parts = parameters.f.ravel(), parameters.wo.ravel()
    return np.concatenate(parts).astype(np.float64, copy=False)


def as_parameters(vector: Floats) -> Parameters:
    """Return the parameters of a vector of shape (1803,): the inverse of `as_vector`."""
    f = vector[:FILTER_WEIGHTS].reshape(FILTER_SIZE, FILTER_SIZE, FILTER_COUNT)
    return Parameters(f.copy(), vector[FILTER_WEIGHTS:].reshape(DENSE_SIZE, 1).copy())
