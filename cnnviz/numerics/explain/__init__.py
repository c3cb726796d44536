"""How any entry of a tensor was computed."""

from collections.abc import Callable
from typing import Final

import numpy as np

from cnnviz.numerics.explain import backward, forward
from cnnviz.numerics.explain.entry import Entry
from cnnviz.numerics.explain.explanation import Explanation, Heatmap, Term
from cnnviz.numerics.explain.mean import mean_over_images
from cnnviz.numerics.network import Tensors
from cnnviz.numerics.rule import Rule

__all__ = ["Explanation", "Heatmap", "Term", "explain"]

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
    "wo_next": backward.dense_update,
    "G": backward.map_gradient,
    "g": backward.average_over_images,
    "M": backward.reshape,
    "dF": backward.filter_gradient,
    "f_next": backward.filter_update,
}
"""By tensor."""


def explain(
    tensors: Tensors,
    rule: Rule,
    learning_rate: float,
    tensor: str,
    index: tuple[int, ...],
    image: int,
    mean_over: int | None = None,
) -> Explanation:
    """Explain how an entry of a tensor was computed.

    Parameters
    ----------
    tensors : mapping of str to ndarray
        At least what the operation that wrote the entry reads and writes.
    image : int
        The selected image; its window is shown if all images contribute to the entry.
    mean_over : int or None
        The tensor's axis of images, to explain the mean along it.

    Raises
    ------
    KeyError
        If a tensor is missing.
    IndexError
        If the index or the image is outside.
    """
    entry = Entry(tensors, rule, learning_rate, tensor, index, image)
    with np.errstate(all="ignore"):
        return _HOW[tensor](entry) if mean_over is None else mean_over_images(entry, mean_over)
