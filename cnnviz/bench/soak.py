"""A long run at full speed in the real window, and whether memory stays flat."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from cnnviz.bench.live import open_window, wait
from cnnviz.bench.memory import resident
from cnnviz.data.dataset import Dataset
from cnnviz.numerics.network import DENSE_SIZE, FILTER_COUNT, FILTER_SIZE
from cnnviz.numerics.rule import EXACT
from cnnviz.training.run.history import MOST_KEYFRAMES, RECENT, SPACING
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Precision, Settings

SETTLED: Final = 60.0
"""Seconds after which memory should grow by nothing but the history."""
_PAUSE: Final = 10.0
"""Seconds between two looks."""
_STATE: Final = FILTER_SIZE**2 * FILTER_COUNT + DENSE_SIZE
_PER_KEYFRAME: Final = 1_000
"""Bytes of Python objects beside a kept state's numbers, at most."""


@dataclass(frozen=True, slots=True)
class Moment:
    """What the process held at some time.

    Attributes
    ----------
    seconds : float
        Since the run began.
    iteration : int
    resident, history : float
        Megabytes in all, and those that the history may take at most.
    """

    seconds: float
    iteration: int
    resident: float
    history: float


def soak(dataset: Dataset, n: int, dtype: Precision, minutes: float) -> Iterator[Moment]:
    """Run at full speed, and say every `_PAUSE` seconds what is held.

    Parameters
    ----------
    dataset : Dataset
        Holds `n` images at least.
    n : int
    dtype : {"float64", "float32"}
    minutes : float
    """
    settings = Settings(subset=n, dtype=dtype, rule=EXACT, pause_on_warning=False)
    with open_window(Trainer(dataset, settings)) as window:
        window.loop.pace(None)
        window.loop.start()
        start = time.perf_counter()
        seconds, end = 0.0, 60 * minutes
        while seconds < end:
            wait(min(_PAUSE - seconds % _PAUSE, end - seconds))
            iteration = window.frame.iteration if window.frame else 0
            seconds = time.perf_counter() - start
            itemsize = settings.numpy_dtype.itemsize
            yield Moment(seconds, iteration, resident(), history_bound(iteration, itemsize))


def history_bound(iterations: int, itemsize: int) -> float:
    """Return the megabytes that the history of a run takes at most.

    Its curve is kept in a buffer that doubles, and beside it may be the one before, which frames
    still show.
    """
    curve = 3 * 16 * max(1_024, iterations)
    states = min(iterations, RECENT) + min(iterations // SPACING, MOST_KEYFRAMES)
    return (curve + states * (_STATE * itemsize + _PER_KEYFRAME)) / 1e6


def growth(moments: Sequence[Moment]) -> float:
    """Return by how many megabytes memory grew at most after `SETTLED`, apart from the history."""
    settled = [moment for moment in moments if moment.seconds >= SETTLED]
    beside = [moment.resident - moment.history for moment in settled]
    return max(beside) - beside[0]
