"""One iteration without a window, beside its limit, PyTorch, a loop, and breakpoints."""

import statistics
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import Final, Self

import numpy as np

from cnnviz.bench.breakpoints import measure_breakpoints
from cnnviz.bench.limit import limit_iteration
from cnnviz.bench.machine import peak_memory
from cnnviz.bench.references import loop_iteration, torch_iteration
from cnnviz.bench.report import About, page, table
from cnnviz.bench.samples import Contender, take_turns
from cnnviz.data.dataset import Dataset
from cnnviz.data.source import load
from cnnviz.numerics.fast import FastIteration
from cnnviz.numerics.network import Batch, initial_parameters
from cnnviz.numerics.rule import EXACT, NOTEBOOK, Rule
from cnnviz.training.blas import blas_on_one_thread
from cnnviz.training.run.kernel_cache import threads_for
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Precision, Settings

LOOP_SIZE: Final = 200
"""Images of the notebook: the only size at which its loops and breakpoints are timed."""
_OURS: Final = "exact gradient"
_RATE: Final = 15.0


@dataclass(frozen=True, slots=True)
class BenchRow:
    """The seconds that one contender took for an iteration of n images."""

    n: int
    contender: str
    least: float
    median: float
    most: float
    seconds: tuple[float, ...]

    @classmethod
    def of(cls, n: int, contender: str, seconds: tuple[float, ...]) -> Self:
        """Return a row with the spread of its seconds."""
        spread = min(seconds), statistics.median(seconds), max(seconds)
        return cls(n, contender, *spread, seconds)


def measure_iteration(
    dataset: Dataset, sizes: Sequence[int], dtype: Precision, rounds: int
) -> list[BenchRow]:
    """Time one iteration at several sizes: all contenders of a size in turn, then all sizes.

    The latter says how the time grows with n, whatever the machine did in between. The data is
    repeated if a size is larger.
    """
    rows = [row for n in sizes for row in _measure_size(dataset, n, dtype, rounds)]
    batches = {n: _batch(dataset, n, dtype) for n in sizes}
    exact = {n: _ours(batch, EXACT, threads_for(n, dtype)) for n, batch in batches.items()}
    longest = max(row.median for row in rows if row.contender == _OURS)
    in_turn = take_turns(exact, rounds, longest)  # each as long, so that all are disturbed alike
    return rows + [BenchRow.of(n, f"{_OURS}, sizes in turn", taken) for n, taken in in_turn.items()]


def report(rows: Sequence[BenchRow], about: About) -> str:
    """Return the times of one iteration, with their ratios to the exact gradient's."""
    ours = {row.n: row.median for row in rows if row.contender == _OURS}
    header = ("images", "one iteration", "least, ms", "median, ms", "most, ms", "µs/image", "ratio")
    cells = [
        (
            f"{row.n:,}",
            row.contender,
            *(f"{seconds * 1e3:.3f}" for seconds in (row.least, row.median, row.most)),
            f"{row.median / row.n * 1e6:.2f}",
            f"{row.median / ours[row.n]:.2f}",
        )
        for row in rows
    ]
    return page(about, table(header, cells))


def headless_memory(source: str, n: int, dtype: Precision) -> float:
    """Return the most megabytes that this process holds while it trains without a window."""
    trainer = Trainer(repeated(source, n), Settings(subset=n, dtype=dtype, rule=EXACT))
    with closing(trainer), blas_on_one_thread():
        for _ in range(3):
            trainer.step()
    return peak_memory()


def repeated(source: str, n: int) -> Dataset:
    """Load a data set, repeated if it has fewer than n images."""
    dataset = load(source)
    if n <= len(dataset):
        return dataset
    which = np.arange(n) % len(dataset)
    return Dataset(dataset.name, dataset.images[which], dataset.labels[which])


def _measure_size(dataset: Dataset, n: int, dtype: Precision, rounds: int) -> list[BenchRow]:
    contenders = _contenders(_batch(dataset, n, dtype), dtype)
    if n == LOOP_SIZE:
        loop = partial(loop_iteration, _batch(dataset, n, "float64"), initial_parameters(0), _RATE)
        contenders["loops over patches"] = Contender(loop)
    seconds = take_turns(contenders, rounds)
    if n == LOOP_SIZE and n <= len(dataset):
        seconds |= measure_breakpoints(dataset, n, dtype, rounds)
    return [BenchRow.of(n, name, taken) for name, taken in seconds.items()]


def _batch(dataset: Dataset, n: int, dtype: Precision) -> Batch:
    which = np.arange(n) % len(dataset)
    some = dataset.first(min(n, len(dataset)))
    return Batch.from_images(some.images[which], some.labels[which], np.dtype(dtype))


def _contenders(batch: Batch, dtype: Precision) -> dict[str, Contender]:
    threads = threads_for(batch.n, dtype)
    contenders = {
        _OURS: _ours(batch, EXACT, threads),
        "notebook's rule": _ours(batch, NOTEBOOK, threads),
        "limit of the exact gradient": Contender(
            limit_iteration(batch.n, dtype, threads), blas_on_one_thread
        ),
    }
    compared = torch_iteration(batch, initial_parameters(0, dtype), _RATE)
    if compared is not None:
        contenders["PyTorch, exact gradient"] = Contender(compared)
    return contenders


def _ours(batch: Batch, rule: Rule, threads: int) -> Contender:
    iteration = FastIteration(batch, threads)
    parameters = initial_parameters(0, batch.planes.dtype)

    def run() -> None:
        nonlocal parameters
        iteration.forward(parameters)
        parameters = iteration.update(rule, _RATE)

    return Contender(run, blas_on_one_thread)
