"""Arrays that share large allocations."""

import math
from typing import Final

import numpy as np
from numpy.typing import DTypeLike

from cnnviz.numerics.network import Floats

CHUNK: Final = 32 * 2**20
"""Bytes of an allocation. Only the parts that are used take memory."""
_LINE: Final = 64
"""Bytes of a cache line, at which every array begins."""


class Arena:
    """Cuts arrays from a few large allocations, which are freed with the last of their arrays.

    Linux backs numpy's arrays from 4 MiB on with large pages, so that an iteration that goes
    through all of a batch's memory looks up few addresses. Blocks of images are far smaller.

    `dtype` is that of every array.
    """

    def __init__(self, dtype: DTypeLike) -> None:
        self._dtype = np.dtype(dtype)
        self._free: Floats = np.empty(0, self._dtype)

    def empty(self, *shape: int) -> Floats:
        """Return an uninitialised array, C-contiguous."""
        items, line = math.prod(shape), _LINE // self._dtype.itemsize
        taken = -(-items // line) * line
        if taken > len(self._free):
            chunk = np.empty(max(taken, CHUNK // self._dtype.itemsize) + line, self._dtype)
            self._free = chunk[-chunk.ctypes.data % _LINE // self._dtype.itemsize :]
        array, self._free = self._free[:items], self._free[taken:]
        return array.reshape(shape)
