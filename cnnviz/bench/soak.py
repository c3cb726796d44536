"""A long run at full speed in the real window, and whether memory stays flat."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from cnnviz.bench.headless import repeated
from cnnviz.bench.live import running_window, settings_of, wait
from cnnviz.bench.machine import MEGABYTE, resident_memory
from cnnviz.bench.process import OFFSCREEN, in_process
from cnnviz.bench.report import About, page, table
from cnnviz.numerics.network import DENSE_SIZE, FILTER_COUNT, FILTER_SIZE
from cnnviz.training.run.kept_parameters import MOST_KEYFRAMES, RECENT, SPACING
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Precision

SETTLED: Final = 60.0
"""Seconds after which memory should grow by nothing but the history."""
_PAUSE: Final = 10.0
"""Seconds between two samples."""
_STATE: Final = FILTER_SIZE**2 * FILTER_COUNT + DENSE_SIZE
_PER_KEYFRAME: Final = 1_000
"""Bytes of Python objects beside a kept state's numbers, at most."""


@dataclass(frozen=True, slots=True)
class MemorySample:
    """The megabytes of the process some seconds after the run began.

    `resident` are all of them, `history` those that the history may take at most.
    """

    seconds: float
    iteration: int
    resident: float
    history: float


def measure_soak(source: str, n: int, dtype: Precision, minutes: float) -> list[MemorySample]:
    """Run the window at full speed without a display, and return its memory in the course of it."""
    return in_process(OFFSCREEN, _soak, source, n, dtype, minutes)


def _soak(source: str, n: int, dtype: Precision, minutes: float) -> list[MemorySample]:
    """Run at full speed, and measure the memory every `_PAUSE` seconds."""
    samples, itemsize = [], np.dtype(dtype).itemsize
    with running_window(Trainer(repeated(source, n), settings_of(n, dtype))) as window:
        start = time.perf_counter()
        seconds, end = 0.0, 60 * minutes
        while seconds < end:
            wait(min(_PAUSE - seconds % _PAUSE, end - seconds))
            iteration = window.frame.iteration if window.frame else 0
            seconds = time.perf_counter() - start
            history = history_bound(iteration, itemsize)
            samples.append(MemorySample(seconds, iteration, resident_memory(), history))
    return samples


def history_bound(iterations: int, itemsize: int) -> float:
    """Return the megabytes that the history of a run takes at most.

    Its curve is kept in a buffer that doubles; frames may still show the one before.
    """
    curve = 3 * 16 * max(1_024, iterations)
    states = min(iterations, RECENT) + min(iterations // SPACING, MOST_KEYFRAMES)
    return (curve + states * (_STATE * itemsize + _PER_KEYFRAME)) / MEGABYTE


def growth(samples: Sequence[MemorySample]) -> float:
    """Return by how many megabytes memory grew at most after `SETTLED`, apart from the history."""
    settled = [sample for sample in samples if sample.seconds >= SETTLED]
    beside = [sample.resident - sample.history for sample in settled]
    return max(beside) - beside[0]


def report(samples: Sequence[MemorySample], about: About) -> str:
    """Return the memory of a long run."""
    header = ("seconds", "iteration", "resident, MB", "history at most, MB")
    cells = [
        (f"{s.seconds:.0f}", f"{s.iteration:,}", f"{s.resident:.1f}", f"{s.history:.1f}")
        for s in samples
    ]
    parts = [table(header, cells)]
    if samples[-1].seconds > SETTLED:
        grown = growth(samples)
        parts.append(f"Growth after the first minute, apart from history: {grown:.1f} MB\n")
    return page(about, *parts)
