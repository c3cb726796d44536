"""Branches of a trainer as recorded runs, and the parameters of these in memory."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from cnnviz.numerics.network import Floats
from cnnviz.training.run.recorded_run import Run
from cnnviz.training.run.run_conversion import snapshot_of
from cnnviz.training.run.states import StatesInMemory, blocks
from cnnviz.training.run.trainer import Trainer


def run_of(trainer: Trainer, number: int | None = None) -> Run:
    """Return a whole branch, by default the current one, in memory."""
    with snapshot_of(trainer, number).opened() as run:
        return replace(run, states=StatesInMemory(*_parameters(run)))


def f_of(run: Run) -> Floats:
    """Return the filters of all states, shape (T + 1, 5, 5, 3)."""
    return _parameters(run)[0]


def wo_of(run: Run) -> Floats:
    """Return the dense weights of all states, shape (T + 1, 1728, 1)."""
    return _parameters(run)[1]


def arrays_of(run: Run) -> dict[str, NDArray[np.floating]]:
    """Return the arrays of a run by their names in its file."""
    f, wo = _parameters(run)
    series = {"loss": run.loss, "accuracy": run.accuracy, "output": run.output}
    return {"f": f, "wo": wo, **series}


def _parameters(run: Run) -> tuple[Floats, Floats]:
    f, wo = run.states.block(0, len(run.states))
    if len(f) < len(run.states):
        f, wo = map(np.concatenate, zip(*blocks(run.states), strict=True))
    return f, wo
