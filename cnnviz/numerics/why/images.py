"""The image with the largest share of a number, in words."""

import numpy as np

from cnnviz.numerics.explain.explanation import Explanation, Numbers
from cnnviz.numerics.number_format import compact


def largest_share(explanation: Explanation) -> str:
    """Name the image with the largest share; empty if the value is not a sum over images, or is 0.

    If the errors are averaged before they meet the images, a filter's gradient can be shared
    out in two ways: by the images that met the errors, and by the images that made the errors.
    """
    shares, number = explanation.shares, compact(explanation.value)
    if shares is None or not np.isfinite(shares).all() or not shares.any():
        return ""
    opening = f"Of {len(shares):,} images, image"
    k, share = _largest(shares)
    if explanation.errors is None:
        return f"{opening} {k} has the largest share: {share} of {number}."
    error, its_error = _largest(explanation.errors)
    return (
        f"{opening} {error} has the largest share by its error, {its_error} of {number}, and image "
        f"{k} by its ink, {share}."
    )


def _largest(shares: Numbers) -> tuple[int, str]:
    k = int(np.argmax(np.abs(shares)))
    return k, compact(float(shares[k]))
