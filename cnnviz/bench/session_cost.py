"""The cost of keeping a session: the pace of training with and without it, in alternating turns.

``python -m cnnviz.bench.session_cost`` opens two windows, of which one keeps a session, and lets
them train as fast as it goes, in turn. Where its arrays lie in memory makes a window faster or
slower than another for as long as it is open, so this is done in several processes.
"""

import argparse
import math
import sys
import time
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cnnviz.bench.headless import repeated
from cnnviz.bench.live import HeldTrainer, running_window, settings_of, wait
from cnnviz.bench.process import OFFSCREEN, in_process

_WARM_UP: Final = 2.0
"""Seconds that do not count at first, of each window."""
_SETTLING: Final = 0.1
"""Seconds that do not count after the other window has trained."""


@dataclass(frozen=True, slots=True)
class SessionCost:
    """The pace without and with a session, in iterations a second, shape (processes, pairs)."""

    off: NDArray[np.float64]
    on: NDArray[np.float64]

    @property
    def shares(self) -> NDArray[np.float64]:
        """The pace with a session over that without one: of each process, over all its turns."""
        shares: NDArray[np.float64] = self.on.mean(axis=1) / self.off.mean(axis=1)
        return shares

    @property
    def share(self) -> float:
        """The mean of the shares."""
        return float(self.shares.mean())

    @property
    def error(self) -> float:
        """The standard error of `share`; NaN if there is one process only."""
        processes = len(self.shares)
        return float(self.shares.std(ddof=1)) / processes**0.5 if processes > 1 else math.nan


def measure(source: str, n: int, processes: int, pairs: int, seconds: float) -> SessionCost:
    """Measure both in turn in some processes; every second one opens the other window first."""
    paces = [
        in_process(OFFSCREEN, measure_pairs, source, n, pairs, seconds, (i % 2 == 1, i % 2 == 0))
        for i in range(processes)
    ]
    off, on = (np.array([pace[keeps] for pace in paces]) for keeps in (False, True))
    return SessionCost(off, on)


def measure_pairs(
    source: str,
    n: int,
    pairs: int,
    seconds: float,
    order: tuple[bool, bool] = (False, True),
    warm_up: float = _WARM_UP,
) -> dict[bool, list[float]]:
    """Return the paces without and with a session, measured in turn in this process.

    They are in iterations a second. `order` says whether the window that is opened first keeps a
    session, and the second.
    """
    dataset, settings = repeated(source, n), settings_of(n, "float32")
    trainers = {keeps: HeldTrainer(dataset, settings) for keeps in order}
    paces: dict[bool, list[float]] = {keeps: [] for keeps in order}
    with ExitStack() as stack:
        for keeps, trainer in trainers.items():
            stack.enter_context(running_window(trainer, keeps=keeps))
            wait(warm_up)
            trainer.hold()
            stack.callback(trainer.release)
        for pair in range(pairs):
            for keeps in order if pair % 2 == 0 else order[::-1]:
                paces[keeps].append(_pace(trainers[keeps], seconds))
    return paces


def _pace(trainer: HeldTrainer, seconds: float) -> float:
    """Return the iterations a second of a trainer that is held before and after."""
    trainer.release()
    wait(_SETTLING)
    begun, before = time.perf_counter(), trainer.iteration
    wait(seconds)
    after, took = trainer.iteration, time.perf_counter() - begun
    trainer.hold()
    return (after - before) / took


def main() -> None:
    """Measure, and print the result."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", default="bundled")
    parser.add_argument("--subset", type=int, default=200)
    parser.add_argument("--processes", type=int, default=16)
    parser.add_argument("--pairs", type=int, default=12)
    parser.add_argument("--seconds", type=float, default=1.0)
    options = parser.parse_args()
    cost = measure(options.data, options.subset, options.processes, options.pairs, options.seconds)
    sys.stdout.write(
        f"{options.subset:,} images, float32, {options.processes} processes with {options.pairs} "
        f"pairs each: {cost.off.mean():.0f} iterations a second without a session, "
        f"{cost.on.mean():.0f} with one: {cost.share:.1%} of that (standard error "
        f"{cost.error:.1%}; processes {min(cost.shares):.1%} to {max(cost.shares):.1%}, median "
        f"{np.median(cost.shares):.1%})\n"
    )


if __name__ == "__main__":
    main()
