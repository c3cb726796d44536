"""The time of a jump to any iteration of a long run, and the memory of its history.

``python -m cnnviz.bench.jumps`` trains 100,000 iterations on 200 images, which takes minutes, and
then jumps to random ones.
"""

import argparse
import sys
import time
import tracemalloc
from contextlib import closing
from typing import Final, NamedTuple

import numpy as np

from cnnviz.data.source import load
from cnnviz.numerics.rule import EXACT, NOTEBOOK, Rule
from cnnviz.training.blas import blas_on_one_thread
from cnnviz.training.loop.frame import frame_of
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Settings

_RULES: Final = {"notebook": (NOTEBOOK, 0.01), "exact": (EXACT, 1.0)}
"""Each with a learning rate at which weights stay small."""


class Jumps(NamedTuple):
    """Milliseconds from a command to jump to its frame, and megabytes that the run holds."""

    iterations: int
    median: float
    worst: float
    held: float


def measure(source: str, rule: Rule, rate: float, iterations: int, jumps: int) -> Jumps:
    """Train, jump to random iterations, and measure; the first jump is not counted."""
    settings = Settings(rule=rule, learning_rate=rate, pause_on_warning=False)
    random = np.random.default_rng(0)
    milliseconds = []
    with blas_on_one_thread(), closing(Trainer(load(source), settings)) as trainer:
        frame_of(trainer, 0)  # the arithmetic's own memory is not the history's
        tracemalloc.start()
        while trainer.iteration < iterations and trainer.step():
            pass
        held = tracemalloc.get_traced_memory()[0] / 1e6
        tracemalloc.stop()
        for iteration in random.integers(0, trainer.last, jumps + 1).tolist():
            begun = time.perf_counter()
            trainer.go_to(iteration)
            frame_of(trainer, 0)
            milliseconds.append(1e3 * (time.perf_counter() - begun))
        done = trainer.last
    counted = milliseconds[1:]
    return Jumps(done, float(np.median(counted)), max(counted), held)


def main() -> None:
    """Measure both rules and write a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", default="bundled")
    parser.add_argument("--iterations", type=int, default=100_000)
    parser.add_argument("--jumps", type=int, default=200)
    options = parser.parse_args()
    for name, (rule, rate) in _RULES.items():
        found = measure(options.data, rule, rate, options.iterations, options.jumps)
        sys.stdout.write(
            f"{name}, float64, 200 images: a jump to one of {found.iterations:,} iterations takes "
            f"{found.median:.0f} ms (worst {found.worst:.0f} ms); {found.held:.0f} MB held\n"
        )


if __name__ == "__main__":
    main()
