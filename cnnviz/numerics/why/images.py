"""Which image a number owes most to, in words."""

import numpy as np

from cnnviz.numerics.blocks import blocks_of
from cnnviz.numerics.explain.backward import units_read
from cnnviz.numerics.explain.cell import Cell
from cnnviz.numerics.explain.explanation import Numbers
from cnnviz.numerics.figures import compact


def largest_share(cell: Cell, shares: Numbers | None) -> str:
    """Name the image whose share of a number is largest in size.

    Where the errors are averaged before they meet the images, a filter's gradient can be shared
    out in two ways: by the images that met the errors, and by the images that made the errors.

    Parameters
    ----------
    cell : Cell
        The number.
    shares : ndarray of float64, shape (n,), or None
        What each image adds to it.

    Returns
    -------
    str
        One sentence; empty where the number is no sum over images, or no image adds anything.
    """
    if shares is None or not np.isfinite(shares).all() or not shares.any():
        return ""
    opening = f"Of {len(shares):,} images, image"
    number = compact(cell.value)
    if cell.tensor != "dF" or cell.rule.pairing:
        k, share = _largest(shares)
        return f"{opening} {k} has the largest share: {share} of {number}."
    (ink, its_ink), (error, its_error) = _largest(shares), _largest(shares_of_errors(cell))
    return (
        f"{opening} {error} has the largest share by its error, {its_error} of {number}, and image "
        f"{ink} by its ink, {its_ink}."
    )


def shares_of_errors(cell: Cell) -> Numbers:
    """Return what each image's error adds to a filter's gradient, where errors are averaged.

    Parameters
    ----------
    cell : Cell
        Of dF, under a rule that does not pair each image with its own error.

    Returns
    -------
    ndarray of float64, shape (n,)
        They sum to the number.
    """
    i, u, v = cell.index
    ink = cell["P"][:, :, :, u, v].mean(axis=2, dtype=np.float64)
    met = np.zeros(len(cell["G"]))  # a unit may be read more than once
    np.add.at(met, units_read(cell.rule)[:, :, i], ink)
    n = cell["G"].shape[1]
    shares: Numbers = np.empty(n)
    for block in blocks_of(n):
        shares[block] = met @ cell["G"][:, block].astype(np.float64) / n
    return shares


def _largest(shares: Numbers) -> tuple[int, str]:
    k = int(np.argmax(np.abs(shares)))
    return k, compact(float(shares[k]))
