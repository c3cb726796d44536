"""The states that lessons compute with, trained once each."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

import numpy as np

from cnnviz.data.dataset import Dataset
from cnnviz.data.errors import DataError
from cnnviz.data.held_out import HeldOutImages, held_out_images
from cnnviz.numerics.checking.faults import FAULTS
from cnnviz.numerics.checking.operation_check import check_operations
from cnnviz.numerics.errors import NumericsError
from cnnviz.numerics.evaluation import Evaluation
from cnnviz.numerics.fast import FastIteration, next_parameters
from cnnviz.numerics.network import Batch, Floats, Parameters, Tensors, initial_parameters
from cnnviz.numerics.operations import OPERATIONS, apply, inputs
from cnnviz.numerics.rule import EXACT, Rule
from cnnviz.spelling import nearest
from cnnviz.teaching.errors import ExpressionError
from cnnviz.teaching.expressions import Value
from cnnviz.teaching.lesson import Situation
from cnnviz.training.blas import blas_on_one_thread
from cnnviz.training.errors import TrainingError
from cnnviz.training.run.kernel_cache import check_subset
from cnnviz.training.settings import Settings

K = TypeVar("K")
T = TypeVar("T")

_RUNS: Final = 24
"""Runs that are kept: a lesson asks for states of the same few again and again."""
_STATES: Final = 3
"""States whose tensors are kept, of about 60 MB each for 200 images."""
_VALUES: Final = 2_000
"""Values that are remembered: a text, its question and its explanation ask for the same."""
LARGEST_SUBSET: Final = 2_000
MOST_ITERATIONS: Final = 2_000
"""Bounds of the work that a lesson file may ask for: seconds, not hours."""


@dataclass(frozen=True, slots=True, eq=False)
class Trained:
    """A state and how it was reached."""

    dataset: Dataset
    batch: Batch
    parameters: Parameters
    rule: Rule
    learning_rate: float
    loss: Floats
    accuracy: Floats
    """loss, accuracy: shape (T + 1,). Of every state from the first to this one."""


class Laboratory:
    """Trains what lessons ask for, and keeps it.

    `load` gives the data set of a name, as `cnnviz.data.source.load` does.
    """

    def __init__(self, load: Callable[[str], Dataset]) -> None:
        self._load = load
        self.sources: dict[str, str] = {}
        """What to load for the names of some data sets, such as a folder that has MNIST."""
        self._datasets: dict[str, Dataset] = {}
        self._runs: OrderedDict[Situation, _Run] = OrderedDict()
        self._tensors: OrderedDict[tuple[Situation, Rule], Tensors] = OrderedDict()
        self._values: OrderedDict[Hashable, Value] = OrderedDict()
        self._wrong: dict[Situation, frozenset[str]] = {}

    def remembered(self, key: Hashable, compute: Callable[[], Value]) -> Value:
        """Return the result of `compute`, which is called only the first time."""
        if key not in self._values:
            self._values[key] = compute()
        return _kept(self._values, key, _VALUES)

    def trained(self, situation: Situation) -> Trained:
        """Return the state of a situation.

        Raises ExpressionError if there is no such state, and DataError if its data cannot be
        loaded.
        """
        _check(situation)
        start = replace(situation, iterations=0)
        try:
            if start not in self._runs:
                self._runs[start] = self._begin(start)
            run = _kept(self._runs, start, _RUNS)
            if len(run.loss) <= situation.iterations:
                self._go_on(run, situation.iterations)
        except (TrainingError, NumericsError) as error:
            raise ExpressionError(f"this state cannot be computed: {error}") from None
        return run.state(situation.iterations)

    def tensor(self, situation: Situation, name: str, rule: Rule | None = None) -> Floats:
        """Return one tensor of the next iteration of a situation; no later one is computed.

        `rule` is that of the iteration, by default the one that the situation was trained by.

        Raises ExpressionError if there is no such state, or the iteration has no result.
        """
        state = self.trained(situation)
        rule = state.rule if rule is None else rule
        key = situation, rule
        tensors = self._tensors.setdefault(key, inputs(state.batch, state.parameters))
        try:
            for operation in OPERATIONS:
                if name in tensors:
                    break
                if operation.writes[0] not in tensors:
                    tensors = apply(operation, tensors, rule, state.learning_rate)
        except NumericsError as error:
            raise ExpressionError(f"this iteration has no result: {error}") from None
        self._tensors[key] = tensors
        return _kept(self._tensors, key, _STATES)[name]

    def wrong_operations(self, situation: Situation) -> frozenset[str]:
        """Return the operations that the operation check finds wrong.

        Raises ExpressionError if there is no such state.
        """
        if situation not in self._wrong:
            state = self.trained(situation)
            with blas_on_one_thread():
                checks = check_operations(
                    state.batch, state.parameters, state.rule, state.learning_rate
                )
            wrong = frozenset(check.name for check in checks if check.verdict == "wrong")
            self._wrong[situation] = wrong
        return self._wrong[situation]

    def held_out_accuracy(self, situation: Situation) -> float:
        """Return the share of correct predictions on the images that are held out.

        They are standardised with the mean and deviation of the batch, as in the window.

        Raises ExpressionError if there is no such state, or every image is trained on.
        """
        state, images = self.trained(situation), self.held_out(situation).dataset
        others = Batch.from_images(images.images, images.labels, state.batch.y.dtype)
        with (
            blas_on_one_thread(),
            closing(FastIteration(state.batch)) as kernel,
            closing(Evaluation(others)) as evaluation,
        ):
            try:
                passed = kernel.forward(state.parameters)
                return float(evaluation.forward(state.parameters, passed).accuracy)
            except NumericsError as error:
                raise ExpressionError(f"the held-out images have no output: {error}") from None

    def held_out(self, situation: Situation) -> HeldOutImages:
        """Return the images that are held out, as many as the window does by default.

        Raises ExpressionError if there is no such state, or every image is trained on.
        """
        state = self.trained(replace(situation, iterations=0))
        try:
            images = held_out_images(state.dataset, self._source(situation), state.batch.n)
        except DataError as error:
            raise ExpressionError(f"there are no held-out images: {error}") from None
        if images is None:
            raise ExpressionError("no images are held out: make the subset smaller.")
        return images

    def _source(self, situation: Situation) -> str:
        """Return what is loaded for the data of a situation."""
        return self.sources.get(situation.data, situation.data)

    def _begin(self, start: Situation) -> "_Run":
        settings, source = settings_of(start), self._source(start)
        if source not in self._datasets:
            self._datasets[source] = self._load(source)
        dataset = self._datasets[source]
        check_subset(dataset, settings)
        batch = settings.batch(dataset)
        first = initial_parameters(settings.seed, settings.numpy_dtype)
        return _Run(dataset, batch, settings.rule, settings.learning_rate, [first])

    def _go_on(self, run: "_Run", iterations: int) -> None:
        """Train a run up to an iteration, and evaluate that state."""
        with blas_on_one_thread(), closing(FastIteration(run.batch)) as kernel:
            for done in range(max(0, len(run.loss) - 1), iterations + 1):
                forward = kernel.forward(run.parameters[done])
                if done == len(run.loss):
                    run.loss.append(forward.loss)
                    run.accuracy.append(forward.accuracy)
                if done == iterations:
                    break
                now = run.parameters[done]
                run.parameters.append(next_parameters(kernel, now, run.rule, run.learning_rate))


@dataclass(slots=True)
class _Run:
    """A run as far as it has been trained: the parameters, loss and accuracy of each state."""

    dataset: Dataset
    batch: Batch
    rule: Rule
    learning_rate: float
    parameters: list[Parameters]
    loss: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)

    def state(self, iteration: int) -> Trained:
        return Trained(
            self.dataset,
            self.batch,
            self.parameters[iteration],
            self.rule,
            self.learning_rate,
            np.array(self.loss[: iteration + 1]),
            np.array(self.accuracy[: iteration + 1]),
        )


def _kept(cache: OrderedDict[K, T], key: K, most: int) -> T:
    """Return an entry of a cache as its newest, and drop the oldest if there are too many."""
    cache.move_to_end(key)
    while len(cache) > most:
        cache.popitem(last=False)
    return cache[key]


def rule_of(situation: Situation) -> Rule:
    """Return the rule of a situation: the exact one with a fault in it, if it names one.

    Raises ExpressionError if a name is unknown.
    """
    if situation.fault:
        for fault in FAULTS:
            if fault.name == situation.fault:
                return fault.rule
        near = nearest(situation.fault, [fault.name for fault in FAULTS])
        hint = f"perhaps you mean {near}" if near else "`cnnviz check --list-faults` lists them"
        raise ExpressionError(f"no fault of the gallery is called {situation.fault}: {hint}.")
    if situation.rule == "exact":
        return EXACT
    if situation.rule != "notebook":
        raise ExpressionError(f"rule {situation.rule!r} is neither notebook nor exact.")
    try:
        return Rule.correcting(situation.fixes)
    except ValueError as error:
        raise ExpressionError(str(error)) from None


def settings_of(situation: Situation) -> Settings:
    """Return the settings of a situation.

    Raises ExpressionError if a name is unknown, and SettingsError if a value is out of range, or
    its fault needs tensors that no state of a run holds.
    """
    rule = rule_of(situation)
    return Settings(situation.subset, situation.learning_rate, rule, situation.seed)


def _check(situation: Situation) -> None:
    if situation.subset > LARGEST_SUBSET:
        raise ExpressionError(f"a lesson computes with at most {LARGEST_SUBSET:,} images.")
    if not 0 <= situation.iterations <= MOST_ITERATIONS:
        raise ExpressionError(f"a lesson computes from 0 to {MOST_ITERATIONS:,} iterations.")
