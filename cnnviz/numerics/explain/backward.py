"""Explains the numbers of the backward pass, from each image's error to the new weights."""

import numpy as np

from cnnviz.numerics.blocks import blocks_of
from cnnviz.numerics.explain.entry import Entry, mean_of, running_sum, share_of, sum_of_products
from cnnviz.numerics.explain.explanation import Explanation, Heatmap, Numbers, Term
from cnnviz.numerics.explain.forward import target_and_output
from cnnviz.numerics.network import (
    DENSE_SIZE,
    FILTER_COUNT,
    MAP_SIZE,
    Floats,
    ravel_unit,
    unravel_unit,
)
from cnnviz.numerics.number_format import difference, digits_of_difference, factor, latex, product
from cnnviz.numerics.rule import Rule
from cnnviz.numerics.tensors import TENSORS, entry_latex
from cnnviz.numerics.tiling import Indices


def units_read(rule: Rule) -> Indices:
    """Return the unit of the flattened maps that each entry of M holds, shape (24, 24, 3)."""
    units = np.arange(DENSE_SIZE)
    if rule.corrects("layout"):
        return units.reshape(FILTER_COUNT, MAP_SIZE, MAP_SIZE).transpose(1, 2, 0)
    return units.reshape(MAP_SIZE, MAP_SIZE, FILTER_COUNT)


def unit_and_image(entry: Entry) -> tuple[int, int | None]:
    """Return the unit of an entry of G, g or M, and its image; None for the mean over all."""
    if entry.tensor == "M":
        r, c, i, *image = entry.index
        return int(units_read(entry.rule)[r, c, i]), image[0] if image else None
    j, *image = entry.index
    return j, image[0] if image else None


def error_wrt_output(entry: Entry) -> Explanation:
    """Explain ``∂E/∂o = −(y − o)``."""
    y, o = target_and_output(entry)
    return entry.explanation(f"{{-}}({difference(y.value, o.value)})", (y, o))


def output_wrt_z(entry: Entry) -> Explanation:
    """Explain ``σ′ = o (1 − o)``."""
    _, o = target_and_output(entry)
    rest = Term("1 − o", "what the output lacks of 1", 1 - o.value)
    return entry.explanation(product(o.value, rest.value), (o, rest))


def delta(entry: Entry) -> Explanation:
    """Explain ``delta[0, k]``: the error at an image's z."""
    k = entry.index[1]
    slope = entry["error_wrt_output"][0].astype(np.float64) * entry["output_wrt_z"][0]
    terms: tuple[Term, ...] = (
        entry.term("error_wrt_output", 0, k, what=f"−(y − o) of image {k}"),
        entry.term("output_wrt_z", 0, k, what=f"o (1 − o) of image {k}"),
    )
    numbers = product(*(term.value for term in terms))
    if entry.rule.corrects("standardisation"):
        zs = entry["zs"][0].astype(np.float64)
        own = Term("d", "−(y − o) · o · (1 − o): the error at ẑ", float(slope[k]))
        middle = Term("mean d", "its mean over the batch", float(slope.mean()))
        logit = entry.term("zs", 0, k, what=f"ẑ of image {k}")
        along = Term("mean d ẑ", "how far it goes with ẑ", float((slope * zs).mean()))
        deviation = Term("std z", "deviation of z over the batch", entry.at("std", 0, 0))
        terms += (own, middle, logit, along, deviation)
        largest = max(abs(own.value), abs(middle.value), abs(logit.value * along.value))
        digits = digits_of_difference(largest, entry.value * deviation.value)
        numbers = (
            rf"\frac{{{latex(own.value, digits)} - {factor(middle.value, digits)} - "
            rf"{factor(logit.value, digits)} \cdot {factor(along.value, digits)}}}"
            rf"{{{latex(deviation.value)}}}"
        )
    return entry.explanation(numbers, terms)


