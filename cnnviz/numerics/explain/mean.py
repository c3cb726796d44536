"""How the mean of a number over the images was made, and the loss, which is that of the errors."""

from dataclasses import replace

import numpy as np

from cnnviz.numerics.explain.cell import (
    Cell,
    running_sum,
    share_of,
    sum_of,
)
from cnnviz.numerics.explain.explanation import Explanation, Numbers, Picture, Term
from cnnviz.numerics.network import FILTER_SIZE
from cnnviz.numerics.number_format import latex
from cnnviz.numerics.tensors import entry_latex


def of_images(cell: Cell, axis: int) -> Numbers:
    """Return what every image has at a cell's place, in float64, shape (n,)."""
    along: list[int | slice] = [*cell.index]
    along[axis] = slice(None)
    return cell[cell.tensor][tuple(along)].astype(np.float64)


def mean_over_images(cell: Cell, axis: int) -> Explanation:
    """Say how the mean over the images was made.

    Parameters
    ----------
    cell : Cell
        The number of one of them.
    axis : int
        Of its tensor, that runs over images.
    """
    name, k = cell.tensor, cell.index[axis]
    values = of_images(cell, axis)
    shares, value = values / len(values), float(values.mean())
    letters = tuple("k" if place == axis else at for place, at in enumerate(cell.index))
    sides = [
        rf"\frac{{1}}{{n}} \sum_k {entry_latex(name, letters)}",
        rf"\frac{{1}}{{{len(values)}}} \left( {sum_of(values)} \right)",
        latex(value),
    ]
    terms = (
        Term("n", "images", len(values)),
        cell.term(name, *cell.index, what=f"of image {k}"),
        share_of(k, shares),
        Term("smallest", f"of image {int(values.argmin())}", float(values.min())),
        Term("largest", f"of image {int(values.argmax())}", float(values.max())),
    )
    pictures: tuple[Picture, ...] = ()
    if name == "C":  # a sum over patches, whose mean is that of the mean patch
        pictures = _mean_patch(cell)
    if name == "E":
        sides.insert(0, "L")
    explanation = cell.explanation("", terms, pictures, running_sum(shares), shares)
    return replace(explanation, value=value, formula=" = ".join(sides), axis=axis)


def _mean_patch(cell: Cell) -> tuple[Picture, ...]:
    """Return the patch that C sees, mean over the images, the filter, and their products."""
    _, i, r, c = cell.index
    patch = cell["P"][r, c].mean(axis=0, dtype=np.float64).reshape(FILTER_SIZE, FILTER_SIZE)
    weights = cell["f"][:, :, i]
    return (
        Picture(f"mean of P[{r}, {c}]", "patch, mean over the images", patch, "ink"),
        Picture(f"f[:, :, {i}]", f"filter {i + 1}", weights, "signed"),
        Picture("mean of P · f", "products", patch * weights, "signed"),
    )
