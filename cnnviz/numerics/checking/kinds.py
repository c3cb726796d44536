"""Recognises the kind of mistake that a wrong result shows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from cnnviz.numerics.checking.expected import at_standardised
from cnnviz.numerics.network import Floats, Tensors
from cnnviz.numerics.number_format import plain


@dataclass(frozen=True, slots=True)
class MistakeKind:
    """A kind of mistake."""

    name: str
    """Its name in a word or two, the same for all operations."""
    meaning: str
    """The mistake, in words that follow the name of a tensor: "dW is …"."""


@dataclass(frozen=True, slots=True)
class _Suspect:
    """A likely mistake in one operation, and the last tensor that it would then write."""

    kind: MistakeKind
    result: Callable[[Tensors], Floats]
    needs: str = ""
    """A tensor that only some variants read."""


_SUSPECTS: Final = {
    "delta": (
        _Suspect(
            MistakeKind("missing factor", "not carried back through the standardisation"),
            at_standardised,
        ),
    ),
    "dense_gradient": (
        _Suspect(
            MistakeKind("kept", "added to the gradient of the last iteration"),
            lambda t: (t["a"] * t["delta"]).mean(axis=1, keepdims=True) + t["dW_last"],
            needs="dW_last",
        ),
    ),
    "map_gradient": (
        _Suspect(
            MistakeKind("updated weights", "computed from the dense weights after their update"),
            lambda t: t["wo_next"] * t["delta"] * t["a"] * (1 - t["a"]),
        ),
        _Suspect(
            MistakeKind("missing factor", "without σ′, the slope a (1 − a) of the sigmoid"),
            lambda t: t["wo"] * t["delta"],
        ),
    ),
    "average_over_images": (
        _Suspect(
            MistakeKind("mean over images", "the mean over all images, not each image's own"),
            lambda t: t["G"].mean(axis=1, keepdims=True) + 0 * t["G"],
        ),
    ),
}


def kind_of(
    operation: str, tensors: Tensors, actual: Floats, expected: Floats, tolerance: Floats
) -> MistakeKind | None:
    """Return the known kind of mistake that turns `expected` into `actual`, or None.

    All three have the same shape. `tensors` holds what the operation read.
    """
    doubles = {name: tensor.astype(np.float64, copy=False) for name, tensor in tensors.items()}
    precision = float(np.finfo(np.result_type(*tensors.values())).eps)
    rounding = float(tolerance.max()) + 64 * precision * float(np.abs(actual).max())

    def matches(result: Floats) -> bool:
        return result.shape == actual.shape and bool(np.abs(actual - result).max() <= rounding)

    for suspect in _SUSPECTS.get(operation, ()):
        if suspect.needs and suspect.needs not in doubles:
            continue
        if matches(suspect.result(doubles)):
            return suspect.kind
    square = float((expected * expected).sum())
    if square > actual.size * rounding * rounding:  # infinite if too large, where ** would raise
        factor = float((actual * expected).sum()) / square
        if factor and matches(factor * expected):
            return kind_of_factor(factor, _images(tensors))
    differences = np.sort(actual, axis=None) - np.sort(expected, axis=None)
    if np.abs(differences).max() <= rounding:
        return MistakeKind("permutation", "made of the right numbers in wrong cells")
    return None


def _images(tensors: Tensors) -> int:
    """Return the number of images in the tensors that an operation read; 0 if they have none."""
    if "P" in tensors:
        return int(tensors["P"].shape[2])
    of_images = (tensors[name].shape[-1] for name in ("delta", "G", "y") if name in tensors)
    return next(of_images, 0)


def kind_of_factor(factor: float, n: int) -> MistakeKind:
    """Return the kind of mistake of a result that is a multiple of the right one, for n images."""

    def is_about(value: float) -> bool:
        return abs(factor - value) <= 1e-3 * abs(value)

    if is_about(-1):
        return MistakeKind("sign", "of the other sign")
    if n and is_about(n):
        return MistakeKind(
            "sum for mean", f"{n:,} times too large: a sum over the images, not their mean"
        )
    if n and is_about(1 / n):
        return MistakeKind(
            "mean for sum", f"{n:,} times too small: divided by the number of images"
        )
    return MistakeKind("factor", f"{plain(factor)} times what it should be")
