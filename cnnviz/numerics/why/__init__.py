"""Why a number is what it is: the chain of factors behind it."""

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from cnnviz.numerics import layers
from cnnviz.numerics.explain.backward import units_read
from cnnviz.numerics.explain.entry import Entry
from cnnviz.numerics.explain.explanation import Explanation
from cnnviz.numerics.explain.forward import given_words, loss_of, share_of_loss
from cnnviz.numerics.explain.mean import of_images
from cnnviz.numerics.network import Tensors, unravel_unit
from cnnviz.numerics.number_format import compact, percent
from cnnviz.numerics.rule import Rule
from cnnviz.numerics.tensors import TENSORS, entry_text, symbol
from cnnviz.numerics.why import backward, forward
from cnnviz.numerics.why.chain import Factor, Link, factors, words
from cnnviz.numerics.why.images import largest_share

__all__ = ["Factor", "Why", "why"]

FLAT: Final = 0.01
"""Slope of a sigmoid, of the ¼ that it can be, below which it is called flat."""


@dataclass(frozen=True, slots=True)
class Why:
    """The chain behind one number: ``value = start + product of the factors``.

    If `through` is σ, it is the sigmoid of that.

    Attributes
    ----------
    start : float
        What was there before a step: the parameter that is updated; else 0.
    factors : tuple of Factor
        The largest effect first. Empty if the entry existed before the iteration.
    sentence : str
        What made it small or large, in words.
    axis : int or None
        Of the tensor, if the value is the mean along it, over images.
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
    """Find the factors that made an entry of a tensor, back through the operations.

    Parameters
    ----------
    tensors : mapping of str to ndarray
        Of the iteration, computed as far as `tensor`.
    image : int
        The selected image; if all images contribute to the entry, its chain is the same for each.
    explanation : Explanation or None
        Of the same entry; with each image's share, the sentence names the largest.
    mean_over : int or None
        The tensor's axis of images, to explain the mean along it.

    Raises
    ------
    KeyError
        If a tensor of the chain is missing.
    IndexError
        If the index is outside.
    """
    entry = Entry(tensors, rule, learning_rate, tensor, index, image)
    if mean_over is not None:
        return _why_mean(entry, mean_over, explanation)
    with np.errstate(all="ignore"):
        start, steps = _chain(entry)
        whose = largest_share(explanation) if explanation is not None else ""
        if tensor == "E":
            whose = _share_of_loss(entry)
        elif tensor in ("zs", "o"):
            whose = forward.largest_map(entry, index[1])
    found = factors(steps)
    known = TENSORS[tensor]
    through: Literal["", "σ"] = "σ" if known.sigmoid_of else ""
    explained = "the step" if known.update_of else symbol(known.sigmoid_of) if through else "it"
    said = [_opening(entry, start, steps, through), words(found, explained), whose]
    return Why(
        tensor,
        index,
        entry.value,
        start,
        found,
        through,
        " ".join(part for part in said if part),
    )


def _why_mean(entry: Entry, axis: int, explanation: Explanation | None) -> Why:
    """Say why the mean over the images is what it is."""
    values = of_images(entry, axis)
    with np.errstate(all="ignore"):
        value = float(values.mean())
        steps = (
            forward.loss(value) if entry.tensor == "E" else forward.mean_of(entry.tensor, values)
        )
    found = factors(steps)
    called = entry_text(entry.tensor, entry.index, axis)
    whose = largest_share(explanation) if explanation is not None else ""
    said = [f"{called} = {compact(value)}, over {len(values):,} images.", words(found, "it"), whose]
    sentence = " ".join(part for part in said if part)
    return Why(entry.tensor, entry.index, value, 0, found, "", sentence, axis)


def _chain(entry: Entry) -> tuple[float, list[Link]]:
    """Return what was there before, and the steps from 1 to what came to it."""
    match entry.tensor, entry.index:
        case "P", _:
            return 0, forward.pixel(entry)
        case (("C" | "A"), (k, i, r, c)):
            return 0, forward.correlation(entry, k, i, r, c)
        case "a", (j, k):
            return 0, forward.correlation(entry, k, *unravel_unit(j))
        case "z", _:
            return 0, forward.dense(entry)
        case "mean", _:
            return 0, forward.mean(entry)
        case "std", _:
            return 0, forward.std(entry)
        case (("zs" | "o"), (_, k)):
            return 0, forward.standardised(entry, k)
        case "E", _:
            return 0, forward.error(entry)
        case "error_wrt_output", _:
            return 0, backward.error_wrt_output(entry)
        case "output_wrt_z", _:
            return 0, backward.output_wrt_z(entry)
        case "delta", (_, k):
            return 0, backward.delta(entry, k)
        case "dW", (j, _):
            return 0, backward.dense_gradient(entry, j)
        case "wo_next", (j, _):
            return entry.at("wo", j, 0), backward.descent(entry, backward.dense_gradient(entry, j))
        case (("G" | "g"), (j, k)):
            return 0, backward.map_gradient(entry, j, k)
        case "g", (j,):
            return 0, backward.average_over_images(entry, j)
        case "M", (r, c, i, k):
            return 0, backward.map_gradient(entry, int(units_read(entry.rule)[r, c, i]), k)
        case "M", (r, c, i):
            return 0, backward.average_over_images(entry, int(units_read(entry.rule)[r, c, i]))
        case "dF", (i, u, v):
            return 0, backward.filter_gradient(entry, i, u, v)
        case "f_next", (u, v, i):
            gradient = backward.filter_gradient(entry, i, u, v)
            return entry.at("f", u, v, i), backward.descent(entry, gradient)
    return entry.value, []  # X, y, f or wo


def _share_of_loss(entry: Entry) -> str:
    """Say how much an image's error is of the loss, and what an even share would be."""
    n, share = entry["E"].size, share_of_loss(entry)
    if n == 1 or math.isnan(share):
        return ""
    loss = compact(loss_of(entry))
    return (
        f"It makes {percent(share)} of the loss, {loss}, the mean over {n:,} images; "
        f"an even share is {percent(1 / n)}."
    )


def _opening(entry: Entry, start: float, steps: list[Link], through: str) -> str:
    """Say what the number is, before its factors are named."""
    name, value = entry_text(entry.tensor, entry.index), compact(entry.value)
    if not steps:
        return f"{name} = {value} is {given_words(entry)}."
    end = steps[-1].total
    if TENSORS[entry.tensor].update_of:
        return f"{name} went from {compact(start)} by {compact(end)} to {value}."
    if not through:
        return f"{name} = {value}."
    slope = float(layers.sigmoid_derivative(layers.sigmoid(np.array(end))))
    flat = f", where σ is flat: its slope is {compact(slope)} (max 0.25)"
    return f"{name} = σ({compact(end)}) = {value}{flat if slope < FLAT / 4 else ''}."
