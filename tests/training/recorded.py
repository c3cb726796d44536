"""Branches of a trainer as recorded runs."""

from dataclasses import replace

from cnnviz.training.run.recorded_run import Run
from cnnviz.training.run.run_conversion import snapshot_of
from cnnviz.training.run.states import StatesInMemory
from cnnviz.training.run.trainer import Trainer


def run_of(trainer: Trainer, number: int | None = None) -> Run:
    """Return a whole branch, by default the current one, in memory."""
    with snapshot_of(trainer, number).opened() as run:
        return replace(run, states=StatesInMemory(run.f, run.wo))
