"""How the numbers of the forward pass were made, from the images to each image's error."""

import math
from typing import Final

import numpy as np

from cnnviz.numerics.explain.cell import (
    Cell,
    running_sum,
    sum_of,
    sum_of_products,
)
from cnnviz.numerics.explain.explanation import Explanation, Picture, Term
from cnnviz.numerics.explain.logit_contributions import logit_contributions
from cnnviz.numerics.layers import sigmoid as sigmoid_of
from cnnviz.numerics.network import FILTER_COUNT, MAP_CELLS, MAP_SIZE, unravel_unit
from cnnviz.numerics.number_format import difference, latex, total
from cnnviz.numerics.tensors import entry_latex

NEARLY: Final = 5e-4
"""What a sigmoid lacks of 1 below which three digits would call it 1."""


def unit_words(j: int) -> str:
    """Say which unit stands at a place in the flattened maps."""
    i, r, c = unravel_unit(j)
    return f"feature map {i + 1} at [{r}, {c}]"


def given(cell: Cell) -> Explanation:
    """Of X, y, f and wo: what was there before the first operation."""
    term = cell.term(cell.tensor, *cell.index, what=given_words(cell))
    pictures: tuple[Picture, ...] = ()
    match cell.tensor, cell.index:
        case "X", (_, _, k):
            pictures = (Picture(f"X[:, :, {k}]", f"image {k}", cell["X"][:, :, k], "ink"),)
        case "f", (_, _, i):
            pictures = (Picture(f"f[:, :, {i}]", f"filter {i + 1}", cell["f"][:, :, i], "signed"),)
        case "wo", (j, _):
            i = unravel_unit(j)[0]
            maps = cell["wo"].reshape(FILTER_COUNT, MAP_SIZE, MAP_SIZE)
            rows = f"{i * MAP_CELLS}:{(i + 1) * MAP_CELLS}"
            pictures = (Picture(f"wo[{rows}]", f"dense weights {i + 1}", maps[i], "signed"),)
    return cell.explanation(latex(cell.value), (term,), pictures)


def given_words(cell: Cell) -> str:
    """Say what a number is that was there before the first operation."""
    match cell.tensor, cell.index:
        case "X", (_, _, k):
            return f"a pixel of image {k}: its ink, from 0 to 1"
        case "y", (_, k):
            digits = "above 4" if cell.value else "0 to 4"
            return f"the target of image {k}, whose digit is {digits}"
        case "f", (_, _, i):
            return f"a weight of filter {i + 1}, there before this iteration"
        case _:
            return f"the dense weight of {unit_words(cell.index[0])}, there before this iteration"


def patches(cell: Cell) -> Explanation:
    """Of ``P[r, c, k, u, v]``: one pixel."""
    r, c, k, u, v = cell.index
    pixel = cell.term("X", r + u, c + v, k, what=f"pixel of image {k}")
    pictures = (
        Picture(f"X[:, :, {k}]", f"image {k}", cell["X"][:, :, k], "ink", (r + u, c + v)),
        Picture(f"P[{r}, {c}, {k}]", "patch", cell["P"][r, c, k], "ink", (u, v)),
    )
    return cell.explanation(entry_latex("X", (r + u, c + v, k)), (pixel,), pictures)


def correlate(cell: Cell) -> Explanation:
    """Of ``C[k, i, r, c]``: a patch times a filter."""
    k, i, r, c = cell.index
    patch, weights = cell["P"][r, c, k].astype(np.float64), cell["f"][:, :, i]
    products = patch * weights
    pictures = (
        Picture(f"P[{r}, {c}, {k}]", f"patch of image {k}", cell["P"][r, c, k], "ink"),
        Picture(f"f[:, :, {i}]", f"filter {i + 1}", weights, "signed"),
        Picture("P · f", "products", products, "signed"),
    )
    terms = (
        Term("Σ P", "ink in the patch", float(patch.sum())),
        Term("Σ above 0", "products that add", float(products[products > 0].sum())),
        Term("Σ below 0", "products that take away", float(products[products < 0].sum())),
    )
    return cell.explanation(sum_of_products(patch, weights), terms, pictures, running_sum(products))


def sigmoid(cell: Cell) -> Explanation:
    """Of ``A[k, i, r, c]``: the sigmoid of one unit."""
    k, i, r, c = cell.index
    before = cell.term("C", *cell.index, what=f"before the sigmoid, filter {i + 1} of image {k}")
    title = f"filter {i + 1} over image {k}"
    picture = Picture(f"C[{k}, {i}]", title, cell["C"][k, i], "signed", (r, c))
    return cell.explanation(_sigmoid_of(before.value), (before,), (picture,))


def flatten(cell: Cell) -> Explanation:
    """Of ``a[j, k]``: one unit, in another place."""
    j, k = cell.index
    i, r, c = unravel_unit(j)
    unit = cell.term("A", k, i, r, c, what=f"{unit_words(j)}, image {k}")
    title = f"feature map {i + 1}"
    picture = Picture(f"A[{k}, {i}]", title, cell["A"][k, i], "activation", (r, c))
    return cell.explanation(entry_latex("A", (k, i, r, c)), (unit,), (picture,))


