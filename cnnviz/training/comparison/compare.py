"""Trains all rules from one start, several at a time."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import closing
from threading import Event
from typing import Final

import numpy as np

from cnnviz.data.dataset import Dataset
from cnnviz.data.download import Progress
from cnnviz.numerics.errors import NumericsError
from cnnviz.numerics.fast import FastIteration
from cnnviz.numerics.network import Batch, initial_parameters
from cnnviz.numerics.rule import RULES, Rule
from cnnviz.training.blas import blas_on_one_thread
from cnnviz.training.comparison.result import RuleComparison, RuleRun
from cnnviz.training.errors import ComparisonCancelledError, ComparisonError
from cnnviz.training.limits import check_iterations
from cnnviz.training.run.kernel_cache import check_subset
from cnnviz.training.run.warnings import notice_of
from cnnviz.training.settings import Settings

ONE_RULE_ABOVE: Final = 5_000
"""Images above which rules are trained one by one: 20 kB an image and kernel, in float64."""
_BYTES: Final = 80
"""Memory of a loss and an accuracy, at most, as numbers in a list and then in an array."""
_POLL: Final = 0.05
"""Seconds between reports of progress, which are also those until a cancellation is noticed."""


def compare(
    dataset: Dataset,
    settings: Settings,
    iterations: int,
    on_progress: Progress = lambda _done, _all: None,
    cancelled: Callable[[], bool] = lambda: False,
    threads: int | None = None,
    rules: Sequence[Rule] = RULES,
) -> RuleComparison:
    """Train rules, all 32 or some, for a number of iterations from the settings' first weights.

    Everything is computed as a trainer does, and is the same with any number of threads.

    Parameters
    ----------
    settings : Settings
        Of every run, but for the rule.
    on_progress, cancelled : callable
        Called in the caller's thread while others compute: with the iterations done and all of
        them, and for whether to end. A run ends after the iteration that it is in.
    threads : int, optional
        By default, one for each processor.
    rules : sequence of Rule
        In their order, each once.

    Raises
    ------
    SettingsError
        If the subset is larger than the data set, or the iterations are fewer than 1 or too many
        for the memory.
    DataError
        If an image of the subset cannot be read.
    ComparisonError
        If not even the first forward pass has a result.
    ComparisonCancelledError
        If it was cancelled.
    """
    check_iterations(iterations, len(rules) * iterations * _BYTES)
    check_subset(dataset, settings)
    batch = settings.batch(dataset)
    threads = threads or os.cpu_count() or 1
    workers = threads if batch.n <= ONE_RULE_ABOVE else 1
    job = _Job(settings, iterations, rules)
    with blas_on_one_thread(), ThreadPoolExecutor(workers) as pool:
        try:
            working = [pool.submit(job.work, batch, threads // workers) for _ in range(workers)]
            while True:
                finished, unfinished = wait(working, _POLL)
                for worker in finished:
                    worker.result()
                on_progress(sum(job.done.values()), iterations * len(rules))
                if not unfinished:
                    break
                if cancelled():
                    raise ComparisonCancelledError("the comparison was cancelled.")
        finally:
            job.stopped.set()
    return RuleComparison(iterations, tuple(job.runs[rule] for rule in rules))


class _Job:
    """The rules to train, shared by the threads that train them."""

    def __init__(self, settings: Settings, iterations: int, rules: Sequence[Rule]) -> None:
        self._settings, self._iterations = settings, iterations
        self._waiting = iter(rules)  # shared: the interpreter hands each out once
        self.stopped = Event()
        self.done = dict.fromkeys(rules, 0)
        """Iterations done, all of them if a run ended early."""
        self.runs: dict[Rule, RuleRun] = {}

    def work(self, batch: Batch, threads: int) -> None:
        """Train one rule after the other, until none is left or the job is stopped."""
        with closing(FastIteration(batch, threads)) as kernel:
            for rule in self._waiting:
                if self.stopped.is_set():
                    break
                self.runs[rule] = self._train(rule, kernel)
                self.done[rule] = self._iterations

    def _train(self, rule: Rule, kernel: FastIteration) -> RuleRun:
        parameters = initial_parameters(self._settings.seed, self._settings.numpy_dtype)
        loss: list[float] = []
        accuracy: list[float] = []
        ended = None
        for iteration in range(self._iterations):
            if self.stopped.is_set():
                break
            try:
                forward = kernel.forward(parameters)
                loss.append(forward.loss)
                accuracy.append(forward.accuracy)
                parameters = kernel.update(rule, self._settings.learning_rate)
            except NumericsError as error:
                ended = notice_of(error, iteration)
                break
            self.done[rule] = iteration + 1
        if ended and not loss:  # of all rules: they have one start
            raise ComparisonError(f"nothing can be compared. {ended.summary}")
        return RuleRun(rule, np.array(loss), np.array(accuracy), ended)
