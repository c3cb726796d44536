"""The counterpart of a script: a network of the program with the same iteration.

A script's network is the program's if its images are the first of the data, and one iteration of
the rule that has the script's departures leads from its parameters to the very ones that the
script's first iteration left. Nothing is taken for granted: without that, there is no counterpart.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Final

import numpy as np

from cnnviz.data.dataset import Dataset
from cnnviz.notebooks.cell_mapping import index_in_program, index_in_script, tensor_of
from cnnviz.notebooks.errors import NotebookError
from cnnviz.notebooks.layouts import Floats
from cnnviz.notebooks.verdicts import LineVerdict, Recognised, ScriptJudgement
from cnnviz.numerics.cells import largest_cell
from cnnviz.numerics.checking.faults import FAULT_NAMED
from cnnviz.numerics.errors import NumericsError
from cnnviz.numerics.network import (
    DENSE_SIZE,
    FILTER_COUNT,
    FILTER_SIZE,
    IMAGE_SIZE,
    Batch,
    Parameters,
    initial_parameters,
)
from cnnviz.numerics.operations import TITLES, iterate, updated
from cnnviz.numerics.rule import SWITCHES, Rule
from cnnviz.training.settings import LEARNING_RATES

_AGREES: Final = 1e-6
"""Largest difference of the parameters after one iteration, as a share of the largest step."""
_MOST_IMAGES: Final = 2_000
"""Images with which an iteration is computed to compare."""
_SEEDS: Final = 101
"""Seeds, from 0, that the script's first parameters are compared with."""
_CANDIDATES: Final[dict[tuple[str, str], tuple[str, ...]]] = {
    ("delta", "missing factor"): (
        "standardisation",
        "no-slope-at-output",
        "mean-without-deviation",
    ),
    ("delta", "sign"): ("sign-of-error",),
    ("delta", "slope of the logit"): ("slope-of-logit",),
    ("dense_gradient", "sum for mean"): ("scale",),
    ("dense_gradient", "mean for sum"): ("mean-for-sum",),
    ("dense_gradient", "factor"): ("factor-2",),
    ("dense_gradient", "last image only"): ("last-image-only",),
    ("dense_update", "sign"): ("dense-climbs",),
    ("dense_update", "never updated"): ("dense-never-updated",),
    ("map_gradient", "updated weights"): ("update-order",),
    ("map_gradient", "missing factor"): ("no-slope-at-maps",),
    ("map_gradient", "extra factor"): ("slope-twice",),
    ("map_gradient", "slope of the sum"): ("slope-of-preactivation",),
    ("average_over_images", "mean over images"): ("pairing",),
    ("reshape", "permutation"): ("layout",),
    ("reshape", "transposed"): ("map-transposed",),
    ("reshape", "cut or repeated"): ("cut-to-shape",),
    ("filter_gradient", "rotated"): ("filter-rotated",),
    ("filter_gradient", "transposed"): ("map-transposed",),
    ("filter_gradient", "permutation"): ("filters-swapped",),
    ("filter_gradient", "off by one"): ("window-off-by-one",),
    ("filter_gradient", "first image only"): ("first-image-only",),
    ("filter_gradient", "last image only"): ("assigned-not-added",),
    ("filter_gradient", "summed over filters"): ("summed-over-filters",),
    ("filter_update", "one index for all"): ("one-filter-updated",),
}
"""The switches and faults that a kind of departure of an operation may be."""


class NoCounterpartError(NotebookError):
    """No network of the program computes what the script does; the message says why."""


@dataclass(frozen=True, slots=True, eq=False)
class Counterpart:
    """The network of the program that computes what a script does."""

    rule: Rule
    """The rule with the variants that the script's lines are."""
    learning_rate: float
    """The rate of steps along the gradient of the mean loss."""
    subset: int
    """n, the first images of the data."""
    seed: int
    """The seed that the parameters come from, if `parameters` is None."""
    parameters: Parameters | None
    """Those from which the script begins, if they come from none of the first seeds."""
    deviation: float
    """How far the parameters are from the script's after one iteration, as a share of the largest
    step."""
    is_transposed: bool
    """Whether rows and columns of the script's images are exchanged, as seen from the program's
    arrays."""

    def cell_of(self, verdict: LineVerdict) -> tuple[str, tuple[int, ...]] | None:
        """Return tensor and index, in the program's layout, of the cell where a line is off most.

        None if that is not known.
        """
        actual, right, tensor = verdict.actual, verdict.right, tensor_of(verdict)
        if actual is None or right is None or actual.shape != right.shape or tensor is None:
            return None
        at = largest_cell(np.abs(actual - right))
        index = index_in_program(tensor, at, is_transposed=self.is_transposed)
        return None if index is None else (tensor, index)

    def numbers_at(
        self, verdict: LineVerdict, tensor: str, index: tuple[int, ...]
    ) -> tuple[float, float | None] | None:
        """Return a line's value at a cell of the program's tensor, and the right one if known."""
        actual, right = verdict.actual, verdict.right
        if actual is None or tensor_of(verdict) != tensor:
            return None
        at = index_in_script(tensor, index, actual.ndim, is_transposed=self.is_transposed)
        if at is None or any(i >= length for i, length in zip(at, actual.shape, strict=True)):
            return None
        known = right is not None and right.shape == actual.shape
        return float(actual[at]), float(right[at]) if known and right is not None else None


