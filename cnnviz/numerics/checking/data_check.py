"""Checks of the data and the first weights, which no gradient check can find fault with.

Each finding has its number and its threshold, and says where the threshold comes from.
"""

from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cnnviz.numerics import layers
from cnnviz.numerics.checking.operation_check import Verdict
from cnnviz.numerics.network import FILTER_SIZE, Batch, Floats, Parameters
from cnnviz.numerics.number_format import percent, plain

DATA: Final = "data"
START: Final = "start"
MOST_IMAGES: Final = 1000
"""Images that are compared with each other, the first of the batch."""
FEWEST_LABELLED: Final = 150
"""Images from which labels are judged.

Of MNIST's digits and the bundled ones, 150 have agreed with their neighbours by at least 5.6
deviations more than chance, 100 by 4.8.
"""
FEWEST_REPEATED: Final = 40
"""Images from which repetitions are judged: by then, drawing again shows."""
DEVIATIONS: Final = 3.5
"""Standard deviations above chance at which labels count as those of their images; shuffled ones
get there once in some thousand times."""
MOST_SATURATED: Final = 0.75
_MOST_SEEN: Final = 200
_SHUFFLES: Final = 200
_REPEATED: Final = float(np.exp(-1)) / 2


@dataclass(frozen=True, slots=True)
class DataFinding:
    """The result of one check of the data or of the first weights."""

    name: str
    """One of "pixel range", "labels", "repeated images", "filters" and "saturation"."""
    place: str
    """`DATA` or `START`: the part that is checked."""
    verdict: Verdict
    value: float
    threshold: float
    """value, threshold: the number, and the threshold between right and wrong; NaN if there is
    none."""
    sentence: str
    """The verdict in words."""
    threshold_from: str
    """Where the threshold comes from."""


def check_data(batch: Batch, first: Parameters) -> tuple[DataFinding, ...]:
    """Check a batch and the parameters from which training starts."""
    pixels = _pixel_range(batch.planes)
    return (
        pixels,
        label_agreement(batch.planes, batch.y[0]),
        _repeated_images(batch.planes),
        equal_filters(first.f),
        _saturation(batch, first.f, pixels),
    )


def _pixel_range(planes: Floats) -> DataFinding:
    """Check that pixels go from 0 to 1, as grey levels that have been divided by 255 do."""
    largest, smallest = float(planes.max()), float(planes.min())
    limit = 1 + float(np.finfo(planes.dtype).eps)
    verdict: Verdict = "right"
    sentence = f"Pixels go from {plain(smallest, 3)} to {plain(largest, 3)}."
    if largest > limit or smallest < 0:
        verdict = "wrong"
        sentence = f"{sentence[:-1]}: they are not divided by 255."
    elif 0 < largest * 255 <= limit:
        verdict = "wrong"
        sentence = (
            f"The brightest pixel is {plain(largest, 3)}: they are divided by 255 more than once."
        )
    return DataFinding(
        "pixel range",
        DATA,
        verdict,
        largest,
        1.0,
        sentence,
        "Grey levels go from 0 to 255, and the network takes them divided by 255.",
    )


def label_agreement(planes: Floats, y: Floats) -> DataFinding:
    """Compare how often the most similar other image has the same target with chance.

    Parameters
    ----------
    planes : ndarray, shape (n, rows, columns)
    y : ndarray, shape (n,)
    """
    n = min(len(planes), MOST_IMAGES)
    targets = y[:n] > 0.5
    neighbours = nearest_images(planes[:n])
    agreement = float((targets == targets[neighbours]).mean())
    random = np.random.default_rng(0)
    shuffled = [random.permutation(targets) for _ in range(_SHUFFLES)]
    by_chance = np.array([(one == one[neighbours]).mean() for one in shuffled])
    chance, deviation = float(by_chance.mean()), float(by_chance.std())
    threshold = chance + DEVIATIONS * deviation
    finding = (
        f"{percent(agreement)} of the images have the target of the most similar other image; "
        f"shuffled targets reach {percent(chance)}"
    )
    verdict: Verdict = "right"
    if agreement > threshold:
        sentence = f"{finding}."
    elif n < FEWEST_LABELLED or deviation == 0:
        verdict = "not judged"
        sentence = f"{finding}; {n} images are too few to tell these apart."
    else:
        verdict = "wrong"
        sentence = f"{finding}: the labels do not belong to these images."
    return DataFinding(
        "labels",
        DATA,
        verdict,
        agreement,
        threshold,
        sentence,
        f"{DEVIATIONS:g} deviations of {_SHUFFLES} shufflings above their mean.",
    )


