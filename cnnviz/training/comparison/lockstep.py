"""Two rules in lockstep from one start: where they first part, and how their gradients differ."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.blocks import ProgressCallback
from cnnviz.numerics.errors import NumericsError
from cnnviz.numerics.fast import COVERED, FastIteration, next_parameters
from cnnviz.numerics.network import Batch, Floats, Parameters, Tensors, initial_parameters
from cnnviz.numerics.operations import OPERATIONS, iterate, updated
from cnnviz.numerics.rule import Rule
from cnnviz.numerics.tensor_pictures import pictures_of
from cnnviz.training.blas import blas_on_one_thread
from cnnviz.training.errors import ComparisonError
from cnnviz.training.limits import check_iterations, check_operations, run_size
from cnnviz.training.run.kernel_cache import check_subset
from cnnviz.training.run.warnings import Notice, notice_of
from cnnviz.training.settings import Settings

AMOUNT: Final = 1e-6
"""Difference, relative to the largest value of a tensor, from which on two rules have parted."""


@dataclass(frozen=True, slots=True)
class OperationDifference:
    """The difference between the two rules in the tensors of one operation."""

    operation: str
    tensor: str
    difference: float
    """The largest difference of a cell, relative to the largest size of a cell, 0 to 2."""


@dataclass(frozen=True, slots=True)
class Parting:
    """The first iteration in which two rules differ by more than the chosen amount."""

    iteration: int
    first: OperationDifference
    """The first operation that differs by more."""
    differences: tuple[OperationDifference, ...]
    """One entry for every tensor of the iteration, in the order of the operations."""


@dataclass(frozen=True, slots=True, eq=False)
class Gradients:
    """The agreement of two rules' gradients of one parameter; shape (T,), of each iteration.

    Each rule's is computed at its own state, which is the same one in iteration 0 alone.
    """

    cosine: NDArray[np.float64]
    """The cosine of the angle between them; NaN if one of them is 0."""
    norm_ratio: NDArray[np.float64]
    """The second rule's norm over the first one's; infinite, or NaN, if the first one's is 0."""


@dataclass(frozen=True, slots=True, eq=False)
class Lockstep:
    """Two rules trained side by side."""

    rules: tuple[Rule, Rule]
    amount: float
    """The difference above which they count as parted."""
    parting: Parting | None
    """None if they never do."""
    filters: Gradients
    dense: Gradients
    """filters, dense: of fewer iterations than asked for, if a rule's training ended early."""
    ended: Notice | None
    """Why it ended early."""
    _batch: Batch
    _learning_rate: float
    _parameters: tuple[tuple[Parameters, Parameters], ...]

    @property
    def iterations(self) -> int:
        """Iterations of which both rules have a result."""
        return len(self.filters.cosine)

    @property
    def images(self) -> int:
        """Images that were trained on."""
        return self._batch.n

    def tensors(self, iteration: int) -> tuple[Tensors, Tensors]:
        """Return all tensors of an iteration, under the first rule and under the second."""
        return _both(self._batch, self._parameters[iteration], self.rules, self._learning_rate)

    def beside(self, iteration: int, tensor: str, image: int) -> "TensorsBeside":
        """Return a tensor of an iteration under both rules, and how far all of them differ.

        `image` is that whose part is shown, if the tensor keeps images apart.

        Raises NumericsError if the iteration has no meaningful result.
        """
        with blas_on_one_thread():
            first, second = self.tensors(iteration)
        one, other = (pictures_of(tensor, both[tensor], image) for both in (first, second))
        return TensorsBeside(tensor, iteration, image, one, other, _differences(first, second))


@dataclass(frozen=True, slots=True, eq=False)
class TensorsBeside:
    """A tensor of one iteration under both rules, as upright pictures."""

    tensor: str
    iteration: int
    image: int
    """Whose part it is, if the tensor keeps images apart."""
    first: Floats
    second: Floats
    """first, second: shape (count, rows, columns). A tensor with one number for each image is one
    picture, which may end with NaN."""
    differences: tuple[OperationDifference, ...]
    """One entry for every tensor of the iteration, in the order of the operations."""

    @property
    def difference(self) -> Floats:
        """The second rule's values less the first one's."""
        return self.second - self.first