def counterpart(judgement: ScriptJudgement, dataset: Dataset) -> Counterpart:
    """Return the program's network that computes what a script does.

    Raises NoCounterpartError if there is none; the message says why. Raises DataError if an image
    cannot be read.
    """
    network = judgement.network
    if network is None or network.learning_rate is None:
        raise NoCounterpartError(
            "It cannot be trained here: its forward pass and its learning rate were not recognised."
        )
    _check_family(network)
    n = len(network.images)
    is_transposed = _orientation(network, dataset)
    data = dataset.first(n)
    batch = Batch.from_images(data.images, data.labels)
    if not np.array_equal(batch.y[0], network.targets):
        raise NoCounterpartError(
            "It cannot be trained here: its targets are not 1 for digits above 4, and 0 for others."
        )
    start = _parameters(network.filters, network.weights, is_transposed=is_transposed)
    end = _parameters(
        network.filters if network.next_filters is None else network.next_filters,
        network.weights if network.next_weights is None else network.next_weights,
        is_transposed=is_transposed,
    )
    for rule in _rules(judgement):
        for rate in _learning_rates(network.learning_rate, n):
            deviation = _deviation(batch, start, end, rule, rate)
            if deviation <= _AGREES:
                seed = next((s for s in range(_SEEDS) if _comes_from(s, start)), None)
                parameters = start if seed is None else None
                return Counterpart(rule, rate, n, seed or 0, parameters, deviation, is_transposed)
    raise NoCounterpartError(
        "It cannot be trained here: the variants that cnnviz has for its departures do not lead to "
        "the parameters that its first iteration left."
    )


def _check_family(network: Recognised) -> None:
    n, side = len(network.images), network.images.shape[1]
    k, m = network.filters.shape[:2]
    what = ""
    if side != IMAGE_SIZE or (k, m) != (FILTER_COUNT, FILTER_SIZE):
        what = f"it has {k} filters of {m} × {m} on images of {side} × {side}"
    elif network.activation != "sigmoid":
        what = f"its maps go through {network.activation}"
    elif not network.is_standardised:
        what = "its z is not standardised"
    elif network.loss == "cross-entropy":
        what = "its loss is the cross-entropy"
    elif network.has_biases:
        what = "it has biases"
    elif network.is_flipped:
        what = "its filters are turned by 180°"
    if what:
        raise NoCounterpartError(
            f"It cannot be trained here: {what}, and cnnviz trains three filters of 5 × 5 on 28 × "
            "28 images, with sigmoids, a standardised z, squared errors and no biases."
        )
    if not 2 <= n <= _MOST_IMAGES:
        raise NoCounterpartError(
            f"It cannot be trained here: it has {n:,} images, and a script is compared with 2 to "
            f"{_MOST_IMAGES:,}."
        )


def _orientation(network: Recognised, dataset: Dataset) -> bool:
    """Return whether the script's images are transposed as seen from the program's arrays."""
    n = len(network.images)
    if n <= len(dataset):
        upright = dataset.first(n).images / 255
        for is_transposed, images in ((False, upright.transpose(0, 2, 1)), (True, upright)):
            if np.allclose(network.images, images, rtol=0, atol=_AGREES):
                return is_transposed
    raise NoCounterpartError(
        f"It cannot be trained here: its images are not the first {n:,} of {dataset.name}, divided "
        "by 255."
    )


def _parameters(filters: Floats, weights: Floats, *, is_transposed: bool) -> Parameters:
    """Return canonical filters and weights, (i, row, column) both, in the program's layout."""
    if is_transposed:
        filters, weights = filters.transpose(0, 2, 1), weights.transpose(0, 2, 1)
    f = np.array(filters.transpose(1, 2, 0), dtype=np.float64)
    return Parameters(f, np.array(weights.reshape(DENSE_SIZE, 1), dtype=np.float64))


def _rules(judgement: ScriptJudgement) -> Iterator[Rule]:
    """Yield the rules that may have the departures of a script.

    Raises NoCounterpartError if one of its departures is none of the program's variants.
    """
    departures = dict.fromkeys(
        (line.operation or "", line.kind or "") for line in judgement.departing
    )
    operations = [operation for operation, _ in departures]
    for operation, kind in departures:
        if (operation, kind) not in _CANDIDATES or operations.count(operation) > 1:
            raise NoCounterpartError(
                f"It cannot be trained here: cnnviz has no variant of “{TITLES[operation]}” that "
                f"is this departure ({kind})."
            )
    for names in product(*(_CANDIDATES[departure] for departure in departures)):
        off = {name for name in names if name in SWITCHES}
        faults = [FAULT_NAMED[name].variant for name in names if name not in SWITCHES]
        yield Rule.correcting(SWITCHES.keys() - off).replacing(faults)


def _learning_rates(rate: float, n: int) -> Sequence[float]:
    """Return the learning rates along the mean loss that a script's may correspond to."""
    low, high = LEARNING_RATES
    factors = (1.0, 2.0, float(n), 2.0 * n)  # a sum of losses, or squares that are not halved
    return [rate * factor for factor in factors if low <= rate * factor <= high]


def _deviation(
    batch: Batch, start: Parameters, end: Parameters, rule: Rule, learning_rate: float
) -> float:
    """Return how far an iteration ends from given parameters, as a share of the largest step."""
    try:
        reached = updated(iterate(batch, start, rule, learning_rate))
    except (NumericsError, ValueError):  # a fault that the rule's other variants do not go with
        return np.inf
    shares = []
    for before, after, ours in (
        (start.f, end.f, reached.f),
        (start.wo, end.wo, reached.wo),
    ):
        step = max(float(np.abs(after - before).max()), float(np.abs(ours - before).max()))
        error = float(np.abs(ours - after).max())
        shares.append(error / step if step else 0.0)
    return max(shares)


def _comes_from(seed: int, parameters: Parameters) -> bool:
    drawn = initial_parameters(seed)
    return np.array_equal(drawn.f, parameters.f) and np.array_equal(drawn.wo, parameters.wo)
