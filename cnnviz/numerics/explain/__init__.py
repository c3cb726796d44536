"""How any one number of an iteration was made."""

from collections.abc import Callable
from typing import Final

import numpy as np

from cnnviz.numerics.explain import backward, forward
from cnnviz.numerics.explain.cell import Cell
from cnnviz.numerics.explain.explanation import Explanation, Picture, Term
from cnnviz.numerics.explain.mean import mean_over_images
from cnnviz.numerics.network import Tensors
from cnnviz.numerics.rule import Rule

__all__ = ["Explanation", "Picture", "Term", "explain"]

_HOW: Final[dict[str, Callable[[Cell], Explanation]]] = {
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
"""By the tensor that the number stands in."""


def explain(
    tensors: Tensors,
    rule: Rule,
    learning_rate: float,
    tensor: str,
    index: tuple[int, ...],
    image: int,
    mean_over: int | None = None,
) -> Explanation:
    """Say how one number was made.

    Parameters
    ----------
    tensors : mapping of str to ndarray
        Holds at least what the operation that wrote the number reads and writes.
    learning_rate : float
        η.
    tensor : str
        Name of the tensor.
    index : tuple of int
        As the tensor is indexed, from 0.
    image : int
        The image that is looked at: its window is pictured where all images made the number.
    mean_over : int or None
        The tensor's axis of images, where the mean along it is asked for and not one image's.

    Raises
    ------
    KeyError
        Where a tensor is not there.
    IndexError
        Where the index or the image is outside.
    """
    cell = Cell(tensors, rule, learning_rate, tensor, index, image)
    with np.errstate(all="ignore"):
        return _HOW[tensor](cell) if mean_over is None else mean_over_images(cell, mean_over)
