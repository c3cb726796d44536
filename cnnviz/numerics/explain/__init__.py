"""Explains how any entry of a tensor was computed."""

from collections.abc import Callable
from typing import Final

import numpy as np

from cnnviz.numerics.explain import backward, forward
from cnnviz.numerics.explain.entry import Entry
from cnnviz.numerics.explain.explanation import Explanation, Heatmap, Term
from cnnviz.numerics.explain.mean import mean_over_images
from cnnviz.numerics.variants import Variant

__all__ = ["Entry", "Explanation", "Heatmap", "Term", "explain"]

_HOW: Final[dict[str, Callable[[Entry], Explanation]]] = {
    "X": forward.given,
    "y": forward.given,
    "f": forward.given,
    "wo": forward.given,
    "P": forward.patches,
    "C": forward.correlate,
    "A": forward.sigmoid,
    "a": forward.flatten,
    "z": forward.dense,
    "zs": forward.standardise,
    "mean": forward.mean,
    "std": forward.std,
    "o": forward.output,
    "E": forward.error,
    "error_wrt_output": backward.error_wrt_output,
    "output_wrt_z": backward.output_wrt_z,
    "delta": backward.delta,
    "dW": backward.dense_gradient,
    "wo_next": backward.update,
    "G": backward.map_gradient,
    "g": backward.average_over_images,
    "M": backward.reshape,
    "dF": backward.filter_gradient,
    "f_next": backward.update,
}
"""The explanations, by tensor."""


def _as_put_in(entry: Entry, variant: Variant) -> Explanation:
    """Give the formula of a fault or of own code, whose sums are not known."""
    at = entry.tensor, entry.index, entry.value
    return Explanation(*at, variant.latex, (), None, None, ())


def explain(entry: Entry, mean_over: int | None = None) -> Explanation:
    """Explain how an entry of a tensor was computed.

    Raises KeyError if a tensor is missing, and IndexError if the image is outside.

    `mean_over` is the tensor's axis of images, to explain the mean along it.
    """
    with np.errstate(all="ignore"):
        if mean_over is not None:
            return mean_over_images(entry, mean_over)
        if (variant := entry.extra_variant) is not None:
            return _as_put_in(entry, variant)
        return _HOW[entry.tensor](entry)
