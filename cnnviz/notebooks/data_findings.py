"""What is wrong with a script's data or first weights: no line of the backward pass shows it."""

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from cnnviz.notebooks.network import RecognisedForward
from cnnviz.numerics.checking.data_check import MOST_SATURATED, equal_filters, label_agreement
from cnnviz.numerics.layers import SATURATED
from cnnviz.numerics.number_format import percent, plain

_RAW: Final = 2.0
"""The brightest pixel above which pixels that are never negative are taken for grey levels."""
_DIGITS: Final = 16
"""The brightest grey level of scikit-learn's digits; other images go to 255."""


def data_findings(forward: RecognisedForward) -> Iterator[str]:
    """Yield what keeps a network from learning although its backward pass may be right."""
    X, smallest, largest = forward.X, float(forward.X.min()), float(forward.X.max())
    if smallest >= 0 and largest > _RAW:
        levels = _DIGITS if largest <= _DIGITS else 255
        pixels = f"Pixels go from {plain(smallest, 3)} to {plain(largest, 3)}"
        yield f"{pixels}: they are not divided by {levels}."
    if forward.y is not None:
        labels = label_agreement(X, forward.y)
        if labels.verdict == "wrong":
            yield labels.sentence
    if len(forward.f) > 1:
        filters = equal_filters(np.moveaxis(forward.f, 0, 2))
        if filters.verdict == "wrong":
            yield filters.sentence
    share = _saturated_share(forward)
    if share > MOST_SATURATED:
        yield (
            f"{percent(share)} of the units that see ink have a slope below 10⁻⁶ at the start: "
            "hardly any error gets through to the filters."
        )


def _saturated_share(forward: RecognisedForward) -> float:
    """Return the share of the units with ink in their window whose slope is next to nothing."""
    if forward.activation.name not in ("sigmoid", "tanh"):
        return 0.0
    m = forward.f.shape[1]
    windows = sliding_window_view(forward.X > 0, (m, m), axis=(1, 2))
    sees_ink = np.any(windows, axis=(3, 4), keepdims=True)[:, np.newaxis, ..., 0, 0]
    is_flat = forward.activation.slope(forward.C, forward.A) < SATURATED
    seen = int(sees_ink.sum()) * len(forward.f)
    return float((is_flat & sees_ink).sum()) / max(1, seen)
