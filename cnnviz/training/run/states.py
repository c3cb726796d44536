"""The parameters of every state of a run, wherever they are kept."""

from collections.abc import Iterator
from typing import Any, Final, Protocol

import numpy as np

from cnnviz.numerics.network import Floats, Parameters

_BLOCK: Final = 128
"""States that are read at once, at most: 1.8 MB in float64."""


class States(Protocol):
    """The parameters of the states 0 to T; any thread may read them."""

    dtype: np.dtype[Any]
    """The precision of all parameters."""

    def __len__(self) -> int:
        """Return T + 1."""
        ...

    def parameters(self, iteration: int) -> Parameters:
        """Return the parameters of a state; raise as `block` does."""
        f, wo = self.block(iteration, 1)
        return Parameters(f[0], wo[0])

    def block(self, iteration: int, most: int) -> tuple[Floats, Floats]:
        """Return the parameters of a state and of some that follow, as many as are at hand.

        They have the shapes (S, 5, 5, 3) and (S, 1728, 1), for 1 to `most` states.
        """
        ...


class StatesInMemory(States):
    """States in two arrays, which become read-only.

    `f` and `wo` have the shapes (T + 1, 5, 5, 3) and (T + 1, 1728, 1), in one precision.
    """

    def __init__(self, f: Floats, wo: Floats) -> None:
        for array in (f, wo):
            array.setflags(write=False)
        self._f, self._wo = f, wo
        self.dtype = f.dtype

    def __len__(self) -> int:
        """Return T + 1."""
        return len(self._f)

    def block(self, iteration: int, most: int) -> tuple[Floats, Floats]:
        """Return the parameters of a state and of some that follow."""
        stop = iteration + most
        return self._f[iteration:stop], self._wo[iteration:stop]


def blocks(states: States) -> Iterator[tuple[Floats, Floats]]:
    """Yield the parameters of all states, some at a time, as `States.block` returns them."""
    iteration = 0
    while iteration < len(states):
        block = states.block(iteration, min(_BLOCK, len(states) - iteration))
        yield block
        iteration += len(block[0])
