"""The Shapley value: how much each part contributes to what all of them achieve together."""

from collections.abc import Hashable, Mapping, Sequence
from itertools import combinations
from math import comb, fsum
from typing import TypeVar

P = TypeVar("P", bound=Hashable)


def shapley_values(parts: Sequence[P], value: Mapping[frozenset[P], float]) -> dict[P, float]:
    """Return each part's Shapley value, in the order of the parts.

    It is the mean, over all m! orders in which m parts can be added, of what the part changes when
    it is added. Orders that put the same parts S before it change the same, so with v for `value`

        φ(p) = Σ over S without p of (v(S ∪ {p}) − v(S)) / (m · C(m − 1, |S|))

    The values sum to v(all) − v(none), and a part that never changes anything has 0.

    `value` has the value of each of the 2ᵐ sets of parts, the empty one among them.
    """
    m = len(parts)
    shares = {}
    for part in parts:
        others = [other for other in parts if other != part]
        shares[part] = fsum(
            (value[frozenset(before) | {part}] - value[frozenset(before)]) / (m * comb(m - 1, size))
            for size in range(m)
            for before in combinations(others, size)
        )
    return shares
