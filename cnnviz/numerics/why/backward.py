"""The chains behind the numbers of the backward pass, back to each image's error."""

from dataclasses import replace

import numpy as np

from cnnviz.numerics.blocks import blocks_of
from cnnviz.numerics.explain.backward import images_and_cells, unit_and_image, units_read
from cnnviz.numerics.explain.entry import Entry
from cnnviz.numerics.explain.explanation import Numbers
from cnnviz.numerics.network import MAP_CELLS, MAP_SIZE, Floats
from cnnviz.numerics.tensors import entry_text, seen_position
from cnnviz.numerics.tiling import Indices
from cnnviz.numerics.why.chain import Link, times
from cnnviz.numerics.why.forward import left_over


def error_wrt_output(entry: Entry) -> list[Link]:
    """Return the chain of ``−(y − o)``."""
    return [_distance(entry.value, f"−(y − o)[{entry.index[1]}]")]


def output_wrt_z(entry: Entry) -> list[Link]:
    """Return the chain of ``o (1 − o)``."""
    o = entry.at("o", *entry.index)
    small = "the output is saturated"
    return [
        Link(entry_text("o", entry.index), "the output", o, 1, small=small),
        Link("1 − o", "what it lacks of 1", o * (1 - o), 1, small=small),
    ]


def delta(entry: Entry) -> list[Link]:
    """Return the chain of the image's δ: the error, and the slopes on its way."""
    k = entry.index[1]
    error, slope = entry.at("error_wrt_output", 0, k), entry.at("output_wrt_z", 0, k)
    steps = [
        _distance(error, f"−(y − o)[{k}]"),
        _output_slope(error * slope, f"o (1 − o)[{k}]"),
    ]
    return steps + _standardisation(entry, entry.at("delta", 0, k))


def dense_gradient(entry: Entry) -> list[Link]:
    """Return the chain of ``dW[j, 0]``: all images' errors, the unit, and the rest."""
    j = entry.index[0]
    units = entry["a"][j].astype(np.float64)
    n = len(units)
    weights = np.full(n, 1 / n if entry.rule.corrects("scale") else 1.0)
    deltas = entry["delta"][0].astype(np.float64)
    steps = _deltas(entry, weights)
    if not entry.rule.corrects("scale"):
        large = "images are added, not averaged"
        count = Link("n", "images that are added", n, large=large, cause="count")
        steps = [count, *steps]
    sizes = weights * np.abs(deltas) * units
    return [
        *steps,
        Link(
            f"mean a[{j}]",
            "activation of the unit",
            float(sizes.sum()),
            1,
            small="the unit is off",
            seen=seen_position("wo", (j, 0)),
            cause="unit",
        ),
        left_over("a δ", "images", float((weights * deltas * units).sum()), "images"),
    ]


def gradient_at_maps(entry: Entry) -> list[Link]:
    """Return the chain of G, g and M: a unit's gradient, of one image or averaged over all."""
    j, k = unit_and_image(entry)
    return _average_over_images(entry, j) if k is None else _of_image(entry, j, k)


def _of_image(entry: Entry, j: int, k: int) -> list[Link]:
    """Return the links to ``G[j, k]``: dense weight, δ, and the slope of the unit."""
    before, used, seen = entry["wo"][j, 0], _used(entry)[j, 0], seen_position("wo", (j, 0))
    steps = _weight(entry, before, used, f"wo[{j}]", "the dense weight", seen)
    weight = steps[-1].total
    d, a = entry.at("delta", 0, k), entry.at("a", j, k)
    return [
        *steps,
        *times(weight, delta(replace(entry, tensor="delta", index=(0, k)))),
        _unit_slope(weight * d * a * (1 - a), f"a (1 − a)[{j}, {k}]", seen_position("a", (j, k))),
    ]


def _average_over_images(entry: Entry, j: int) -> list[Link]:
    """Return the links to ``g[j]``: dense weight, errors, the unit's slopes, and the rest."""
    before, used = abs(float(entry["wo"][j, 0])), abs(float(_used(entry)[j, 0]))
    seen = seen_position("wo", (j, 0))
    units = entry["a"][j].astype(np.float64)
    weights = np.full(len(units), used / len(units))
    sizes = weights * np.abs(entry["delta"][0]) * units * (1 - units)
    return [
        *_weight(entry, before, used, f"|wo[{j}]|", "the dense weight", seen),
        *_deltas(entry, weights),
        _unit_slope(float(sizes.sum()), f"mean a (1 − a)[{j}]", seen),
        left_over("G", "images", float(entry["G"][j].mean(dtype=np.float64)), "images"),
    ]


