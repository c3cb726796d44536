"""The chains behind the numbers of the backward pass, back to each image's error."""

import numpy as np

from cnnviz.numerics.blocks import blocks_of
from cnnviz.numerics.explain.backward import images_and_cells, units_read
from cnnviz.numerics.explain.cell import Cell
from cnnviz.numerics.explain.explanation import Numbers
from cnnviz.numerics.network import MAP_CELLS, MAP_SIZE, Floats
from cnnviz.numerics.tensors import entry_text
from cnnviz.numerics.tiling import Indices
from cnnviz.numerics.why.chain import Step, times
from cnnviz.numerics.why.forward import left_over


def error_wrt_output(cell: Cell) -> list[Step]:
    """Of ``−(y − o)``."""
    return [_distance(cell.value, f"−(y − o)[{cell.index[1]}]")]


def output_wrt_z(cell: Cell) -> list[Step]:
    """Of ``o (1 − o)``."""
    o = cell.at("o", *cell.index)
    small = "the output is saturated"
    return [
        Step(entry_text("o", cell.index), "the output", o, 1, small=small),
        Step("1 − o", "what it lacks of 1", o * (1 - o), 1, small=small),
    ]


def delta(cell: Cell, k: int) -> list[Step]:
    """Of ``delta[0, k]``: the error and the slopes that it came through."""
    error, slope = cell.at("error_wrt_output", 0, k), cell.at("output_wrt_z", 0, k)
    steps = [
        _distance(error, f"−(y − o)[{k}]"),
        _output_slope(error * slope, f"o (1 − o)[{k}]"),
    ]
    return steps + _standardisation(cell, cell.at("delta", 0, k))


def dense_gradient(cell: Cell, j: int) -> list[Step]:
    """Of ``dW[j, 0]``: all images' errors, the unit, and what is left after cancelling."""
    units = cell["a"][j].astype(np.float64)
    n = len(units)
    weights = np.full(n, 1 / n if cell.rule.corrects("scale") else 1.0)
    deltas = cell["delta"][0].astype(np.float64)
    steps = _deltas(cell, weights)
    if not cell.rule.corrects("scale"):
        count = Step("n", "images that are added", n, large="images are added, not averaged")
        steps = [count, *steps]
    sizes = weights * np.abs(deltas) * units
    return [
        *steps,
        Step(
            f"mean a[{j}]",
            "activation of the unit",
            float(sizes.sum()),
            1,
            small="the unit is off",
        ),
        left_over("a δ", "images", float((weights * deltas * units).sum())),
    ]


def map_gradient(cell: Cell, j: int, k: int) -> list[Step]:
    """Of ``G[j, k]``: dense weight, δ, and the slope of the unit."""
    steps = _weight(cell, cell["wo"][j, 0], _used(cell)[j, 0], f"wo[{j}]", "the dense weight")
    weight = steps[-1].total
    d, a = cell.at("delta", 0, k), cell.at("a", j, k)
    return [
        *steps,
        *times(weight, delta(cell, k)),
        _unit_slope(weight * d * a * (1 - a), f"a (1 − a)[{j}, {k}]"),
    ]


def average_over_images(cell: Cell, j: int) -> list[Step]:
    """Of ``g[j]``: dense weight, all images' errors, the unit's slopes, and what is left."""
    before, used = abs(float(cell["wo"][j, 0])), abs(float(_used(cell)[j, 0]))
    units = cell["a"][j].astype(np.float64)
    weights = np.full(len(units), used / len(units))
    sizes = weights * np.abs(cell["delta"][0]) * units * (1 - units)
    return [
        *_weight(cell, before, used, f"|wo[{j}]|", "the dense weight"),
        *_deltas(cell, weights),
        _unit_slope(float(sizes.sum()), f"mean a (1 − a)[{j}]"),
        left_over("G", "images", float(cell["G"][j].mean(dtype=np.float64))),
    ]


