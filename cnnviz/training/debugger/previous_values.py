"""Tensors from before a step back or a change: shown as stale, and compared with new values.

Of a large batch, only one image's part is kept of tensors as large as the feature maps.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnviz.numerics import layers
from cnnviz.numerics.cells import along
from cnnviz.numerics.network import Floats, Parameters
from cnnviz.numerics.tensors import TENSORS
from cnnviz.training.debugger.view import ImageChanges, pixels_of

Changed = NDArray[np.bool_] | ImageChanges | None
"""The entries of a tensor that differ, in all images or in one; None if unknown."""


@dataclass(frozen=True, slots=True, eq=False)
class PreviousValues:
    """Values from before."""

    values: Floats
    image: int | None = None
    """The image whose part alone this is, along an axis of length 1; None for a whole tensor."""


def keep(name: str, values: Floats, image: int | None) -> PreviousValues:
    """Keep a tensor, or only one image's part if that is more than a number; None keeps all."""
    axis = TENSORS[name].image_axis(values.ndim)
    if image is None or axis is None or values.size == values.shape[axis]:
        return PreviousValues(values)
    return PreviousValues(part(name, values, image), image)


def part(name: str, values: Floats, image: int) -> Floats:
    """Copy one image's part of a tensor, along an axis of length 1; all if it has no such axis."""
    axis = TENSORS[name].image_axis(values.ndim)
    if axis is None:
        return values
    if name == "P":  # stays a view of its pixels
        copied = layers.patches(pixels_of(values)[:, :, image : image + 1].copy())
    else:
        copied = values[along(axis, slice(image, image + 1))].copy()
    copied.setflags(write=False)
    return copied


def changed(name: str, now: Floats, before: PreviousValues | None) -> Changed:
    """Compare a tensor with its previous values; None if their shapes differ."""
    if before is None:
        return None
    axis = TENSORS[name].image_axis(now.ndim)
    if before.image is None or axis is None:
        return differs(now, before.values)
    if before.image >= now.shape[axis]:
        return None
    mask = differs(part(name, now, before.image), before.values)
    return None if mask is None else ImageChanges(before.image, mask)


def differs(now: Floats, before: Floats | None) -> NDArray[np.bool_] | None:
    """Return the entries that differ; None if the shapes differ, or one array is missing."""
    if before is None or before.shape != now.shape:
        return None
    mask: NDArray[np.bool_] = now != before
    mask.setflags(write=False)
    return mask


def deviation(made: Parameters, entered: Parameters) -> float | None:
    """Return the largest difference of weights that an iteration made from those entered.

    As a share of the tensor's largest weight; None if they are equal.
    """
    largest = 0.0
    for ours, theirs in ((made.f, entered.f), (made.wo, entered.wo)):
        if not np.array_equal(ours, theirs):
            size = float(np.abs(theirs).max()) or 1.0
            largest = max(largest, float(np.abs(ours - theirs).max()) / size)
    return largest or None
