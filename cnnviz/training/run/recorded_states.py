"""The states of a run that is being recorded: on the disk, so that a long run takes no memory."""

import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from cnnviz.numerics.network import Floats, Parameters
from cnnviz.training.errors import RunFileError
from cnnviz.training.run.logged_states import LoggedStates
from cnnviz.training.run.state_log import StateLog
from cnnviz.training.run.states import States


class RecordedStates(States):
    """All states of a run, one after another, as `States`.

    `log` leaves no state out, has no others, and is closed with the states. `dtype` is that of all
    parameters.
    """

    def __init__(self, log: StateLog, dtype: np.dtype[Any]) -> None:
        self.dtype = dtype
        self._log, self._logged, self._count = log, LoggedStates(log), 0
        weakref.finalize(self, log.close)

    @contextmanager
    def recording(self) -> Iterator[None]:
        """Append states within; afterwards, they are only read."""
        try:
            yield
        finally:
            self._log.finish()

    def append(self, parameters: Parameters) -> None:
        """Add the next state."""
        self._logged.append(parameters)
        self._count += 1

    def truncate(self, count: int) -> None:
        """Forget all but the first `count` states."""
        self._count = min(count, self._count)

    def __len__(self) -> int:
        """Return T + 1."""
        return self._count

    def block(self, iteration: int, most: int) -> tuple[Floats, Floats]:
        """Return the parameters of a state and of some that follow.

        Raises RunFileError if the disk cannot be read any more.
        """
        block = self._logged.read_block(iteration, min(most, self._count - iteration))
        if block is None:
            raise RunFileError(
                "the states of the run can no longer be read from the disk for temporary files: "
                "record it again, with TMPDIR on another disk."
            )
        return block
