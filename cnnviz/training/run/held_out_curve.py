"""The losses and accuracies on held-out images along a run."""

from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

N = TypeVar("N", np.int64, np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class HeldOutCurve:
    """Losses and accuracies of the states that were evaluated. Arrays are read-only, shape (E,)."""

    iteration: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    """The iterations of the states, ascending."""
    loss: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    accuracy: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    """loss, accuracy: accuracies are 0 to 1; NaN if the batch could not be standardised."""
    images: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    """Number of images of each evaluation."""

    def __post_init__(self) -> None:
        """Make the arrays read-only."""
        for array in (self.iteration, self.loss, self.accuracy, self.images):
            array.setflags(write=False)

    def __len__(self) -> int:
        return len(self.iteration)

    def with_state(
        self, iteration: int, loss: float, accuracy: float, images: int
    ) -> "HeldOutCurve":
        """Return a curve with one state more, or with other values of it."""
        at = int(np.searchsorted(self.iteration, iteration))
        after = at + int(at < len(self) and self.iteration[at] == iteration)

        def spliced(array: NDArray[N], value: float) -> NDArray[N]:
            return np.concatenate([array[:at], np.array([value], array.dtype), array[after:]])

        return HeldOutCurve(
            spliced(self.iteration, iteration),
            spliced(self.loss, loss),
            spliced(self.accuracy, accuracy),
            spliced(self.images, images),
        )

    def before(self, iteration: int) -> "HeldOutCurve":
        """Return the part before a state."""
        end = int(np.searchsorted(self.iteration, iteration))
        if end == len(self):
            return self
        return HeldOutCurve(
            self.iteration[:end], self.loss[:end], self.accuracy[:end], self.images[:end]
        )


NOT_EVALUATED = HeldOutCurve()
