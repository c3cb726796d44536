"""Explains the numbers of the forward pass, from the images to each image's error."""

import math
from collections.abc import Callable
from typing import Final, Literal

import numpy as np

from cnnviz.numerics.explain.entry import Entry, mean_of, running_sum, sum_of_products
from cnnviz.numerics.explain.explanation import Explanation, Heatmap, Term
from cnnviz.numerics.explain.logit_contributions import logit_contributions
from cnnviz.numerics.layers import sigmoid as sigmoid_of
from cnnviz.numerics.network import FILTER_COUNT, MAP_CELLS, MAP_SIZE, ravel_unit, unravel_unit
from cnnviz.numerics.number_format import difference, latex, total
from cnnviz.numerics.tensors import entry_latex

NEARLY: Final = 5e-4
"""Distance of a sigmoid from 1 below which three digits would round it to 1."""


def given(entry: Entry) -> Explanation:
    """Explain X, y, f and wo, which exist before the first operation."""
    picture: Heatmap | None = None
    match entry.tensor, entry.index:
        case "X", (_, _, k):
            what = f"a pixel of image {k}: its ink, from 0 to 1"
            picture = Heatmap(f"X[:, :, {k}]", f"image {k}", entry["X"][:, :, k], "ink")
        case "y", (_, k):
            digits = "above 4" if entry.value else "0 to 4"
            what = f"the target of image {k}, whose digit is {digits}"
        case "f", (_, _, i):
            what = f"a weight of filter {i + 1}, there before this iteration"
            picture = Heatmap(f"f[:, :, {i}]", f"filter {i + 1}", entry["f"][:, :, i], "signed")
        case _:
            j = entry.index[0]
            what = "the dense weight of {}, there before this iteration"
            i = unravel_unit(j)[0]
            weights = entry["wo"].reshape(FILTER_COUNT, MAP_SIZE, MAP_SIZE)[i]
            rows = f"{i * MAP_CELLS}:{(i + 1) * MAP_CELLS}"
            picture = Heatmap(f"wo[{rows}]", f"dense weights {i + 1}", weights, "signed")
    term = entry.term(entry.tensor, *entry.index, what=what)
    return entry.explanation(latex(entry.value), (term,), (picture,) if picture else ())


def patches(entry: Entry) -> Explanation:
    """Explain ``P[r, c, k, u, v]``: one pixel."""
    r, c, k, u, v = entry.index
    pixel = entry.term("X", r + u, c + v, k, what="pixel of {}")
    pictures = (
        Heatmap(
            f"X[:, :, {k}]",
            f"image {k}",
            entry["X"][:, :, k],
            "ink",
            (r + u, c + v),
            entry=lambda row, col: ("X", (row, col, k)),
        ),
        Heatmap(f"P[{r}, {c}, {k}]", "patch", entry["P"][r, c, k], "ink", (u, v)),
    )
    return entry.explanation(entry_latex("X", (r + u, c + v, k)), (pixel,), pictures)


def correlate(entry: Entry) -> Explanation:
    """Explain ``C[k, i, r, c]``: a patch times a filter."""
    k, i, r, c = entry.index
    patch, weights = entry["P"][r, c, k].astype(np.float64), entry["f"][:, :, i]
    products = patch * weights
    pictures = (
        Heatmap(
            f"P[{r}, {c}, {k}]",
            f"patch of image {k}",
            entry["P"][r, c, k],
            "ink",
            entry=lambda u, v: ("P", (r, c, k, u, v)),
        ),
        Heatmap(
            f"f[:, :, {i}]",
            f"filter {i + 1}",
            weights,
            "signed",
            entry=lambda u, v: ("f", (u, v, i)),
        ),
        Heatmap("P · f", "products", products, "signed"),
    )
    terms = (
        Term("Σ P", "ink in the patch", float(patch.sum())),
        Term("Σ above 0", "products that add", float(products[products > 0].sum())),
        Term("Σ below 0", "products that take away", float(products[products < 0].sum())),
    )
    return entry.explanation(
        sum_of_products(patch, weights), terms, pictures, running_sum(products)
    )


def sigmoid(entry: Entry) -> Explanation:
    """Explain ``A[k, i, r, c]``: the sigmoid of one unit."""
    k, i, r, c = entry.index
    before = entry.term("C", *entry.index, what="before the sigmoid: {}")
    picture = _map(entry, "C", (k, i, r, c), f"filter {i + 1} over image {k}")
    return entry.explanation(_sigmoid_of(before.value), (before,), (picture,))


def flatten(entry: Entry) -> Explanation:
    """Explain ``a[j, k]``: one unit of A, at another index."""
    j, k = entry.index
    i, r, c = unravel_unit(j)
    unit = entry.term("A", k, i, r, c, what="activation of {}")
    picture = _map(entry, "A", (k, i, r, c), f"feature map {i + 1}")
    return entry.explanation(entry_latex("A", (k, i, r, c)), (unit,), (picture,))


def _map(
    entry: Entry, tensor: Literal["C", "A"], cell: tuple[int, int, int, int], title: str
) -> Heatmap:
    """Return the map that a cell of C or A is in, with the cell marked."""
    k, i, r, c = cell
    return Heatmap(
        f"{tensor}[{k}, {i}]",
        title,
        entry[tensor][k, i],
        "signed" if tensor == "C" else "activation",
        (r, c),
        entry=lambda row, col: (tensor, (k, i, row, col)),
    )


