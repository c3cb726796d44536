"""Contributions of an image's units to the distance of its z from the mean of the batch."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from cnnviz.numerics.explain.entry import Entry
from cnnviz.numerics.explain.explanation import Numbers
from cnnviz.numerics.network import FILTER_COUNT

_SAMPLE: Final = 2_000
"""Evenly spaced images that stand for a large batch, to compare one with."""


@dataclass(frozen=True, slots=True, eq=False)
class LogitContributions:
    """The contributions of an image's units to ẑ, ``wo (a − mean a) / std z`` for each unit."""

    maps: Numbers
    """Shape (3,). The sums over the feature maps; they sum to ẑ."""
    size: float
    """The sum of the sizes of what all units add: before anything cancels."""
    usual: float
    """The same, mean over the batch's images."""


def logit_contributions(entry: Entry, k: int) -> LogitContributions | None:
    """Return the contributions of image k's units; None without a batch to compare with."""
    n = entry["z"].size
    if "a" not in entry.tensors or entry["a"].shape[1] != n or n == 1:
        return None
    units, weights = entry["a"], entry["wo"][:, 0].astype(np.float64) / entry.at("std", 0, 0)
    middle = units.mean(axis=1, dtype=np.float64)
    added = weights * (units[:, k] - middle)
    some = units[:, :: -(-units.shape[1] // _SAMPLE)]
    sizes = np.abs(weights) @ np.abs(some - middle[:, np.newaxis])
    maps = added.reshape(FILTER_COUNT, -1).sum(axis=1)
    return LogitContributions(maps, float(np.abs(added).sum()), float(sizes.mean()))
