"""The contents of a page that replays a run, and the tensors that it cannot compute itself.

A page computes all that follows from weights and images. It is given what own code has written,
what a rule keeps of the iteration before, and, if it holds only some of the images, what has been
summed over all of them.
"""

import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.blocks import ProgressCallback
from cnnviz.numerics.errors import NumericsError
from cnnviz.numerics.fast import COVERED, FastIteration
from cnnviz.numerics.network import Batch, Floats, Parameters, Tensors
from cnnviz.numerics.operations import OPERATION_NAMED, OPERATIONS, apply, inputs, kept_inputs
from cnnviz.numerics.rule import Rule
from cnnviz.numerics.tensors import LENGTHS, TENSORS
from cnnviz.training.blas import blas_on_one_thread
from cnnviz.training.export.moment import last_gradients, require_code_that_runs
from cnnviz.training.own_code.source import OwnVariant
from cnnviz.training.run.kernel_cache import threads_for
from cnnviz.training.run.recorded_run import Run
from cnnviz.training.settings import Settings

MOST_IMAGES: Final = 2_000
"""Images whose feature maps a browser can hold, in 30 MB or so each time."""
MOST_STATES: Final = 1_000
"""States whose weights a page holds, in 20 MB; of a longer run, some evenly spaced ones."""
_OF_MORE: Final = 1_000
"""Images that a page holds of a run that has more than `MOST_IMAGES`."""
_FEWER: Final = (500, 200, 100, 50, 20, 10, 5, 2, 1)
"""Images that a page holds if tensors of each image must be in it."""
_BYTES: Final = 15_000_000
"""Size of a page with stored tensors, about."""
_STATES_WANTED: Final = 101
"""States that are worth more than many images."""
_PIXELS: Final = 784
_WEIGHTS: Final = 1_803
_IN_BASE64: Final = 4 / 3
_OVER_IMAGES: Final = ("mean", "std", "dW", "dF")
"""Tensors that are sums over all images under every rule."""


@dataclass(frozen=True, slots=True)
class Held:
    """The part of a run that a page holds."""

    images: int
    """The number of images, the first of the data."""
    every: int
    """Iterations between two states."""
    states: tuple[int, ...]
    """Their iterations, and that of the last state."""


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """The data of one state in a page."""

    tensors: Tensors
    """The tensors in float64; of one with a part for each image, only the images that are held."""
    problem: tuple[str, str] | None
    """The operation that has no result, and why."""
    score: tuple[float, float]
    """Loss and accuracy over all images; NaN if they are not known."""


def held_of(run: Run) -> Held:
    """Return the part of a run that fits in a page.

    Raises ExportError if it has own code that does not run.
    """
    settings = [mark.settings for mark in run.config.settings]
    require_code_that_runs(one.rule for one in settings)
    images = run.config.images
    held = most = images if images <= MOST_IMAGES else _OF_MORE
    wanted = min(run.iterations + 1, _STATES_WANTED)
    for held in (most, *(count for count in _FEWER if count < most)):
        states = _states_that_fit(settings, held)
        if states is None or states >= wanted:
            break
    most_states = MOST_STATES if states is None else min(states, MOST_STATES)
    every = max(1, math.ceil(run.iterations / max(1, most_states - 1)))
    return Held(held, every, (*range(0, run.iterations, every), run.iterations))


def _states_that_fit(settings: Iterable[Settings], held: int) -> int | None:
    """Return how many states fit in a page with some images; None if none needs tensors."""
    numbers = [sum(_size(one, name, held) for name in needed(one, held)) for one in settings]
    if not any(numbers):
        return None
    left = _BYTES - held * _PIXELS * _IN_BASE64
    return int(left / (8 * _IN_BASE64 * (_WEIGHTS + max(numbers))))


def _size(settings: Settings, name: str, held: int) -> int:
    """Return how many numbers of a tensor are stored; as if it had all its axes."""
    count = min(held, settings.subset)
    axes = TENSORS[name].axes
    if name == "g" and settings.rule.averages_before_images:
        axes = axes[:1]
    return math.prod(count if axis == "k" else LENGTHS[axis] for axis in axes)


def summed(settings: Settings, held: int) -> tuple[str, ...]:
    """Return the tensors that a page with some images cannot explain."""
    if settings.subset <= held:
        return ()
    rule = settings.rule
    writers = {op.name: op.variant(rule) for op in OPERATIONS}
    names = [*_OVER_IMAGES, "zs"]
    if rule.mixes_images_in_delta or writers["delta"] in rule.extra:
        names.append("delta")
    if writers["average_over_images"] in rule.departures:
        names.append("g")
    return tuple(names)


