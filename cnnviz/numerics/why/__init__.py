"""Why a number is what it is: the chain of factors behind it."""

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from cnnviz.numerics import layers
from cnnviz.numerics.explain.backward import units_read
from cnnviz.numerics.explain.cell import Cell
from cnnviz.numerics.explain.explanation import Explanation
from cnnviz.numerics.explain.forward import given_words, loss_of, share_of_loss
from cnnviz.numerics.explain.mean import of_images
from cnnviz.numerics.network import Tensors, unravel_unit
from cnnviz.numerics.number_format import compact, percent
from cnnviz.numerics.rule import Rule
from cnnviz.numerics.tensors import TENSORS, entry_text, symbol
from cnnviz.numerics.why import backward, forward
from cnnviz.numerics.why.chain import Factor, Step, factors, words
from cnnviz.numerics.why.images import largest_share

__all__ = ["Factor", "Why", "why"]

FLAT: Final = 0.01
"""Slope of a sigmoid, of the ¼ that it can be, below which it is called flat."""


@dataclass(frozen=True, slots=True)
class Why:
    """The chain behind one number: ``value = start + product of the factors``.

    Where `through` is σ, it is the sigmoid of that.

    Attributes
    ----------
    start : float
        What was there before a step: the parameter that is updated; else 0.
    factors : tuple of Factor
        The largest effect first. None where the number was there before the iteration.
    sentence : str
        What made it small or large, in words.
    axis : int or None
        Of the tensor, where the number is the mean along it, over images.
    """

    tensor: str
    index: tuple[int, ...]
    value: float
    start: float
    factors: tuple[Factor, ...]
    through: Literal["", "σ"]
    sentence: str
    axis: int | None = None


def why(
    tensors: Tensors,
    rule: Rule,
    learning_rate: float,
    tensor: str,
    index: tuple[int, ...],
    image: int,
    explanation: Explanation | None = None,
    mean_over: int | None = None,
) -> Why:
    """Say which factors made one number, back through the operations.

    Parameters
    ----------
    tensors : mapping of str to ndarray
        Of the iteration, computed as far as `tensor`.
    learning_rate : float
        η.
    tensor : str
        Name of the tensor.
    index : tuple of int
        As the tensor is indexed, from 0.
    image : int
        The image that is looked at. A number that all images made has the same chain for each.
    told : Explanation or None
        Of the same number, with what each image adds to it: then the sentence names the image that
        it owes most to.
    mean_over : int or None
        The tensor's axis of images, where the mean along it is asked for and not one image's.

    Raises
    ------
    KeyError
        Where a tensor that the chain goes through is not there.
    IndexError
        Where the index is outside.
    """
    cell = Cell(tensors, rule, learning_rate, tensor, index, image)
    if mean_over is not None:
        return _why_mean(cell, mean_over, explanation)
    with np.errstate(all="ignore"):
        start, steps = _chain(cell)
        whose = largest_share(explanation) if explanation is not None else ""
        if tensor == "E":
            whose = _share_of_loss(cell)
        elif tensor in ("zs", "o"):
            whose = forward.largest_map(cell, index[1])
    found = factors(steps)
    known = TENSORS[tensor]
    through: Literal["", "σ"] = "σ" if known.sigmoid_of else ""
    explained = "the step" if known.update_of else symbol(known.sigmoid_of) if through else "it"
    said = [_opening(cell, start, steps, through), words(found, explained), whose]
    return Why(
        tensor,
        index,
        cell.value,
        start,
        found,
        through,
        " ".join(part for part in said if part),
    )


def _why_mean(cell: Cell, axis: int, explanation: Explanation | None) -> Why:
    """Say why the mean over the images is what it is."""
    values = of_images(cell, axis)
    with np.errstate(all="ignore"):
        value = float(values.mean())
        steps = forward.loss(value) if cell.tensor == "E" else forward.mean_of(cell.tensor, values)
    found = factors(steps)
    called = entry_text(cell.tensor, cell.index, axis)
    whose = largest_share(explanation) if explanation is not None else ""
    said = [f"{called} = {compact(value)}, over {len(values):,} images.", words(found, "it"), whose]
    sentence = " ".join(part for part in said if part)
    return Why(cell.tensor, cell.index, value, 0, found, "", sentence, axis)


def _chain(cell: Cell) -> tuple[float, list[Step]]:
    """Return what was there before, and the steps from 1 to what came to it."""
    match cell.tensor, cell.index:
        case "P", _:
            return 0, forward.pixel(cell)
        case (("C" | "A"), (k, i, r, c)):
            return 0, forward.correlation(cell, k, i, r, c)
        case "a", (j, k):
            return 0, forward.correlation(cell, k, *unravel_unit(j))
        case "z", _:
            return 0, forward.dense(cell)
        case "mean", _:
            return 0, forward.mean(cell)
        case "std", _:
            return 0, forward.std(cell)
        case (("zs" | "o"), (_, k)):
            return 0, forward.standardised(cell, k)
        case "E", _:
            return 0, forward.error(cell)
        case "error_wrt_output", _:
            return 0, backward.error_wrt_output(cell)
        case "output_wrt_z", _:
            return 0, backward.output_wrt_z(cell)
        case "delta", (_, k):
            return 0, backward.delta(cell, k)
        case "dW", (j, _):
            return 0, backward.dense_gradient(cell, j)
        case "wo_next", (j, _):
            return cell.at("wo", j, 0), backward.descent(cell, backward.dense_gradient(cell, j))
        case (("G" | "g"), (j, k)):
            return 0, backward.map_gradient(cell, j, k)
        case "g", (j,):
            return 0, backward.average_over_images(cell, j)
        case "M", (r, c, i, k):
            return 0, backward.map_gradient(cell, int(units_read(cell.rule)[r, c, i]), k)
        case "M", (r, c, i):
            return 0, backward.average_over_images(cell, int(units_read(cell.rule)[r, c, i]))
        case "dF", (i, u, v):
            return 0, backward.filter_gradient(cell, i, u, v)
        case "f_next", (u, v, i):
            gradient = backward.filter_gradient(cell, i, u, v)
            return cell.at("f", u, v, i), backward.descent(cell, gradient)
    return cell.value, []  # X, y, f or wo


def _share_of_loss(cell: Cell) -> str:
    """Say how much an image's error is of the loss, and what an even share would be."""
    n, share = cell["E"].size, share_of_loss(cell)
    if n == 1 or math.isnan(share):
        return ""
    loss = compact(loss_of(cell))
    return (
        f"It makes {percent(share)} of the loss, {loss}, the mean over {n:,} images; "
        f"an even share is {percent(1 / n)}."
    )


def _opening(cell: Cell, start: float, steps: list[Step], through: str) -> str:
    """Say what the number is, before its factors are named."""
    name, value = entry_text(cell.tensor, cell.index), compact(cell.value)
    if not steps:
        return f"{name} = {value} is {given_words(cell)}."
    end = steps[-1].total
    if TENSORS[cell.tensor].update_of:
        return f"{name} went from {compact(start)} by {compact(end)} to {value}."
    if not through:
        return f"{name} = {value}."
    slope = float(layers.sigmoid_derivative(layers.sigmoid(np.array(end))))
    flat = f", where σ is flat: its slope is {compact(slope)} of at most 0.25"
    return f"{name} = σ({compact(end)}) = {value}{flat if slope < FLAT / 4 else ''}."