def lockstep(
    dataset: Dataset,
    settings: Settings,
    rules: tuple[Rule, Rule],
    iterations: int,
    amount: float = AMOUNT,
    on_progress: ProgressCallback = lambda _share: None,
) -> Lockstep:
    """Train two rules from the settings' first weights, and find where they part.

    Until they part, every operation is carried out and compared; from then on, only the gradients.

    Parameters
    ----------
    settings : Settings
        Of both, but for the rule.
    on_progress : callable
        Called after each iteration with the share done, 0 to 1; an error from it ends the work.

    Raises
    ------
    SettingsError
        If the subset is larger than the data set, or the iterations are fewer than 1 or too many
        for the memory.
    DataError
        If an image of the subset cannot be read.
    ComparisonError
        If not even the first iteration has a result.
    """
    check_iterations(iterations, 2 * run_size(iterations, settings.numpy_dtype))
    check_subset(dataset, settings)
    check_operations(settings)
    batch = settings.batch(dataset)
    learning_rate = settings.learning_rate
    start = initial_parameters(settings.seed, settings.numpy_dtype)
    states = [(start, start)]
    gradients: list[tuple[tuple[float, float], tuple[float, float]]] = []
    parting, ended = None, None
    with blas_on_one_thread(), closing(FastIteration(batch)) as kernel:
        for iteration in range(iterations):
            here = states[-1]
            try:
                if parting is None:
                    differences, after = _side_by_side(batch, here, rules, learning_rate)
                    first = next((d for d in differences if d.difference > amount), None)
                    parting = Parting(iteration, first, differences) if first else None
                else:
                    first_rule, second_rule = (
                        _next(kernel, parameters, rule, learning_rate)
                        for parameters, rule in zip(here, rules, strict=True)
                    )
                    after = first_rule, second_rule
            except NumericsError as error:
                ended = notice_of(error, iteration)
                break
            gradients.append(_compare_steps(here, after))
            states.append(after)
            on_progress((iteration + 1) / iterations)
    if ended is not None and not gradients:
        raise ComparisonError(f"nothing can be compared. {ended.summary}")
    of_filters, of_dense = zip(*gradients, strict=True)
    return Lockstep(
        rules,
        amount,
        parting,
        _gradients(of_filters),
        _gradients(of_dense),
        ended,
        batch,
        learning_rate,
        tuple(states[:-1]),
    )


def difference(first: Floats, second: Floats) -> float:
    """Return the largest difference of a cell, relative to the largest size of a cell.

    A tensor for all images under one rule, and for each image under the other, is compared with
    each.
    """
    if first.ndim < second.ndim:
        first = first[..., np.newaxis]
    elif second.ndim < first.ndim:
        second = second[..., np.newaxis]
    size = max(float(np.abs(first).max()), float(np.abs(second).max()))
    if size == 0:
        return 0.0
    return float(np.abs(first / size - second / size).max())


def _side_by_side(
    batch: Batch,
    states: tuple[Parameters, Parameters],
    rules: tuple[Rule, Rule],
    learning_rate: float,
) -> tuple[tuple[OperationDifference, ...], tuple[Parameters, Parameters]]:
    """Carry out an iteration under both rules, and compare the results of all operations."""
    first, second = _both(batch, states, rules, learning_rate)
    return _differences(first, second), (updated(first), updated(second))


def _both(
    batch: Batch,
    states: tuple[Parameters, Parameters],
    rules: tuple[Rule, Rule],
    learning_rate: float,
) -> tuple[Tensors, Tensors]:
    first, second = (
        iterate(batch, parameters, rule, learning_rate)
        for parameters, rule in zip(states, rules, strict=True)
    )
    return first, second


def _differences(first: Tensors, second: Tensors) -> tuple[OperationDifference, ...]:
    """Compare all tensors but the patches: the images are the same."""
    return tuple(
        OperationDifference(operation.name, name, difference(first[name], second[name]))
        for operation in OPERATIONS
        if operation.reads != ("X",)
        for name in operation.writes
    )


def _next(
    kernel: FastIteration, parameters: Parameters, rule: Rule, learning_rate: float
) -> Parameters:
    """Return the parameters after an iteration."""
    if rule in COVERED:  # of another, the fast forward pass may be another one
        kernel.forward(parameters)
    return next_parameters(kernel, parameters, rule, learning_rate)


def _compare_steps(
    before: tuple[Parameters, Parameters], after: tuple[Parameters, Parameters]
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return cosine and norm ratio of both rules' steps, which are −η times their gradients."""

    def compared(of: Callable[[Parameters], Floats]) -> tuple[float, float]:
        first, second = (
            (of(later).astype(np.float64) - of(earlier)).ravel()
            for earlier, later in zip(before, after, strict=True)
        )
        one, other = np.linalg.norm(first), np.linalg.norm(second)
        with np.errstate(divide="ignore", invalid="ignore"):
            return float((first @ second) / (one * other)), float(other / one)

    return compared(lambda parameters: parameters.f), compared(lambda parameters: parameters.wo)


def _gradients(pairs: tuple[tuple[float, float], ...]) -> Gradients:
    cosine, norm_ratio = np.array(pairs).T.copy()
    for array in (cosine, norm_ratio):
        array.setflags(write=False)
    return Gradients(cosine, norm_ratio)