def dense_gradient(entry: Entry) -> Explanation:
    """Explain ``dW[j, 0]``: one unit times δ, over all images."""
    j = entry.index[0]
    i, row, column = unravel_unit(j)
    units, errors = entry["a"][j].astype(np.float64), entry["delta"][0]
    n = len(units)
    products = units * errors
    shares = products / n if entry.rule.corrects("scale") else products
    k = entry.image
    terms = (
        entry.term("a", j, k, what="activation of {}"),
        entry.term("delta", 0, k, what=f"δ of image {k}"),
        share_of(k, shares),
    )
    maps = entry["a"][:, k].reshape(FILTER_COUNT, MAP_SIZE, MAP_SIZE)
    title = f"feature map {i + 1} of image {k}"
    mark = row, column
    picture = Heatmap(
        f"a[:, {k}]",
        title,
        maps[i],
        "activation",
        mark,
        entry=lambda r, c: ("a", (ravel_unit(i, r, c), k)),
    )
    numbers = sum_of_products(units, errors)
    if entry.rule.corrects("scale"):
        numbers = rf"\frac{{1}}{{{n}}} \left( {numbers} \right)"
    return entry.explanation(numbers, terms, (picture,), shares=shares)


def update(entry: Entry) -> Explanation:
    """Explain ``wo_next[j, 0]`` and ``f_next[u, v, i]``: a weight less η times its gradient."""
    name, gradient = TENSORS[entry.tensor].update_of, entry.gradient()
    weight = "weight" if name == "f" else "dense weight"
    terms = (
        entry.term(name, *entry.index, what=f"{weight} before: {{}}"),
        Term("η", "learning rate", entry.learning_rate),
        gradient.term(gradient.tensor, *gradient.index, what="its gradient: {}"),
    )
    before, *step = (term.value for term in terms)
    return entry.explanation(f"{latex(before)} - {product(*step)}", terms)


def map_gradient(entry: Entry) -> Explanation:
    """Explain ``G[j, k]``: the error of one unit of one image."""
    j, k = entry.index
    if entry.rule.corrects("update-order"):
        weight = entry.term("wo", j, 0, what="dense weight of the forward pass: {}")
    else:
        weight = entry.term("wo_next", j, 0, what="dense weight, updated already: {}")
    unit = entry.term("a", j, k, what="activation of {}")
    terms = (
        weight,
        entry.term("delta", 0, k, what=f"δ of image {k}"),
        unit,
        Term(f"1 − {unit.symbol}", "what the unit lacks of 1", 1 - unit.value),
    )
    return entry.explanation(product(*(term.value for term in terms)), terms)


def average_over_images(entry: Entry) -> Explanation:
    """Explain ``g``: the unit's error as it is, or averaged over the images."""
    if entry.rule.corrects("pairing"):
        j, k = entry.index
        own = entry.term("G", j, k, what="gradient for {}")
        return entry.explanation(entry_latex("G", (j, k)), (own,))
    (j,) = entry.index
    errors = entry["G"][j].astype(np.float64)
    shares = errors / len(errors)
    k = entry.image
    terms = (
        entry.term("G", j, k, what="gradient for {}"),
        Term("n", "images", len(errors)),
    )
    adding = "each image's error"
    return entry.explanation(mean_of(errors), terms, shares=shares, adding=adding)


def reshape(entry: Entry) -> Explanation:
    """Explain ``M[r, c, i]``: the unit whose gradient was read."""
    r, c, i, *image = entry.index
    j = int(units_read(entry.rule)[r, c, i])
    read = entry.term("g", j, *image, what="gradient for {}")
    errors = entry["g"][:, image[0]] if image else entry["g"]
    of, row, column = unravel_unit(j)
    maps = errors.reshape(FILTER_COUNT, MAP_SIZE, MAP_SIZE)
    title = f"gradient for feature map {of + 1}"
    mark = row, column
    picture = Heatmap(
        "g",
        title,
        maps[of],
        "signed",
        mark,
        entry=lambda r, c: ("g", (ravel_unit(of, r, c), *image)),
    )
    return entry.explanation(entry_latex("g", (j, *image)), (read,), (picture,))