def nearest_images(planes: Floats) -> NDArray[np.intp]:
    """Return the index of the most similar other image of each, by squared distance."""
    flat = np.ascontiguousarray(planes, np.float64).reshape(len(planes), -1)
    sizes = (flat * flat).sum(axis=1)
    distances = sizes[:, np.newaxis] + sizes - 2 * flat @ flat.T
    np.fill_diagonal(distances, np.inf)
    neighbours: NDArray[np.intp] = distances.argmin(axis=1)
    return neighbours


def _repeated_images(planes: Floats) -> DataFinding:
    n = min(len(planes), MOST_IMAGES)
    different = len({image.tobytes() for image in np.ascontiguousarray(planes[:n])})
    share = 1 - different / n
    verdict: Verdict = "right"
    sentence = f"{percent(share)} of the images repeat an earlier one."
    if share > _REPEATED:
        verdict = "wrong" if n >= FEWEST_REPEATED else "not judged"
        if verdict == "wrong":
            sentence += " They look drawn again and again, as by a shuffle that puts back."
    return DataFinding(
        "repeated images",
        DATA,
        verdict,
        share,
        _REPEATED,
        sentence,
        "Half of the 1/e, 37 %, that repeat an earlier one if images are put back after each draw.",
    )


def equal_filters(f: Floats) -> DataFinding:
    """Check that no two filters, along the last axis, are equal."""
    count = f.shape[2]
    differences = {
        (i, j): float(np.abs(f[:, :, i] - f[:, :, j]).max())
        for i, j in combinations(range(count), 2)
    }
    i, j = min(differences, key=lambda pair: differences[pair])
    threshold = 8 * float(np.finfo(f.dtype).eps) * float(np.abs(f).max())
    equal = differences[i, j] <= threshold
    finding = f"Filters {i + 1} and {j + 1} differ by {plain(differences[i, j], 3)} at most"
    return DataFinding(
        "filters",
        START,
        "wrong" if equal else "right",
        differences[i, j],
        threshold,
        f"{finding}: equal filters see the same."
        if equal
        else f"{finding}; no two are more alike.",
        "8 roundings of the largest weight.",
    )


def _saturation(batch: Batch, f: Floats, pixels: DataFinding) -> DataFinding:
    share = saturated_share(batch, f)
    verdict: Verdict = "right"
    sample = f" in the first {_MOST_SEEN} images" if batch.X.shape[2] > _MOST_SEEN else ""
    sentence = f"{percent(share)} of the units that see ink{sample} have a slope σ′ below 10⁻⁶"
    if share > MOST_SATURATED:
        verdict, end = "wrong", ": the filters cannot learn."
        if pixels.verdict == "wrong":
            verdict, end = "not judged", ", which the pixels explain."
    else:
        end = "."
    return DataFinding(
        "saturation",
        START,
        verdict,
        share,
        MOST_SATURATED,
        sentence + end,
        "A unit saturates if its C is above 13.8. Weights from 0 to 1 on a window full of ink make "
        "12.5 on average, so chance can saturate one or two of the three filters there, not all.",
    )


def saturated_share(batch: Batch, f: Floats) -> float:
    """Return the share of saturated units among those that see ink; 0 if none does.

    It is measured on at most the first `_MOST_SEEN` images.
    """
    X = batch.X[:, :, :_MOST_SEEN]
    P = layers.patches(X)
    C = layers.correlate(P, f)
    A = layers.sigmoid(C)
    ink = layers.correlate(P, np.ones((FILTER_SIZE, FILTER_SIZE, 1), X.dtype).repeat(3, axis=2))
    sees_ink = ink > 0
    saturated = (layers.sigmoid_derivative(A) < layers.SATURATED) & sees_ink
    return float(saturated.sum()) / max(1, int(sees_ink.sum()))
