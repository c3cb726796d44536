"""The cost of breakpoints: a trainer without any, and one with every kind."""

from contextlib import ExitStack
from functools import partial
from typing import Final

from cnnviz.bench.samples import Contender, take_turns
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
"""One of every kind."""
_NEVER: Final = 10**12
"""The hit at which they stop, which is never reached."""
TOGETHER: Final = 40
"""States whose conditions are evaluated together: about those between two frames of a window."""


def measure_breakpoints(
    dataset: Dataset, n: int, dtype: Precision, rounds: int
) -> dict[str, tuple[float, ...]]:
    """Time one iteration of a trainer without breakpoints and with all of them, in turn."""
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
        seconds = take_turns(contenders, rounds)
    return {name: tuple(s / TOGETHER for s in taken) for name, taken in seconds.items()}


def _iterate(watcher: BreakpointWatcher) -> None:
    """Iterate like a run at full speed from one frame to the next."""
    for _ in range(TOGETHER):
        watcher.check_operations()
        watcher.advance(defer=True)
    watcher.check_pending()
