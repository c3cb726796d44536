"""The chains behind the numbers of the forward pass."""

import numpy as np

from cnnviz.numerics.explain.cell import Cell
from cnnviz.numerics.explain.explanation import Numbers
from cnnviz.numerics.explain.logit_contributions import logit_contributions
from cnnviz.numerics.network import DENSE_SIZE, FILTER_SIZE, Floats
from cnnviz.numerics.number_format import compact
from cnnviz.numerics.tensors import entry_text, symbol
from cnnviz.numerics.why.chain import Step


def pixel(cell: Cell) -> list[Step]:
    """Of P: one pixel."""
    r, c, k, u, v = cell.index
    index = (r + u, c + v, k)
    return [
        Step(entry_text("X", index), "the pixel", cell.at("X", *index), 1, small="there is no ink")
    ]


def correlation(cell: Cell, k: int, i: int, r: int, c: int) -> list[Step]:
    """Of ``C[k, i, r, c]``: ink, the filter under it, and what is left after cancelling."""
    ink, weights = cell["P"][r, c, k].astype(np.float64), cell["f"][:, :, i].astype(np.float64)
    return [
        Step(
            f"Σ {entry_text('P', (r, c, k))}",
            "ink in the patch",
            float(ink.sum()),
            FILTER_SIZE**2,
            small="the patch has little or no ink",
        ),
        *_weighed_sum(ink, weights, f"f[:, :, {i}]", "weights of the filter under the ink"),
    ]


def dense(cell: Cell) -> list[Step]:
    """Of z: activations, the dense weights they meet, and what is left after cancelling."""
    k = cell.index[1]
    units, weights = cell["a"][:, k].astype(np.float64), cell["wo"][:, 0].astype(np.float64)
    return [
        Step(
            f"Σ a[:, {k}]",
            "activations of the image",
            float(units.sum()),
            DENSE_SIZE,
            small="nearly all units are off",
        ),
        *_weighed_sum(units, weights, "wo", "dense weights they meet"),
    ]


def mean(cell: Cell) -> list[Step]:
    """Of the mean of z."""
    z = cell["z"].astype(np.float64)
    return [_size_of_z(z), left_over("z", "images", float(z.mean()))]


def mean_of(name: str, values: Numbers) -> list[Step]:
    """Of the mean over the images of any number."""
    size = float(np.abs(values).mean())
    letter = symbol(name)
    return [
        Step(f"mean |{letter}|", "its size, mean over the images", size),
        left_over(letter, "images", float(values.mean())),
    ]


def loss(value: float) -> list[Step]:
    """Of the mean of E."""
    return [
        Step(
            "mean (y − o)²",
            "squared distance from the target, mean over the images",
            2 * value,
            1,
            small="the outputs are near their targets",
        ),
        _half(value),
    ]


def std(cell: Cell) -> list[Step]:
    """Of the deviation of z."""
    z = cell["z"].astype(np.float64)
    return [
        _size_of_z(z),
        Step(
            "std z / mean |z|",
            "how much the images differ, of their size",
            cell.value,
            small="the images' z are nearly equal",
        ),
    ]


def standardised(cell: Cell, k: int) -> list[Step]:
    """Of ``zs[0, k]``: the distance from the mean, in deviations, back to the image's units.

    Sizes of z and of its deviation say nothing by themselves, so what the units add is held
    against what is usual in the batch.
    """
    distance = (cell.at("z", 0, k) - cell.at("mean", 0, 0)) / cell.at("std", 0, 0)
    where = logit_contributions(cell, k)
    if where is None:
        symbol = f"(z[0, {k}] − mean z) / std z"
        return [Step(symbol, "distance from the batch's mean, in deviations", distance)]
    return [
        Step(
            f"Σ |u[:, {k}]| / usual",
            "how far the image's units lie from the batch's means, where 1 is usual",
            where.size / where.usual if where.usual else 0.0,
            small="its units lie near the batch's means",
            large="its units lie far from the batch's means",
        ),
        Step(
            "Σ u / Σ |u| · usual",
            "what is left of the sum over units, u = wo (a − mean a) / std z",
            distance,
            small="what lies above the means and what lies below cancel",
            large="nearly all of them lie to the same side",
        ),
    ]


def largest_map(cell: Cell, k: int) -> str:
    """Say which feature map makes most of an image's ẑ."""
    where = logit_contributions(cell, k)
    if where is None or not np.isfinite(where.maps).all():
        return ""
    i = int(np.abs(where.maps).argmax())
    parts = ", ".join(compact(float(part)) for part in where.maps)
    return f"The feature maps add {parts}: most is map {i + 1}'s."


def error(cell: Cell) -> list[Step]:
    """Of E."""
    k = cell.index[1]
    distance = cell.at("y", 0, k) - cell.at("o", 0, k)
    return [
        Step(
            f"(y − o)²[{k}]",
            "squared distance from the target",
            distance**2,
            1,
            small="the output is near its target",
        ),
        _half(distance**2 / 2),
    ]


def _half(error: float) -> Step:
    return Step("½", "half of it is the error", error, 0.5)


def left_over(symbol: str, things: str, total: float) -> Step:
    """Return the last step of a sum: what is left of its terms once they have cancelled."""
    return Step(
        f"Σ {symbol} / Σ |{symbol}|",
        f"what is left of the sum over {things}",
        total,
        1,
        small=f"the {things} cancel",
    )


def _weighed_sum(given: Floats, weights: Floats, symbol: str, what: str) -> list[Step]:
    """Lead from ``Σ given`` to ``Σ given · weights``, where `given` has no negatives."""
    return [
        Step(
            f"mean |{symbol}|",
            what,
            float((given * np.abs(weights)).sum()),
            small="the weights are small",
            large="the weights are large",
        ),
        left_over("products", "products", float((given * weights).sum())),
    ]


def _size_of_z(z: Floats) -> Step:
    return Step("mean |z|", "size of z over the batch", float(np.abs(z).mean()))
