"""The Shapley value against its definition, and the properties that define it."""

from itertools import chain, combinations, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.numerics.shapley import shapley_values

PARTS = ("a", "b", "c", "d", "e")
SETS = [
    frozenset(some)
    for some in chain.from_iterable(combinations(PARTS, size) for size in range(len(PARTS) + 1))
]
VALUES = st.lists(st.floats(-1, 1), min_size=32, max_size=32).map(
    lambda values: dict(zip(SETS, values, strict=True))
)


@given(VALUES)
def test_it_is_the_mean_over_all_orders(value: dict[frozenset[str], float]) -> None:
    orders = list(permutations(PARTS))
    assert len(orders) == 120
    total = dict.fromkeys(PARTS, 0.0)
    for order in orders:
        for k, part in enumerate(order):
            total[part] += value[frozenset(order[: k + 1])] - value[frozenset(order[:k])]
    expected = {part: change / len(orders) for part, change in total.items()}
    assert shapley_values(PARTS, value) == pytest.approx(expected, rel=1e-12, abs=1e-14)


@given(VALUES)
def test_the_shares_sum_to_the_whole_change(value: dict[frozenset[str], float]) -> None:
    change = value[frozenset(PARTS)] - value[frozenset()]
    assert sum(shapley_values(PARTS, value).values()) == pytest.approx(change, abs=1e-14)


@given(VALUES)
def test_a_part_that_changes_nothing_has_no_share(value: dict[frozenset[str], float]) -> None:
    idle = {some: value[some - {"c"}] for some in SETS}
    assert shapley_values(PARTS, idle)["c"] == 0


def test_two_parts_share_what_neither_achieves_alone() -> None:
    value = {frozenset(): 1.0, frozenset("a"): 1.0, frozenset("b"): 2.0, frozenset("ab"): 5.0}
    assert shapley_values(("b", "a"), value) == {"b": 2.5, "a": 1.5}
