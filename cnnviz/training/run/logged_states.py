"""Which states of a history are in a log."""

from array import array
from typing import Self

import numpy as np
from numpy.typing import NDArray

from cnnviz.numerics.landscape.vectors import FILTER_WEIGHTS
from cnnviz.numerics.network import FILTER_COUNT, FILTER_SIZE, Floats, Parameters
from cnnviz.training.run.state_log import NOT_LOGGED, StateLog


class LoggedStates:
    """The states of a history that are in a log, if there is one.

    The history has `count` states already, of which none is in the log.
    """

    def __init__(self, log: StateLog | None = None, count: int = 0) -> None:
        self.log = log
        self._numbers = array("q", [NOT_LOGGED]) * (0 if log is None else count)
        self._unchanged = 0
        self._filled = range(0)

    @classmethod
    def of_session(cls, log: StateLog, numbers: NDArray[np.int64]) -> Self:
        """Return states that were logged before, by their numbers; the log may have lost some."""
        states = cls(log)
        states._numbers = array("q", np.where(log.has(numbers), numbers, NOT_LOGGED).tobytes())
        return states

    def copy(self) -> "LoggedStates":
        """Return the same states, with none that are added later."""
        copied = LoggedStates(self.log)
        copied._numbers = self._numbers[:]
        return copied

    def take_changes(self) -> list[tuple[int, NDArray[np.int64]]]:
        """Return the numbers that are new or have changed since this was called last.

        Each entry is an iteration, and the numbers of its state and of those that follow.
        """
        new = range(self._unchanged, len(self._numbers))
        changed = [span for span in (self._filled, new) if span]
        self._unchanged, self._filled = len(self._numbers), range(0)
        return [(span.start, self.numbers_from(span.start)[: len(span)]) for span in changed]

    def numbers_from(self, start: int) -> NDArray[np.int64]:
        """Return the numbers of the states from one on."""
        return np.array(self._numbers[start:], np.int64)

    def append(self, parameters: Parameters) -> None:
        """Add the next state to the log."""
        if self.log is not None:
            self._numbers.append(self.log.append(parameters))

    def has(self, iteration: int) -> bool:
        """Whether a state has been added; the log may have lost it since."""
        return iteration < len(self._numbers) and self._numbers[iteration] != NOT_LOGGED

    def iterations(self) -> set[int]:
        """Return the states that are in the log still."""
        if self.log is None:
            return set()
        return set(np.flatnonzero(self.log.has(self.numbers_from(0))).tolist())

    def add(self, iteration: int, parameters: Parameters) -> None:
        """Add an earlier state to the log."""
        if self.log is not None:
            self._numbers[iteration] = self.log.append(parameters)
            span = self._filled or range(iteration, iteration)
            self._filled = range(min(span.start, iteration), max(span.stop, iteration + 1))

    def truncate(self, count: int) -> None:
        """Forget all but the first `count` states."""
        del self._numbers[count:]
        self._unchanged = min(self._unchanged, count)

    def parameters(self, iteration: int) -> Parameters | None:
        """Return a state; None if it is not, or no longer, in the log."""
        if self.log is None or iteration >= len(self._numbers):
            return None
        number = self._numbers[iteration]
        return None if number == NOT_LOGGED else self.log.read(number)

    def read_block(self, iteration: int, most: int) -> tuple[Floats, Floats] | None:
        """Return a state and some after it, if they are together in the log.

        The arrays have the shapes (S, 5, 5, 3) and (S, 1728, 1), for up to `most` states; None if
        the first is not there.
        """
        numbers = self._numbers[iteration : iteration + most]
        if self.log is None or not numbers or numbers[0] == NOT_LOGGED:
            return None
        apart = np.flatnonzero(np.diff(numbers) != 1)
        together = int(apart[0]) + 1 if len(apart) else len(numbers)
        block = self.log.read_block(numbers[0], together)
        if block is None:
            return None
        f = block[:, :FILTER_WEIGHTS].reshape(-1, FILTER_SIZE, FILTER_SIZE, FILTER_COUNT)
        return f, block[:, FILTER_WEIGHTS:, np.newaxis]