def filter_gradient(entry: Entry) -> Explanation:
    """Explain ``dF[i, u, v]``: a shifted window of every image times the gradient map."""
    i, u, v = entry.index
    k = entry.image
    window, errors = entry["P"][:, :, k, u, v], error_map(entry["M"], i, k)
    axes = entry["M"].ndim
    products = window.astype(np.float64) * errors
    shares, cells = images_and_cells(entry["P"][:, :, :, u, v], entry["M"][:, :, i])
    shown = f"X[{u}:{u + MAP_SIZE}, {v}:{v + MAP_SIZE}, {k}]"
    whose = f"of image {k}" if entry.rule.corrects("pairing") else "of all images"
    pictures = (
        Heatmap(
            shown,
            f"window of image {k}",
            window,
            "ink",
            entry=lambda r, c: ("P", (r, c, k, u, v)),
        ),
        Heatmap(
            f"M[:, :, {i}]",
            f"gradient map {i + 1} {whose}",
            errors,
            "signed",
            entry=lambda r, c: ("M", (r, c, i, k)[:axes]),
        ),
        Heatmap("X · M", f"products for image {k}", products, "signed"),
        Heatmap("mean of X · M", "products, mean over all images", cells, "signed"),
    )
    terms: tuple[Term, ...] = (
        Term("Σ X · M", f"sum of the products for image {k}", float(products.sum())),
        Term("n", "images", len(shares)),
        share_of(k, shares, "" if entry.rule.corrects("pairing") else " with its ink"),
    )
    errors_add = shares_of_errors(entry)
    if errors_add is not None:
        terms += (_largest_error(errors_add),)
    numbers = mean_of(shares * len(shares))
    adding = "each image" if entry.rule.corrects("pairing") else "each image's ink"
    return entry.explanation(
        numbers, terms, pictures, running_sum(cells), shares, adding, errors=errors_add
    )


def shares_of_errors(entry: Entry) -> Numbers | None:
    """Return the share of each image's error in an entry of dF, shape (n,); they sum to it.

    None if the rule pairs each image with its own gradient, so that error and ink of an image have
    one share, or if G is missing.
    """
    if entry.rule.corrects("pairing") or "G" not in entry.tensors:
        return None
    i, u, v = entry.index
    G, n = entry["G"], entry["G"].shape[1]
    met = np.zeros(DENSE_SIZE)  # the mean window, at the units whose errors it meets
    met[units_read(entry.rule)[:, :, i]] = entry["P"][:, :, :, u, v].mean(axis=2, dtype=np.float64)
    shares: Numbers = np.empty(n)
    for block in blocks_of(n):
        shares[block] = met @ G[:, block].astype(np.float64) / n
    return shares


def error_map(M: Floats, i: int, k: int) -> Floats:
    """Return the gradient map that image k is correlated with, shape (24, 24)."""
    return M[:, :, i] if M.ndim == 3 else M[:, :, i, k]


def images_and_cells(windows: Floats, errors: Floats) -> tuple[Numbers, Numbers]:
    """Return the shares of each image (n,) and each pixel (24, 24) in a filter's gradient.

    The shifted windows of all images have the shape (24, 24, n), the errors (24, 24) or
    (24, 24, n). Both results sum to the gradient.
    """
    n = windows.shape[2]
    images, cells = np.empty(n), np.zeros((MAP_SIZE, MAP_SIZE))
    for block in blocks_of(n):
        own = errors if errors.ndim == 2 else errors[:, :, block].transpose(2, 0, 1)
        products = windows[:, :, block].transpose(2, 0, 1) * own.astype(np.float64)
        images[block] = products.sum(axis=(1, 2))
        cells += products.sum(axis=0)
    return images / n, cells / n


def _largest_error(shares: Numbers) -> Term:
    """Return the largest share of an image's error."""
    k = int(np.abs(shares).argmax())
    what = "what it adds: no other image's error adds more"
    return Term(f"share of image {k}'s error", what, float(shares[k]))
