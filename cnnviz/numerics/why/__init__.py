"""Explains the size of a number by the chain of factors behind it."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np

from cnnviz.numerics import layers
from cnnviz.numerics.explain.entry import Entry
from cnnviz.numerics.explain.explanation import Explanation
from cnnviz.numerics.explain.forward import given, loss_of, share_of_loss
from cnnviz.numerics.explain.mean import of_images
from cnnviz.numerics.number_format import compact, percent
from cnnviz.numerics.operations import TITLES
from cnnviz.numerics.tensors import TENSORS, entry_as_seen, symbol
from cnnviz.numerics.variants import Variant
from cnnviz.numerics.why import backward, forward
from cnnviz.numerics.why.chain import Cause, Factor, Link, factors, words
from cnnviz.numerics.why.images import largest_share

__all__ = ["Cause", "Factor", "Why", "why"]

FLAT: Final = 0.01
"""Slope of a sigmoid, of the ¼ that it can be, below which it is called flat."""


@dataclass(frozen=True, slots=True)
class Why:
    """The chain behind one number.

    The product of the factors is the value; of a parameter after its update, it is the change; of
    a result of the sigmoid, the value before the sigmoid.
    """

    tensor: str
    index: tuple[int, ...]
    value: float
    factors: tuple[Factor, ...]
    """The largest effect first. Empty if the entry existed before the iteration."""
    sentence: str
    """What made it small or large, in words."""
    axis: int | None
    """The tensor's axis of images, if the value is the mean along it."""
    left_out: frozenset[Cause] = frozenset()
    """The causes that are left out."""
    recomputed: float | None = None
    """The value without them, computed again in the network; None if none is left out."""


_CHAINS: Final[dict[str, Callable[[Entry], list[Link]]]] = {
    "P": forward.pixel,
    "C": forward.correlation,
    "A": forward.correlation,
    "a": forward.correlation,
    "z": forward.dense,
    "mean": forward.mean,
    "std": forward.std,
    "zs": forward.standardised,
    "o": forward.standardised,
    "E": forward.error,
    "error_wrt_output": backward.error_wrt_output,
    "output_wrt_z": backward.output_wrt_z,
    "delta": backward.delta,
    "dW": backward.dense_gradient,
    "G": backward.gradient_at_maps,
    "g": backward.gradient_at_maps,
    "M": backward.gradient_at_maps,
    "dF": backward.filter_gradient,
}
"""The chains, by tensor, but for those that existed before the iteration and their next states."""


def why(entry: Entry, explanation: Explanation | None = None, mean_over: int | None = None) -> Why:
    """Find the factors that made an entry of a tensor, back through the operations.

    Raises KeyError if a tensor of the chain is missing.

    Parameters
    ----------
    entry : Entry
        With all tensors that were computed before its own.
    explanation : Explanation or None
        Of the same entry; with each image's share, the sentence names the largest.
    mean_over : int or None
        The tensor's axis of images, to explain the mean along it.
    """
    if (variant := _put_in_before(entry)) is not None:
        return _not_traced(entry, variant, mean_over)
    known, whose = TENSORS[entry.tensor], largest_share(explanation) if explanation else ""
    explained, value = "it", entry.value
    with np.errstate(all="ignore"):
        if mean_over is not None:
            values = of_images(entry, mean_over)
            value = float(values.mean())
            is_loss = entry.tensor == "E"
            steps = forward.loss(value) if is_loss else forward.mean_of(entry.tensor, values)
            called = entry_as_seen(entry.tensor, entry.index, mean_over)
            opening = f"{called} = {compact(value)}, over {len(values):,} images."
        else:
            steps = _chain(entry)
            if known.sigmoid_of:
                explained = symbol(known.sigmoid_of)
            elif known.update_of:
                explained = "the step"
            opening = _opening(entry, steps)
            if entry.tensor == "E":
                whose = _share_of_loss(entry)
            elif entry.tensor in ("zs", "o"):
                whose = forward.largest_map(entry)
    found = factors(steps)
    sentence = " ".join(part for part in (opening, words(found, explained), whose) if part)
    return Why(entry.tensor, entry.index, value, found, sentence, mean_over)


def _put_in_before(entry: Entry) -> Variant | None:
    """Return a fault or own code through which the chain of an entry might go."""
    names = [*TITLES]
    written_by = TENSORS[entry.tensor].written_by
    reached = names[: names.index(written_by) + 1] if written_by else []
    return next((one for one in entry.rule.extra if one.operation in reached), None)


def _not_traced(entry: Entry, variant: Variant, mean_over: int | None) -> Why:
    value = entry.value if mean_over is None else float(of_images(entry, mean_over).mean())
    called = entry_as_seen(entry.tensor, entry.index, mean_over)
    title = TITLES[variant.operation]
    sentence = (
        f"{called} = {compact(value)}. It depends on the {title}, which is computed as "
        f"“{variant.name}”; where that comes from is not traced."
    )
    return Why(entry.tensor, entry.index, value, (), sentence, mean_over)


def _chain(entry: Entry) -> list[Link]:
    """Return the steps from 1 to the product of the factors."""
    if TENSORS[entry.tensor].update_of:
        gradient = entry.gradient()
        return backward.descent(entry, _CHAINS[gradient.tensor](gradient))
    chain = _CHAINS.get(entry.tensor)
    return chain(entry) if chain else []


def _share_of_loss(entry: Entry) -> str:
    """Compare an image's share of the loss with an even one, in words."""
    n, share = entry["E"].size, share_of_loss(entry)
    if n == 1 or math.isnan(share):
        return ""
    loss = compact(loss_of(entry))
    return (
        f"It makes {percent(share)} of the loss, {loss}, the mean over {n:,} images; "
        f"an even share is {percent(1 / n)}."
    )


def _opening(entry: Entry, steps: list[Link]) -> str:
    """Describe the number, before its factors are named."""
    known = TENSORS[entry.tensor]
    name, value = entry_as_seen(entry.tensor, entry.index), compact(entry.value)
    if not steps:
        return f"{name} = {value} is {given(entry).terms[0].what}."
    end = steps[-1].total
    if known.update_of:
        before = compact(entry.at(known.update_of, *entry.index))
        return f"{name} went from {before} by {compact(end)} to {value}."
    if not known.sigmoid_of:
        return f"{name} = {value}."
    slope = float(layers.sigmoid_derivative(layers.sigmoid(np.array(end))))
    flat = f", where σ is flat: its slope is {compact(slope)} (max 0.25)"
    return f"{name} = σ({compact(end)}) = {value}{flat if slope < FLAT / 4 else ''}."
