"""Times of several contenders, taken in turn, and what is said of them."""

import statistics
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Final, TypeVar

_LEAST: Final = 0.2
"""Seconds that one time is taken over, at least: whoever comes after another finds the caches full
of that one's, and its threads still looking for work."""


K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Sample:
    """The times of one contender.

    Attributes
    ----------
    seconds : tuple of float
        In the order in which they were taken.
    """

    seconds: tuple[float, ...]

    @property
    def least(self) -> float:
        """The shortest time."""
        return min(self.seconds)

    @property
    def median(self) -> float:
        """The time in the middle."""
        return statistics.median(self.seconds)

    @property
    def most(self) -> float:
        """The longest time."""
        return max(self.seconds)


@dataclass(frozen=True, slots=True)
class Contender:
    """Something to time.

    Attributes
    ----------
    run : callable
        What is timed.
    around : callable
        Makes the context in which it runs, whose own time does not count.
    """

    run: Callable[[], object]
    around: Callable[[], AbstractContextManager[object]] = nullcontext


def take_turns(
    contenders: Mapping[K, Contender], rounds: int, seconds: float = _LEAST
) -> dict[K, Sample]:
    """Time each contender once a round, after two turns each that do not count.

    Whatever else the machine does falls on all of them alike, so their ratios can be trusted more
    than the times. A round of a quick contender is the mean of several turns.

    Parameters
    ----------
    contenders : mapping of anything to Contender
        By their names.
    rounds : int
        1 or more.
    seconds : float
        That one time is taken over, at least; enough to forget who came before by default.
    """
    turns = {name: max(1, round(seconds / _time(c, 2))) for name, c in contenders.items()}
    times: dict[K, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, contender in contenders.items():
            times[name].append(_time(contender, turns[name]))
    return {name: Sample(tuple(taken)) for name, taken in times.items()}


def _time(contender: Contender, turns: int) -> float:
    with contender.around():
        start = time.perf_counter()
        for _ in range(turns):
            contender.run()
        return (time.perf_counter() - start) / turns