def filter_gradient(entry: Entry) -> list[Link]:
    """Return the chain of ``dF[i, u, v]``: ink, dense weights, all errors, slopes, and the rest."""
    i, u, v = entry.index
    windows, errors = entry["P"][:, :, :, u, v], entry["M"][:, :, i]
    units = units_read(entry.rule)[:, :, i]
    before = np.abs(entry["wo"][:, 0].astype(np.float64))[units]
    used = np.abs(_used(entry)[:, 0].astype(np.float64))[units]
    ink, through, slopes = _through_the_window(entry, windows, units, used)
    images, _ = images_and_cells(windows, errors)
    gradient = float(images.sum())
    what = "dense weights where the ink is"
    steps = [
        Link(
            f"Σ X[{u}:{u + MAP_SIZE}, {v}:{v + MAP_SIZE}]",
            "ink in the window, mean over the images",
            float(ink.sum()),
            MAP_CELLS,
            small="the window has little or no ink",
            seen=f"window from row {v + 1}, column {u + 1}",
            cause="ink",
        ),
        *_weight(entry, (ink * before).sum(), through.sum(), "mean |wo|", what),
        *_deltas(entry, through),
        _unit_slope(slopes, "mean a (1 − a)"),
    ]
    if entry.rule.corrects("pairing"):
        size = float(np.abs(images).sum())
        within = left_over("X M", "positions in an image", size, "positions")
        return [*steps, within, left_over("X M", "images", gradient, "images")]
    between = left_over("G", "images", float((ink * np.abs(errors)).sum()), "images")
    return [*steps, between, left_over("X M", "positions", gradient, "positions")]


def descent(entry: Entry, gradient: list[Link]) -> list[Link]:
    """Return the chain of the step ``−η`` times a gradient."""
    rate = -entry.learning_rate
    return [
        Link(
            "−η",
            "the learning rate",
            rate,
            large="the learning rate is large",
            cause="learning rate",
        ),
        *times(rate, gradient),
    ]


def _through_the_window(
    entry: Entry, windows: Floats, units: Indices, used: Numbers
) -> tuple[Numbers, Numbers, float]:
    """Return the mean window (24, 24), each image's ink · |wo| (n,), and Σ of that · |δ| · slope.

    Under a rule that averages the errors first, every image sees the mean window.
    """
    n = windows.shape[2]
    deltas = np.abs(entry["delta"][0].astype(np.float64)) / n
    ink = windows.mean(axis=2, dtype=np.float64)
    through, slopes = np.empty(n), 0.0
    for block in blocks_of(n):
        a = entry["a"][:, block].astype(np.float64)[units]
        seen = windows[:, :, block] if entry.rule.corrects("pairing") else ink[:, :, np.newaxis]
        weighed = seen * used[:, :, np.newaxis]
        through[block] = weighed.sum(axis=(0, 1))
        slopes += float(((weighed * a * (1 - a)).sum(axis=(0, 1)) * deltas[block]).sum())
    return ink, through / n, slopes


def _used(entry: Entry) -> Floats:
    """Return the dense weights that the error went back through."""
    return entry["wo"] if entry.rule.corrects("update-order") else entry["wo_next"]


def _weight(
    entry: Entry, before: float, used: float, symbol: str, what: str, seen: str = ""
) -> list[Link]:
    """Return the links to the dense weight used: the forward pass's, and its growth."""
    steps = [
        Link(
            symbol,
            f"{what}, of the forward pass",
            float(before),
            small="dense weights are small",
            large="dense weights are large",
            seen=seen,
            cause="dense weights",
        )
    ]
    if not entry.rule.corrects("update-order"):
        steps.append(
            Link(
                "wo′ / wo",
                f"{what}: growth in this same iteration's update",
                float(used),
                small="the update made dense weights smaller before they were used",
                large="the update made dense weights larger before they were used",
                cause="growth",
            )
        )
    return steps


def _deltas(entry: Entry, weights: Numbers) -> list[Link]:
    """Return the links from ``Σ weights`` to ``Σ weights · |δ|`` over the images."""
    errors = weights * np.abs(entry["error_wrt_output"][0])
    steps = [
        _distance(float(errors.sum()), "mean |y − o|"),
        _output_slope(float((errors * entry["output_wrt_z"][0]).sum()), "mean o (1 − o)"),
    ]
    total = float((weights * np.abs(entry["delta"][0])).sum())
    return steps + _standardisation(entry, total)


def _standardisation(entry: Entry, total: float) -> list[Link]:
    """Return the links through the standardisation to δ, if the rule carries δ back through it."""
    if not entry.rule.corrects("standardisation"):
        return []
    deviation = entry.at("std", 0, 0)
    return [
        Link(
            "(d − mean d − ẑ · mean d ẑ) / d",
            "what the standardisation lets through",
            total * deviation,
            small="the images share the error, so standardising takes it away",
            cause="standardisation",
        ),
        Link(
            "1 / std z",
            "one over the deviation of z",
            total,
            small="the images' z lie far apart",
            large="the images' z lie close together",
            cause="deviation",
        ),
    ]


def _distance(total: float, symbol: str) -> Link:
    return Link(
        symbol,
        "distance from the target",
        total,
        1,
        small="outputs are near their targets",
        cause="distance",
    )


def _output_slope(total: float, symbol: str) -> Link:
    small = "the output is saturated"
    return Link(symbol, "slope of the output", total, 0.25, small=small, cause="output slope")


def _unit_slope(total: float, symbol: str, seen: str = "") -> Link:
    small = "units are saturated"
    return Link(
        symbol, "slope of the units", total, 0.25, small=small, seen=seen, cause="unit slope"
    )
