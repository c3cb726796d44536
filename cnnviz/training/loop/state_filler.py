"""Computes the states of a continued session again while nothing else is to be done.

If the states of its log have been removed, a session has few states; saving all of a long run would
take minutes to compute the others.
"""

import math
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Final

from cnnviz.data.errors import DataError
from cnnviz.numerics.errors import NumericsError
from cnnviz.training.errors import TrainingError
from cnnviz.training.run.branches import Branches
from cnnviz.training.run.history import History
from cnnviz.training.run.kernel_cache import KernelCache
from cnnviz.training.run.replay import Replay
from cnnviz.training.run.state_log import StateLog

_SLICE: Final = 0.01
"""Seconds of work after which waiting commands are carried out."""
MOST_IMAGES: Final = 2_000
"""Largest subset whose states are computed: of a larger one, they take too long, and memory."""


class StateFiller:
    """Adds states that are missing from a log. Used by the training thread, when it is idle."""

    def __init__(self) -> None:
        self._work: Iterator[None] = iter(())
        self._is_done = True

    @property
    def time_left(self) -> float:
        """Seconds until there is something to do: none, or infinite."""
        return math.inf if self._is_done else 0.0

    def begin(self, branches: Branches, log: StateLog | None) -> None:
        """Begin to fill the log with the states of branches; what was under way ends."""
        self.end()
        if log is not None:
            self._work, self._is_done = _logged(branches, log), False

    def fill(self) -> None:
        """Work for a moment."""
        end = time.perf_counter() + _SLICE
        # What cannot be computed now cannot be saved either, and is reported then.
        with suppress(TrainingError, DataError, NumericsError):
            for _ in self._work:
                if time.perf_counter() >= end:
                    return
        self.end()

    def end(self) -> None:
        """Do nothing more."""
        self._is_done = True
        work, self._work = self._work, iter(())
        close = getattr(work, "close", None)  # a generator's
        if close is not None:
            close()


def _logged(branches: Branches, log: StateLog) -> Iterator[None]:
    """Log state after state of the branches with the current one's images, that one first."""
    current = branches.current
    alike = [branch for branch in branches.all if branch.dataset is current.dataset]
    with closing(KernelCache()) as kernel_cache:
        for branch in sorted(alike, key=lambda one: one is not current):
            history: History | None = branch.history
            while history is not None:
                replay = Replay(history, branch.dataset, kernel_cache)
                for iteration in range(history.start, _last_cheap(history) + 1):
                    if log.is_full or iteration > history.last:
                        break
                    if not (history.is_from_file(iteration) or history.is_logged(iteration)):
                        history.log(iteration, replay.parameters(iteration, lambda: False))
                        yield
                history = history.parent


def _last_cheap(history: History) -> int:
    """Return the last state before which no iteration has too many images."""
    large = (m.iteration for m in history.settings if m.settings.subset > MOST_IMAGES)
    return next(large, history.last)
