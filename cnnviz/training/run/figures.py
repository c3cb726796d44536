"""Losses, accuracies and metrics of the states of a branch.

An array that has been handed out never changes: figures are added behind its end, and changed in a
copy.
"""

from typing import Final

import numpy as np
from numpy.typing import NDArray

from cnnviz.training.run.step_metrics import METRICS

ROWS: Final = 2 + len(METRICS)
"""Loss, accuracy and the metrics."""
_FEWEST: Final = 1_024
"""States for which memory is taken from the beginning."""


class Figures:
    """The figures of the states 0 to T, shape (7, T + 1).

    `values` are those so far, shape (7, T + 1); none by default.
    """

    def __init__(self, values: NDArray[np.float64] | None = None) -> None:
        self._count = 0 if values is None else values.shape[1]
        self._values = np.empty((ROWS, max(_FEWEST, 2 * self._count)))
        if values is not None:
            self._values[:, : self._count] = values
        self._unchanged = 0

    def copy(self) -> "Figures":
        """Return a view of the figures so far; later ones are not added to it."""
        copied = Figures.__new__(Figures)
        vars(copied).update(vars(self))
        return copied

    def __len__(self) -> int:
        return self._count

    @property
    def size(self) -> int:
        """Bytes that they take, with the room for more."""
        return self._values.nbytes

    @property
    def values(self) -> NDArray[np.float64]:
        """All figures, shape (7, T + 1), read-only."""
        values = self._values[:, : self._count]
        values.setflags(write=False)
        return values

    def append(self, figures: tuple[float, ...]) -> None:
        """Add those of the next state."""
        if self._count == self._values.shape[1]:
            grown = np.empty((ROWS, 2 * self._count))
            grown[:, : self._count] = self._values
            self._values = grown
        self._values[:, self._count] = figures
        self._count += 1

    def revise(self, iteration: int, loss: float, accuracy: float) -> None:
        """Replace the loss and accuracy of a state."""
        if not np.array_equal(self._values[:2, iteration], (loss, accuracy), equal_nan=True):
            self._values = self._values.copy()
            self._values[:2, iteration] = loss, accuracy
            self._unchanged = min(self._unchanged, iteration)

    def truncate(self, count: int) -> None:
        """Remove those of all but the first `count` states; there must be one."""
        self._values = self._values.copy()
        self._count = count
        self._unchanged = min(self._unchanged, count - 1)  # so that the new end is written, too

    def take_changes(self) -> int:
        """Return the first state whose figures are new or have changed since the last time."""
        changed, self._unchanged = self._unchanged, self._count
        return changed