def dense(cell: Cell) -> Explanation:
    """Of ``z[0, k]``: all units of an image times their weights."""
    k = cell.index[1]
    maps = (FILTER_COUNT, MAP_SIZE, MAP_SIZE)
    units, weights = cell["a"][:, k].reshape(maps), cell["wo"].reshape(maps)
    products = units.astype(np.float64) * weights
    pictures: list[Picture] = []
    terms: list[Term] = []
    for i in range(FILTER_COUNT):
        rows = f"{i * MAP_CELLS}:{(i + 1) * MAP_CELLS}"
        pictures += (
            Picture(f"a[{rows}, {k}]", f"feature map {i + 1}", units[i], "activation"),
            Picture(f"wo[{rows}]", f"dense weights {i + 1}", weights[i], "signed"),
            Picture("a · wo", f"products {i + 1}", products[i], "signed"),
        )
        terms.append(
            Term(
                f"Σ a · wo of map {i + 1}", f"all of feature map {i + 1}", float(products[i].sum())
            )
        )
    numbers = total([latex(term.value) for term in terms], more=False)
    return cell.explanation(numbers, tuple(terms), tuple(pictures), running_sum(products))


def mean(cell: Cell) -> Explanation:
    """Of ``mean[0, 0]``: of z over the batch."""
    z = cell["z"][0]
    shares = z.astype(np.float64) / len(z)
    terms = (Term("n", "images", len(z)), _of_image(cell))
    numbers = rf"\frac{{1}}{{{len(z)}}} \left( {sum_of(z)} \right)"
    return cell.explanation(numbers, terms, running=running_sum(shares), shares=shares)


def std(cell: Cell) -> Explanation:
    """Of ``std[0, 0]``: how far z lies from its mean. An image's share is that of the variance."""
    z, middle = cell["z"][0].astype(np.float64), cell.at("mean", 0, 0)
    squares = (z - middle) ** 2
    shares = squares / (len(z) * cell.value)
    terms = (
        Term("n", "images", len(z)),
        Term("mean z", "mean of z over the batch", middle),
        _of_image(cell),
    )
    numbers = rf"\sqrt{{\frac{{1}}{{{len(z)}}} \left( {sum_of(squares)} \right)}}"
    return cell.explanation(numbers, terms, running=running_sum(shares), shares=shares)


def standardise(cell: Cell) -> Explanation:
    """Of ``zs[0, k]``: how many deviations z lies above the batch's mean."""
    k = cell.index[1]
    z = cell.term("z", 0, k, what=f"z of image {k}")
    middle = Term("mean z", "mean of z over the batch", cell.at("mean", 0, 0))
    deviation = Term("std z", "deviation of z over the batch", cell.at("std", 0, 0))
    numbers = rf"\frac{{{difference(z.value, middle.value)}}}{{{latex(deviation.value)}}}"
    terms: tuple[Term, ...] = (z, middle, deviation)
    if (where := logit_contributions(cell, k)) is not None:
        terms += tuple(
            Term(f"ẑ of map {i + 1}", f"what feature map {i + 1} adds to ẑ", float(part))
            for i, part in enumerate(where.maps)
        )
    return cell.explanation(numbers, terms)


def output(cell: Cell) -> Explanation:
    """Of ``o[0, k]``: the sigmoid of ẑ."""
    k = cell.index[1]
    standardised = cell.term("zs", 0, k, what=f"ẑ of image {k}")
    return cell.explanation(_sigmoid_of(standardised.value), (standardised,))


def error(cell: Cell) -> Explanation:
    """Of ``E[0, k]``: half the squared distance from the target."""
    y, o = target_and_output(cell)
    numbers = rf"\frac{{({difference(y.value, o.value)})^2}}{{2}}"
    n, loss = cell["E"].size, loss_of(cell)
    terms: tuple[Term, ...] = (y, o)
    if n > 1:  # one image alone is no batch
        share = Term("share of the loss", "E / (n · loss)", share_of_loss(cell))
        terms += (Term("loss", f"the mean of E over {n:,} images", loss), share)
    return cell.explanation(numbers, terms)


def loss_of(cell: Cell) -> float:
    """Return the mean of E."""
    return float(cell["E"].mean(dtype=np.float64))


def share_of_loss(cell: Cell) -> float:
    """Return how much of the sum of E the cell's image has, 0 to 1; NaN where there is no error."""
    total = float(cell["E"].sum(dtype=np.float64))
    return cell.value / total if total else math.nan


def target_and_output(cell: Cell) -> tuple[Term, Term]:
    """Return y and o of the cell's image."""
    k = cell.index[1]
    y = cell.term("y", 0, k, what=f"target of image {k}")
    return y, cell.term("o", 0, k, what=f"output for image {k}")


def _of_image(cell: Cell) -> Term:
    return cell.term("z", 0, cell.image, what=f"z of image {cell.image}")


def _sigmoid_of(t: float) -> str:
    text = rf"\sigma({latex(t)}) = \frac{{1}}{{1 + e^{{{latex(-t)}}}}}"
    rest = float(sigmoid_of(np.array(-t, np.float64)))
    return rf"{text} = 1 - {latex(rest)}" if 0 < rest < NEARLY else text
