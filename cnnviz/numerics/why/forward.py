"""The chains behind the numbers of the forward pass."""

import numpy as np

from cnnviz.numerics.explain.entry import Entry
from cnnviz.numerics.explain.explanation import Numbers
from cnnviz.numerics.explain.logit_contributions import logit_contributions
from cnnviz.numerics.network import DENSE_SIZE, FILTER_SIZE, Floats
from cnnviz.numerics.number_format import compact
from cnnviz.numerics.tensors import entry_text, seen_position, symbol
from cnnviz.numerics.why.chain import Cause, Link


def pixel(entry: Entry) -> list[Link]:
    """Return the chain of P: one pixel."""
    r, c, k, u, v = entry.index
    index = (r + u, c + v, k)
    return [
        Link(
            entry_text("X", index),
            "the pixel",
            entry.at("X", *index),
            1,
            small="there is no ink",
            seen=seen_position("X", index),
            cause="pixel",
        )
    ]


def correlation(entry: Entry) -> list[Link]:
    """Return the chain of C, A and a: ink, filter, and the rest after cancelling."""
    k, i, r, c = entry.unit
    ink, weights = entry.patch_and_filter
    return [
        Link(
            f"Σ {entry_text('P', (r, c, k))}",
            "ink in the patch",
            float(ink.sum()),
            FILTER_SIZE**2,
            small="the patch has little or no ink",
            seen=f"image {k}, patch at row {c + 1}, column {r + 1}",
            cause="ink",
        ),
        *_weighed_sum(
            ink,
            weights,
            f"f[:, :, {i}]",
            "weights of the filter under the ink",
            "filter weights",
            f"filter {i + 1}",
        ),
    ]


def dense(entry: Entry) -> list[Link]:
    """Return the chain of z: activations, their dense weights, and the rest after cancelling."""
    k = entry.index[1]
    units, weights = entry["a"][:, k].astype(np.float64), entry["wo"][:, 0].astype(np.float64)
    return [
        Link(
            f"Σ a[:, {k}]",
            "activations of the image",
            float(units.sum()),
            DENSE_SIZE,
            small="nearly all units are off",
            cause="activations",
        ),
        *_weighed_sum(units, weights, "wo", "dense weights they meet", "dense weights"),
    ]


def mean(entry: Entry) -> list[Link]:
    """Return the chain of the mean of z."""
    z = entry["z"].astype(np.float64)
    return [_size_of_z(z), left_over("z", "images", float(z.mean()), "images")]


def mean_of(name: str, values: Numbers) -> list[Link]:
    """Return the chain of the mean over the images of any number."""
    size = float(np.abs(values).mean())
    letter = symbol(name)
    return [
        Link(f"mean |{letter}|", "its size, mean over the images", size, cause="size"),
        left_over(letter, "images", float(values.mean()), "images"),
    ]


def loss(value: float) -> list[Link]:
    """Return the chain of the mean of E."""
    return [
        Link(
            "mean (y − o)²",
            "squared distance from the target, mean over the images",
            2 * value,
            1,
            small="the outputs are near their targets",
            cause="error",
        ),
        _half(value),
    ]


def std(entry: Entry) -> list[Link]:
    """Return the chain of the deviation of z."""
    z = entry["z"].astype(np.float64)
    return [
        _size_of_z(z),
        Link(
            "std z / mean |z|",
            "how much the images differ, of their size",
            entry.value,
            small="the images' z are nearly equal",
        ),
    ]


def standardised(entry: Entry) -> list[Link]:
    """Return the chain of zs and o: the distance of z from its mean, back to the image's units.

    Sizes of z and of its deviation say nothing by themselves, so what the units add is held
    against what is usual in the batch.
    """
    k = entry.index[1]
    distance = (entry.at("z", 0, k) - entry.at("mean", 0, 0)) / entry.at("std", 0, 0)
    contributions = logit_contributions(entry, k)
    if contributions is None:
        symbol = f"(z[0, {k}] − mean z) / std z"
        return [Link(symbol, "distance from the batch's mean, in deviations", distance)]
    return [
        Link(
            f"Σ |u[:, {k}]| / usual",
            "how far the image's units lie from the batch's means, where 1 is usual",
            contributions.size / contributions.usual if contributions.usual else 0.0,
            small="its units lie near the batch's means",
            large="its units lie far from the batch's means",
            cause="distance from the mean",
        ),
        Link(
            "Σ u / Σ |u| · usual",
            "share left after cancellation between units, u = wo (a − mean a) / std z",
            distance,
            small="what lies above the means and what lies below cancel",
            large="nearly all of them lie to the same side",
            cause="units",
        ),
    ]


def largest_map(entry: Entry) -> str:
    """Say which feature map makes most of an image's ẑ."""
    contributions = logit_contributions(entry, entry.index[1])
    if contributions is None or not np.isfinite(contributions.maps).all():
        return ""
    i = int(np.abs(contributions.maps).argmax())
    parts = ", ".join(compact(float(part)) for part in contributions.maps)
    return f"The feature maps add {parts}: most is map {i + 1}'s."


def error(entry: Entry) -> list[Link]:
    """Return the chain of E."""
    k = entry.index[1]
    distance = entry.at("y", 0, k) - entry.at("o", 0, k)
    return [
        Link(
            f"(y − o)²[{k}]",
            "squared distance from the target",
            distance**2,
            1,
            small="the output is near its target",
            cause="error",
        ),
        _half(distance**2 / 2),
    ]


def _half(error: float) -> Link:
    return Link("½", "half of it is the error", error, 0.5)


def left_over(symbol: str, things: str, total: float, cause: Cause) -> Link:
    """Return the last step of a sum: the share left after its terms have cancelled."""
    return Link(
        f"Σ {symbol} / Σ |{symbol}|",
        f"share left after cancellation between {things}",
        total,
        1,
        small=f"the {things} cancel",
        cause=cause,
    )


def _weighed_sum(
    given: Floats, weights: Floats, symbol: str, what: str, cause: Cause, seen: str = ""
) -> list[Link]:
    """Return the links from ``Σ given`` to ``Σ given · weights``, for `given` without negatives."""
    return [
        Link(
            f"mean |{symbol}|",
            what,
            float((given * np.abs(weights)).sum()),
            small="the weights are small",
            large="the weights are large",
            seen=seen,
            cause=cause,
        ),
        left_over("products", "products", float((given * weights).sum()), "products"),
    ]


def _size_of_z(z: Floats) -> Link:
    return Link("mean |z|", "size of z over the batch", float(np.abs(z).mean()), cause="size")
