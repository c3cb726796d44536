"""Times of several contenders, taken in turn."""

import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Final, TypeVar

_SHORTEST: Final = 0.2
"""Seconds of one measurement, at least. At its start, the caches are full of the contender before,
whose threads are still looking for work."""

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Contender:
    """A function to time, and what makes the context that it runs in, whose time does not count."""

    run: Callable[[], object]
    around: Callable[[], AbstractContextManager[object]] = nullcontext


def take_turns(
    contenders: Mapping[K, Contender], rounds: int, seconds: float = _SHORTEST
) -> dict[K, tuple[float, ...]]:
    """Return the seconds of each contender, timed once a round after two calls that do not count.

    Whatever else the machine does affects all of them alike, so their ratios can be trusted more
    than the times. One measurement of a quick contender is the mean of as many calls as fill
    `seconds`.
    """
    calls = {name: max(1, round(seconds / _time(c, 2))) for name, c in contenders.items()}
    times: dict[K, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, contender in contenders.items():
            times[name].append(_time(contender, calls[name]))
    return {name: tuple(taken) for name, taken in times.items()}


def _time(contender: Contender, calls: int) -> float:
    with contender.around():
        start = time.perf_counter()
        for _ in range(calls):
            contender.run()
        return (time.perf_counter() - start) / calls