def needed(settings: Settings, held: int) -> tuple[str, ...]:
    """Return the tensors that a page with some images must hold."""
    names = [name for name in summed(settings, held) if name != "zs"]
    for operation in OPERATIONS:
        variant = operation.variant(settings.rule)
        if isinstance(variant, OwnVariant) or Rule(frozenset({variant})).kept:
            names += operation.writes
    return tuple(dict.fromkeys(names))


def stored_tensors(
    run: Run, dataset: Dataset, held: Held, on_progress: ProgressCallback
) -> Iterator[Stored | None]:
    """Yield the data of each state of a page; None if the page computes all itself."""
    with blas_on_one_thread():
        kernels = _Kernels(dataset)
        try:
            for done, at in enumerate(held.states):
                on_progress(done / len(held.states))
                settings = run.config.settings_at(at)
                is_needed = bool(needed(settings, held.images))
                yield _stored(run, kernels, at, settings, held.images) if is_needed else None
        finally:
            kernels.close()


class _Kernels:
    """The kernel of the latest settings' batch, in float64 as all that a page computes."""

    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset
        self._settings: Settings | None = None
        self._kernel: FastIteration | None = None

    def kernel(self, settings: Settings) -> FastIteration:
        if self._kernel is None or self._settings != settings:
            self.close()
            read = settings.batch(self._dataset)
            threads = threads_for(settings.subset, "float64")
            batch = Batch(read.planes.astype(np.float64), read.y.astype(np.float64))
            self._kernel, self._settings = FastIteration(batch, threads), settings
        return self._kernel

    def close(self) -> None:
        if self._kernel is not None:
            self._kernel.close()
            self._kernel = None


def _stored(run: Run, kernels: _Kernels, at: int, settings: Settings, held: int) -> Stored:
    made: dict[str, Floats] = {}
    score, problem = (math.nan, math.nan), None
    compute = _fast if settings.rule in COVERED else _readable
    try:
        made.update(compute(run, kernels.kernel(settings), at, settings))  # as far as it comes
    except NumericsError as error:
        problem = error.operation, str(error)
    if "E" in made:
        right = (made["o"] > 0.5) == (made["y"] > 0.5)
        score = float(made["E"].mean()), float(right.mean())
    names = (name for name in needed(settings, held) if name in made)
    return Stored({name: _first(name, made[name], held) for name in names}, problem, score)


def _first(name: str, values: Floats, held: int) -> Floats:
    """Return the part of the images that are held, of a tensor that has one for each image."""
    axis = TENSORS[name].image_axis(values.ndim)
    return values if axis is None else values.take(range(min(held, values.shape[axis])), axis)


def _fast(
    run: Run, kernel: FastIteration, at: int, settings: Settings
) -> Iterator[tuple[str, Floats]]:
    """Yield the tensors that are summed over all images, one by one, under one of the 32 rules."""
    rule, rate, parameters = settings.rule, _rate(settings), _parameters(run, at, settings)
    forward = kernel.forward(parameters)
    mean, std = np.full((1, 1), forward.mean), np.full((1, 1), forward.std)
    y = kernel.batch.y
    known: Tensors = {"y": y, "zs": forward.zs, "o": forward.o, "E": forward.E, "std": std}
    known = apply(OPERATION_NAMED["delta"], known, rule, rate)
    yield from {**known, "mean": mean}.items()
    try:
        kernel.update(rule, rate)
    except NumericsError as error:
        if error.operation == "dense_gradient":
            raise
        message = (
            f"not computed, because it needs all images, of which {error.operation} fails: {error}"
        )
        raise NumericsError("dense_gradient", message) from None
    yield from kernel.gradients.items()


def _readable(
    run: Run, kernel: FastIteration, at: int, settings: Settings
) -> Iterator[tuple[str, Floats]]:
    """Yield all tensors, one after another, under a rule with faults or own code."""
    rule, rate, parameters = settings.rule, _rate(settings), _parameters(run, at, settings)
    last = last_gradients(run, at, parameters)
    tensors: Tensors = {**inputs(kernel.batch, parameters), **kept_inputs(rule, last)}
    yield from tensors.items()
    for operation in OPERATIONS:
        tensors = apply(operation, tensors, rule, rate)
        yield from ((name, tensors[name]) for name in operation.writes)


def _rate(settings: Settings) -> float:
    """Return η as the settings' precision has it."""
    return float(settings.numpy_dtype.type(settings.learning_rate))


def _parameters(run: Run, at: int, settings: Settings) -> Parameters:
    """Return the parameters of a state as the settings' precision has them, in float64."""
    parameters = run.states.parameters(at).astype(settings.numpy_dtype)
    return parameters.astype(np.float64)
