"""What checking breakpoints costs: a trainer without any, and one with every kind of them."""

from contextlib import ExitStack
from functools import partial
from typing import Final

from cnnviz.bench.samples import Contender, Sample, take_turns
from cnnviz.data.dataset import Dataset
from cnnviz.numerics.rule import NOTEBOOK
from cnnviz.training.blas import blas_on_one_thread
from cnnviz.training.breakpoints.breakpoint import Breakpoint
from cnnviz.training.breakpoints.tracker import BreakpointTracker
from cnnviz.training.loop.breakpoint_watcher import BreakpointWatcher
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Precision, Settings

CONDITIONS: Final = (
    "at delta",
    "iteration = 1000000000",
    "loss rises",
    "loss < 1e-9",
    "accuracy > 99.9 %",
    "not finite",
    "saturated > 90 %",
    "step > 0.1",
    "any filter changes",
    "any filter changes by 10 %",
    "image 17 flips",
    "any image flips",
)
"""One of every kind. Those that are hit wait for a hit that never comes, so nothing stops."""
_NEVER: Final = 10**12
TOGETHER: Final = 40
"""Iterations between two pictures of a window, about: so many states are looked at together."""


def measure_breakpoints(
    dataset: Dataset, n: int, dtype: Precision, rounds: int
) -> dict[str, Sample]:
    """Time one iteration of a trainer without breakpoints and with all of them, in turn.

    Parameters
    ----------
    dataset : Dataset
        Holds n images or more.
    n : int
    dtype : {"float64", "float32"}
    rounds : int
        Times taken of each.
    """
    settings = Settings(subset=n, dtype=dtype, rule=NOTEBOOK, pause_on_warning=False)
    every = [Breakpoint(i, text, hit=_NEVER) for i, text in enumerate(CONDITIONS)]
    with ExitStack() as stack:
        contenders = {}
        for name, breakpoints in (("trainer, no breakpoint", []), ("trainer, every kind", every)):
            trainer, tracker = Trainer(dataset, settings), BreakpointTracker()
            stack.callback(trainer.close)
            tracker.set(breakpoints)
            run = partial(_iterate, BreakpointWatcher(trainer, tracker))
            contenders[name] = Contender(run, blas_on_one_thread)
        samples = take_turns(contenders, rounds)
    return {
        name: Sample(tuple(seconds / TOGETHER for seconds in sample.seconds))
        for name, sample in samples.items()
    }


def _iterate(watcher: BreakpointWatcher) -> None:
    """Iterate as a run at full speed does from one picture to the next."""
    for _ in range(TOGETHER):
        watcher.next_operation()
        watcher.advance(defer=True)
    watcher.check_pending()