def filter_gradient(cell: Cell, i: int, u: int, v: int) -> list[Step]:
    """Of ``dF[i, u, v]``: ink, dense weights, all errors, slopes, and what is left."""
    windows, errors = cell["P"][:, :, :, u, v], cell["M"][:, :, i]
    units = units_read(cell.rule)[:, :, i]
    before = np.abs(cell["wo"][:, 0].astype(np.float64))[units]
    used = np.abs(_used(cell)[:, 0].astype(np.float64))[units]
    ink, through, slopes = _through_the_window(cell, windows, units, used)
    images, _ = images_and_cells(windows, errors)
    gradient = float(images.sum())
    what = "dense weights where the ink is"
    steps = [
        Step(
            f"Σ X[{u}:{u + MAP_SIZE}, {v}:{v + MAP_SIZE}]",
            "ink in the window, mean over the images",
            float(ink.sum()),
            MAP_CELLS,
            small="the window has little or no ink",
        ),
        *_weight(cell, (ink * before).sum(), through.sum(), "mean |wo|", what),
        *_deltas(cell, through),
        _unit_slope(slopes, "mean a (1 − a)"),
    ]
    if cell.rule.corrects("pairing"):
        within = left_over("X M", "places in an image", float(np.abs(images).sum()))
        return [*steps, within, left_over("X M", "images", gradient)]
    between = left_over("G", "images", float((ink * np.abs(errors)).sum()))
    return [*steps, between, left_over("X M", "places", gradient)]


def descent(cell: Cell, gradient: list[Step]) -> list[Step]:
    """Of the step ``−η`` times a gradient."""
    rate = -cell.learning_rate
    return [
        Step("−η", "the learning rate", rate, large="the learning rate is large"),
        *times(rate, gradient),
    ]


def _through_the_window(
    cell: Cell, windows: Floats, units: Indices, used: Numbers
) -> tuple[Numbers, Numbers, float]:
    """Return the mean window (24, 24), each image's ink · |wo| (n,), and Σ of that · |δ| · slope.

    Under a rule that averages the errors first, every image sees the mean window.
    """
    n = windows.shape[2]
    deltas = np.abs(cell["delta"][0].astype(np.float64)) / n
    ink = windows.mean(axis=2, dtype=np.float64)
    through, slopes = np.empty(n), 0.0
    for block in blocks_of(n):
        a = cell["a"][:, block].astype(np.float64)[units]
        seen = windows[:, :, block] if cell.rule.corrects("pairing") else ink[:, :, np.newaxis]
        weighed = seen * used[:, :, np.newaxis]
        through[block] = weighed.sum(axis=(0, 1))
        slopes += float(((weighed * a * (1 - a)).sum(axis=(0, 1)) * deltas[block]).sum())
    return ink, through / n, slopes


def _used(cell: Cell) -> Floats:
    """Return the dense weights that the error went back through."""
    return cell["wo"] if cell.rule.corrects("update-order") else cell["wo_next"]


def _weight(cell: Cell, before: float, used: float, symbol: str, what: str) -> list[Step]:
    """Lead to the dense weight that was used: the forward pass's, and how the update grew it."""
    steps = [
        Step(
            symbol,
            f"{what}, of the forward pass",
            float(before),
            small="dense weights are small",
            large="dense weights are large",
        )
    ]
    if not cell.rule.corrects("update-order"):
        steps.append(
            Step(
                "wo′ / wo",
                f"{what}: growth in this same iteration's update",
                float(used),
                small="the update made dense weights smaller before they were used",
                large="the update made dense weights larger before they were used",
            )
        )
    return steps


def _deltas(cell: Cell, weights: Numbers) -> list[Step]:
    """Lead from ``Σ weights`` to ``Σ weights · |δ|`` over the images."""
    errors = weights * np.abs(cell["error_wrt_output"][0])
    steps = [
        _distance(float(errors.sum()), "mean |y − o|"),
        _output_slope(float((errors * cell["output_wrt_z"][0]).sum()), "mean o (1 − o)"),
    ]
    total = float((weights * np.abs(cell["delta"][0])).sum())
    return steps + _standardisation(cell, total)


def _standardisation(cell: Cell, total: float) -> list[Step]:
    """Lead through the standardisation to δ, where the rule takes it into account."""
    if not cell.rule.corrects("standardisation"):
        return []
    deviation = cell.at("std", 0, 0)
    return [
        Step(
            "(d − mean d − ẑ · mean d ẑ) / d",
            "what the standardisation lets through",
            total * deviation,
            small="the images share the error, so standardising takes it away",
        ),
        Step(
            "1 / std z",
            "one over the deviation of z",
            total,
            small="the images' z lie far apart",
            large="the images' z lie close together",
        ),
    ]


def _distance(total: float, symbol: str) -> Step:
    return Step(
        symbol, "distance from the target", total, 1, small="outputs are near their targets"
    )


def _output_slope(total: float, symbol: str) -> Step:
    return Step(symbol, "slope of the output", total, 0.25, small="the output is saturated")


def _unit_slope(total: float, symbol: str) -> Step:
    return Step(symbol, "slope of the units", total, 0.25, small="units are saturated")
