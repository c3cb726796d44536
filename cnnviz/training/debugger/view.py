"""An immutable view of one iteration, as far as it has been stepped."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from cnnviz.numerics import layers
from cnnviz.numerics.blocks import blocks_of
from cnnviz.numerics.cells import along
from cnnviz.numerics.network import FILTER_SIZE, IMAGE_SIZE, MAP_SIZE, Floats
from cnnviz.numerics.rule import Rule
from cnnviz.numerics.tensors import TENSORS
from cnnviz.training.debugger.point import Point

if TYPE_CHECKING:
    from cnnviz.numerics.explain import Explanation
    from cnnviz.numerics.why import Why

Status = Literal["done", "next", "stale", "not yet", "failed"]


@dataclass(frozen=True, slots=True)
class Statistics:
    """Statistics of one tensor; shares are 0 to 1."""

    minimum: float
    mean: float
    maximum: float
    saturated: float | None
    """Share of the values whose sigmoid is saturated; None if they are not a sigmoid's."""
    zero: float
    """Share of the values that are exactly zero."""


@dataclass(frozen=True, slots=True, eq=False)
class ImageChanges:
    """The changed entries of one image's part; nothing is known of the other images."""

    image: int
    mask: NDArray[np.bool_]
    """The changed entries: the tensor's shape, but of length 1 along the axis of images."""


@dataclass(frozen=True, slots=True, eq=False)
class TensorView:
    """One tensor of the iteration. Arrays are read-only."""

    name: str
    values: Floats
    """Its numbers in the notebook's layout."""
    image: int | None
    """The only image in `values`, along an axis of length 1; None if all images are there."""
    statistics: Statistics
    average: Floats | None
    """The mean over images, without their axis; None if there is no such axis, or if the tensor is
    one number an image."""
    stale: bool = False
    """Whether the values are from before a step back or a change."""
    changed: NDArray[np.bool_] | None = None
    """The entries that the last step changed; None if it did not write this tensor, or if there was
    nothing to compare with."""
    fresh: bool = False
    """Whether the last step wrote it."""
    image_changes: ImageChanges | None = None
    """The changes, in place of `changed`, if only one image's are known."""


@dataclass(frozen=True, slots=True)
class Failure:
    """An operation without a meaningful result, and why, in one sentence."""

    operation: str
    message: str


@dataclass(frozen=True, slots=True, eq=False)
class DebugView:
    """One iteration, stepped operation by operation."""

    iteration: int
    """The state from which the iteration starts."""
    position: int
    """Operations done, 0 to 16; at 16 the trainer is at the state after it."""
    image: int
    """The selected image."""
    n: int
    """Images in the batch."""
    rule: Rule
    """What the tensors were computed with."""
    status: tuple[Status, ...]
    """The state of each operation."""
    tensors: Mapping[str, TensorView]
    """The tensors so far, stale ones included."""
    computing: str | None
    """Name of the operation under way."""
    failure: Failure | None
    """Why the next operation could not be done."""
    point: Point | None
    """The selected cell."""
    explanation: "Explanation | None"
    why: "Why | None"
    """explanation, why: of the selected cell; None if its tensor is not computed."""
    ranked: NDArray[np.intp] | None
    """Shape (n,). The images by the size of their share in the cell's value, largest first; None if
    it is not a sum over images."""
    aim: int | None
    """The position up to which operations are being repeated."""
    deviation: float | None
    """At the end of an iteration of a recorded run: the largest difference between the recorded
    weights and f′, wo′, as a share of the tensor's largest weight; None if they are equal."""


def tensor_view(name: str, values: Floats, image: int | None = None) -> TensorView:
    """Return the view of a tensor, or of one image's part."""
    axis = TENSORS[name].image_axis(values.ndim)
    average: Floats | None = None
    if name == "P":
        figures, average = _figures_of_patches(pixels_of(values))
    else:
        figures, average = _figures(name, values, axis)
    if average is not None:
        average.setflags(write=False)
    return TensorView(name, values, image, figures, average)


def _figures(name: str, values: Floats, axis: int | None) -> tuple[Statistics, Floats | None]:
    """Return a tensor's statistics and its mean over images, block by block of images.

    That reads memory once, allocates nothing as large, and reports progress between blocks.
    """
    n = 1 if axis is None else values.shape[axis]
    low, high, total, nonzero, flat = [], [], 0.0, 0, 0
    summed: Floats | None = None
    for block in blocks_of(n):
        part = values if axis is None else values[along(axis, block)]
        low.append(part.min())
        high.append(part.max())
        nonzero += int(np.count_nonzero(part))
        if TENSORS[name].sigmoid_of:
            flat += int(np.count_nonzero(layers.sigmoid_derivative(part) < layers.SATURATED))
        if axis is None or values.size == n:
            total += float(part.sum(dtype=np.float64))
        else:
            own = part.sum(axis=axis, dtype=np.float64)
            total += float(own.sum())
            summed = own if summed is None else summed + own
    saturated = flat / values.size if TENSORS[name].sigmoid_of else None
    figures = Statistics(
        float(np.min(low)),
        total / values.size,
        float(np.max(high)),
        saturated,
        1 - nonzero / values.size,
    )
    return figures, None if summed is None else (summed / n).astype(values.dtype)


def _figures_of_patches(pixels: Floats) -> tuple[Statistics, Floats]:
    """Return the statistics of patches, and their mean over images, from their pixels.

    Patches overlap, and have 25 times as many numbers. The pixels have the shape (28, 28, n).
    """
    n, whole = pixels.shape[2], COVERAGE.sum()
    total, blank = np.zeros(COVERAGE.shape), np.zeros(COVERAGE.shape)
    low, high = [], []
    for block in blocks_of(n):
        part = pixels[:, :, block]
        total += part.sum(axis=2)
        blank += part.shape[2] - np.count_nonzero(part, axis=2)
        low.append(part.min())
        high.append(part.max())
    mean, zero = (float((sums / n * COVERAGE).sum() / whole) for sums in (total, blank))
    average = layers.patches((total / n).astype(pixels.dtype)[..., np.newaxis])[:, :, 0]
    return Statistics(float(np.min(low)), mean, float(np.max(high)), None, zero), average


def pixels_of(patches: NDArray[Any]) -> NDArray[Any]:
    """Return the images behind patches, shape (28, 28, n). A view."""
    shape = IMAGE_SIZE, IMAGE_SIZE, patches.shape[2]
    steps = patches.strides[:3]
    return np.lib.stride_tricks.as_strided(patches, shape, steps, writeable=False)


def _coverage() -> Floats:
    """Return in how many patches each pixel is, shape (28, 28)."""
    along = np.convolve(np.ones(MAP_SIZE), np.ones(FILTER_SIZE))
    return np.outer(along, along)


COVERAGE: Final = _coverage()
"""The number of patches that contain each pixel, shape (28, 28)."""
