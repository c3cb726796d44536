"""One iteration without a window, beside its limit, PyTorch, a loop, and breakpoints."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from cnnviz.bench.breakpoints import measure_breakpoints
from cnnviz.bench.limit import limit_iteration
from cnnviz.bench.references import loop_iteration, torch_iteration
from cnnviz.bench.samples import Contender, Sample, take_turns
from cnnviz.data.dataset import Dataset
from cnnviz.numerics.fast import FastIteration
from cnnviz.numerics.network import Batch, initial_parameters
from cnnviz.numerics.rule import EXACT, NOTEBOOK, Rule
from cnnviz.training.arithmetic import threads_for
from cnnviz.training.blas import blas_on_one_thread
from cnnviz.training.settings import Precision

LOOP_SIZE = 200
"""Images of the notebook: the only size at which its loops and breakpoints are timed."""
LOOP_ROUNDS = 3
_RATE = 15.0


@dataclass(frozen=True, slots=True)
class Row:
    """The times of one contender at one size.

    Attributes
    ----------
    n : int
        Images.
    contender : str
    sample : Sample
        Of one iteration.
    """

    n: int
    contender: str
    sample: Sample


def measure_iteration(
    dataset: Dataset, sizes: Sequence[int], dtype: Precision, rounds: int
) -> list[Row]:
    """Time one iteration at several sizes, all contenders of a size in turn.

    Parameters
    ----------
    dataset : Dataset
        Repeated where a size is larger.
    sizes : sequence of int
    dtype : {"float64", "float32"}
    rounds : int
        Times taken of each.
    """
    rows = []
    for n in sizes:
        which = np.arange(n) % len(dataset)
        some = dataset.first(min(n, len(dataset)))
        batch = Batch.from_images(some.images[which], some.labels[which], np.dtype(dtype))
        contenders = _contenders(batch, dtype)
        samples = take_turns(contenders, rounds)
        rows += [Row(n, name, sample) for name, sample in samples.items()]
        if n == LOOP_SIZE:
            start = initial_parameters(0)
            notebook = Batch.from_images(some.images[which], some.labels[which])
            loop = Contender(partial(loop_iteration, notebook, start, _RATE))
            samples = take_turns({"loops over patches": loop}, LOOP_ROUNDS)
            rows += [Row(n, name, sample) for name, sample in samples.items()]
            if n <= len(dataset):
                samples = measure_breakpoints(dataset, n, dtype, rounds)
                rows += [Row(n, name, sample) for name, sample in samples.items()]
    return rows


def _contenders(batch: Batch, dtype: Precision) -> dict[str, Contender]:
    threads = threads_for(batch.n, dtype)
    contenders = {
        "exact gradient": _ours(batch, EXACT, threads),
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
