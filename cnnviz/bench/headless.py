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
from cnnviz.training.blas import blas_on_one_thread
from cnnviz.training.run.kernel_cache import threads_for
from cnnviz.training.settings import Precision

LOOP_SIZE = 200
"""Images of the notebook: the only size at which its loops and breakpoints are timed."""
_RATE = 15.0
_EXACT = "exact gradient"


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
    """Time one iteration at several sizes: all contenders of a size in turn, then all sizes.

    The second tells how the time grows with n, whatever the machine did in between.

    Parameters
    ----------
    dataset : Dataset
        Repeated where a size is larger.
    sizes : sequence of int
    dtype : {"float64", "float32"}
    rounds : int
        Times taken of each.
    """
    rows = [row for n in sizes for row in _measure_size(dataset, n, dtype, rounds)]
    batches = {n: _batch(dataset, n, dtype) for n in sizes}
    exact = {n: _ours(batch, EXACT, threads_for(n, dtype)) for n, batch in batches.items()}
    longest = max(row.sample.median for row in rows if row.contender == _EXACT)
    samples = take_turns(exact, rounds, longest)  # as much of the machine's ups and downs in each
    return rows + [Row(n, f"{_EXACT}, sizes in turn", sample) for n, sample in samples.items()]


def _measure_size(dataset: Dataset, n: int, dtype: Precision, rounds: int) -> list[Row]:
    contenders = _contenders(_batch(dataset, n, dtype), dtype)
    if n == LOOP_SIZE:
        loop = partial(loop_iteration, _batch(dataset, n, "float64"), initial_parameters(0), _RATE)
        contenders["loops over patches"] = Contender(loop)
    samples = take_turns(contenders, rounds)
    if n == LOOP_SIZE and n <= len(dataset):
        samples |= measure_breakpoints(dataset, n, dtype, rounds)
    return [Row(n, name, sample) for name, sample in samples.items()]


def _batch(dataset: Dataset, n: int, dtype: Precision) -> Batch:
    which = np.arange(n) % len(dataset)
    some = dataset.first(min(n, len(dataset)))
    return Batch.from_images(some.images[which], some.labels[which], np.dtype(dtype))


def _contenders(batch: Batch, dtype: Precision) -> dict[str, Contender]:
    threads = threads_for(batch.n, dtype)
    contenders = {
        _EXACT: _ours(batch, EXACT, threads),
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
