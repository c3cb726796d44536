"""Explains the mean of a number over the images, and the loss, which is the mean error."""

from dataclasses import replace

import numpy as np

from cnnviz.numerics.explain.entry import Entry, mean_of, share_of
from cnnviz.numerics.explain.explanation import Explanation, Heatmap, Numbers, Term
from cnnviz.numerics.network import FILTER_SIZE
from cnnviz.numerics.number_format import latex
from cnnviz.numerics.tensors import entry_latex


def of_images(entry: Entry, axis: int) -> Numbers:
    """Return the entry's value for every image, in float64, shape (n,)."""
    along: list[int | slice] = [*entry.index]
    along[axis] = slice(None)
    return entry[entry.tensor][tuple(along)].astype(np.float64)


def mean_over_images(entry: Entry, axis: int) -> Explanation:
    """Explain the mean over the images.

    `entry` is the number of one of them; `axis` of its tensor runs over images.
    """
    name, k = entry.tensor, entry.index[axis]
    values = of_images(entry, axis)
    shares, value = values / len(values), float(values.mean())
    letters = tuple("k" if number == axis else at for number, at in enumerate(entry.index))
    sides = [
        rf"\frac{{1}}{{n}} \sum_k {entry_latex(name, letters)}",
        mean_of(values),
        latex(value),
    ]
    terms = (
        Term("n", "images", len(values)),
        entry.term(name, *entry.index, what="of {}"),
        share_of(k, shares),
        Term("smallest", f"of image {int(values.argmin())}", float(values.min())),
        Term("largest", f"of image {int(values.argmax())}", float(values.max())),
    )
    pictures: tuple[Heatmap, ...] = ()
    if name == "C":  # a sum over patches, whose mean is that of the mean patch
        pictures = _mean_patch(entry)
    if name == "E":
        sides.insert(0, "L")
    explanation = entry.explanation("", terms, pictures, shares=shares)
    return replace(explanation, value=value, formula=" = ".join(sides), axis=axis)


def _mean_patch(entry: Entry) -> tuple[Heatmap, ...]:
    """Return the patch that C sees, mean over the images, the filter, and their products."""
    _, i, r, c = entry.index
    patch = entry["P"][r, c].mean(axis=0, dtype=np.float64).reshape(FILTER_SIZE, FILTER_SIZE)
    weights = entry["f"][:, :, i]
    return (
        Heatmap(f"mean of P[{r}, {c}]", "patch, mean over the images", patch, "ink"),
        Heatmap(f"f[:, :, {i}]", f"filter {i + 1}", weights, "signed"),
        Heatmap("mean of P · f", "products", patch * weights, "signed"),
    )
