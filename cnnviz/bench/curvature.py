"""The cost of the live curvature: the pace of training with and without it, in alternating pairs.

``python -m cnnviz.bench.curvature`` opens the window with the Landscape panel in front, trains as
fast as it goes, and lets the panel show in turn the curvature and the eigenvalues, which are not
computed until somebody asks for them.
"""

import argparse
import sys
import time
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final, cast

import numpy as np

from cnnviz.app.landscape.panel import LandscapePanel
from cnnviz.bench.headless import repeated
from cnnviz.bench.live import running_window, settings_of, wait
from cnnviz.bench.process import OFFSCREEN, in_process
from cnnviz.numerics.landscape.curvature import QuickCurvature
from cnnviz.training.blas import blas_on_one_thread
from cnnviz.training.run.trainer import Trainer

_CURVATURE: Final = 2
_EIGENVALUES: Final = 3
_WARM_UP: Final = 3.0
"""Seconds that do not count at first: the loss falls, and the curvature rises."""
_SETTLING: Final = 0.5
"""Seconds that do not count after the view has changed."""
_ALONE: Final = 15
"""Computations that are timed on their own."""


@dataclass(frozen=True, slots=True)
class Cost:
    """The figures of the live curvature."""

    off: tuple[float, ...]
    on: tuple[float, ...]
    """off, on: iterations a second alternately without and with it, `off` first and last."""
    computed: float
    """Computations a second."""
    alone: float
    """Seconds of one processor for a computation, the median, while nothing else is done."""

    @property
    def ratios(self) -> tuple[float, ...]:
        """The pace with it over that without it, just before and after."""
        around = (sum(pair) / 2 for pair in pairwise(self.off))
        return tuple(on / off for on, off in zip(self.on, around, strict=True))


def measure(
    source: str,
    n: int,
    pairs: int,
    seconds: float,
    warm_up: float = _WARM_UP,
    settling: float = _SETTLING,
) -> Cost:
    """Measure both alternately in this process, with the exact gradient at η = 100."""
    settings = replace(settings_of(n, "float32"), learning_rate=100.0)
    trainer = Trainer(repeated(source, n), settings)
    off, on, computed = [], list[float](), 0
    with running_window(trainer) as window:
        window.bring_up("landscape")
        panel = cast("LandscapePanel", window.panels.landscape.panel)

        def pace(view: int) -> float:
            panel.show_view(view)
            wait(settling)
            begun, before = time.perf_counter(), trainer.iteration
            wait(seconds)
            return (trainer.iteration - before) / (time.perf_counter() - begun)

        wait(warm_up)
        off.append(pace(_EIGENVALUES))
        for _ in range(pairs):
            before = len(panel.curvature.series.iterations)
            on.append(pace(_CURVATURE))
            computed += len(panel.curvature.series.iterations) - before
            off.append(pace(_EIGENVALUES))
    alone = _alone(Trainer(repeated(source, n), settings))
    return Cost(tuple(off), tuple(on), computed / (pairs * (seconds + settling)), alone)


def _alone(trainer: Trainer) -> float:
    """Return the seconds of one computation, a hundred iterations after the one before."""
    took = []
    with blas_on_one_thread(), closing(trainer):
        search, near = QuickCurvature(trainer.batch), None
        for _ in range(_ALONE):
            for _ in range(100):
                trainer.step()
            begun = time.thread_time()
            near = search.at(trainer.parameters, near)
            took.append(time.thread_time() - begun)
    return float(np.median(took))


def main() -> None:
    """Measure, and print the result."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", default="bundled")
    parser.add_argument("--subset", type=int, default=200)
    parser.add_argument("--pairs", type=int, default=12)
    parser.add_argument("--seconds", type=float, default=2.0)
    options = parser.parse_args()
    cost = in_process(
        OFFSCREEN, measure, options.data, options.subset, options.pairs, options.seconds
    )
    low, middle, high = np.percentile(cost.ratios, [25, 50, 75])
    sys.stdout.write(
        f"{options.subset:,} images, float32, {len(cost.on)} pairs: {np.median(cost.off):.0f} "
        f"iterations a second without the curvature, and with it {middle:.1%} of that (half of "
        f"the pairs {low:.1%} to {high:.1%}, all {min(cost.ratios):.1%} to "
        f"{max(cost.ratios):.1%}); {cost.computed:.2f} computations a second; "
        f"{1e3 * cost.alone:.1f} ms of one processor each\n"
    )


if __name__ == "__main__":
    main()