def dense(entry: Entry) -> Explanation:
    """Explain ``z[0, k]``: all units of an image times their weights."""
    k = entry.index[1]
    maps = (FILTER_COUNT, MAP_SIZE, MAP_SIZE)
    units, weights = entry["a"][:, k].reshape(maps), entry["wo"].reshape(maps)
    products = units.astype(np.float64) * weights
    pictures: list[Heatmap] = []
    terms: list[Term] = []
    for i in range(FILTER_COUNT):
        rows = f"{i * MAP_CELLS}:{(i + 1) * MAP_CELLS}"
        pictures += (
            Heatmap(
                f"a[{rows}, {k}]",
                f"feature map {i + 1}",
                units[i],
                "activation",
                entry=_unit_entry("a", i, k),
            ),
            Heatmap(
                f"wo[{rows}]",
                f"dense weights {i + 1}",
                weights[i],
                "signed",
                entry=_unit_entry("wo", i, 0),
            ),
            Heatmap("a · wo", f"products {i + 1}", products[i], "signed"),
        )
        terms.append(
            Term(
                f"Σ a · wo of map {i + 1}", f"all of feature map {i + 1}", float(products[i].sum())
            )
        )
    numbers = total([latex(term.value) for term in terms], more=False)
    return entry.explanation(numbers, tuple(terms), tuple(pictures), running_sum(products))


def mean(entry: Entry) -> Explanation:
    """Explain ``mean[0, 0]``, the mean of z over the batch."""
    z = entry["z"][0]
    shares = z.astype(np.float64) / len(z)
    terms = (Term("n", "images", len(z)), _of_image(entry))
    return entry.explanation(mean_of(z), terms, shares=shares)


def std(entry: Entry) -> Explanation:
    """Explain ``std[0, 0]``: the deviation of z. An image's share is that of the variance."""
    z, middle = entry["z"][0].astype(np.float64), entry.at("mean", 0, 0)
    squares = (z - middle) ** 2
    shares = squares / (len(z) * entry.value)
    terms = (
        Term("n", "images", len(z)),
        Term("mean z", "mean of z over the batch", middle),
        _of_image(entry),
    )
    return entry.explanation(rf"\sqrt{{{mean_of(squares)}}}", terms, shares=shares)


def standardise(entry: Entry) -> Explanation:
    """Explain ``zs[0, k]``: how many deviations z lies above the batch's mean."""
    k = entry.index[1]
    z = entry.term("z", 0, k, what=f"z of image {k}")
    middle = Term("mean z", "mean of z over the batch", entry.at("mean", 0, 0))
    deviation = Term("std z", "deviation of z over the batch", entry.at("std", 0, 0))
    numbers = rf"\frac{{{difference(z.value, middle.value)}}}{{{latex(deviation.value)}}}"
    terms: tuple[Term, ...] = (z, middle, deviation)
    if (where := logit_contributions(entry, k)) is not None:
        terms += tuple(
            Term(f"ẑ of map {i + 1}", f"what feature map {i + 1} adds to ẑ", float(part))
            for i, part in enumerate(where.maps)
        )
    return entry.explanation(numbers, terms)


def output(entry: Entry) -> Explanation:
    """Explain ``o[0, k]``: the sigmoid of ẑ."""
    k = entry.index[1]
    standardised = entry.term("zs", 0, k, what=f"ẑ of image {k}")
    return entry.explanation(_sigmoid_of(standardised.value), (standardised,))


def error(entry: Entry) -> Explanation:
    """Explain ``E[0, k]``: half the squared distance from the target."""
    y, o = target_and_output(entry)
    numbers = rf"\frac{{({difference(y.value, o.value)})^2}}{{2}}"
    n, loss = entry["E"].size, loss_of(entry)
    terms: tuple[Term, ...] = (y, o)
    if n > 1:  # one image alone is not a batch
        share = Term("share of the loss", "E / (n · loss)", share_of_loss(entry))
        terms += (Term("loss", f"the mean of E over {n:,} images", loss), share)
    return entry.explanation(numbers, terms)


def loss_of(entry: Entry) -> float:
    """Return the mean of E."""
    return float(entry["E"].mean(dtype=np.float64))


def share_of_loss(entry: Entry) -> float:
    """Return the image's share of the sum of E, 0 to 1; NaN if the sum is 0."""
    total = float(entry["E"].sum(dtype=np.float64))
    return entry.value / total if total else math.nan


def target_and_output(entry: Entry) -> tuple[Term, Term]:
    """Return y and o of the entry's image."""
    k = entry.index[1]
    y = entry.term("y", 0, k, what=f"target of image {k}")
    return y, entry.term("o", 0, k, what=f"output for image {k}")


def _of_image(entry: Entry) -> Term:
    return entry.term("z", 0, entry.image, what=f"z of image {entry.image}")


def _sigmoid_of(t: float) -> str:
    text = rf"\sigma({latex(t)}) = \frac{{1}}{{1 + e^{{{latex(-t)}}}}}"
    rest = float(sigmoid_of(np.array(-t, np.float64)))
    return rf"{text} = 1 - {latex(rest)}" if 0 < rest < NEARLY else text


def _unit_entry(name: str, i: int, last: int) -> Callable[[int, int], tuple[str, tuple[int, ...]]]:
    """Return what gives the entry of a flattened tensor for a unit of map i."""
    return lambda r, c: (name, (ravel_unit(i, r, c), last))
