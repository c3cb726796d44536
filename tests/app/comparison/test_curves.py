"""Names at the ends of curves."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from cnnviz.app.comparison.curves import short_title, spread
from cnnviz.numerics.rule import EXACT, NOTEBOOK, Rule


@given(st.lists(st.floats(0, 100), max_size=9))
def test_no_two_names_touch_and_all_are_in_the_plot(heights: list[float]) -> None:
    given_from_top = sorted(heights, reverse=True)
    placed = spread(given_from_top, 10.0, 0.0, 100.0)
    assert len(placed) == len(heights)
    for above, below in pairwise(placed):
        assert above - below >= 10 - 1e-9
    assert all(5 - 1e-9 <= height <= 95 + 1e-9 for height in placed)


def test_names_that_fit_stay_at_their_curves() -> None:
    assert spread([90.0, 50.0, 20.0], 10.0, 0.0, 100.0) == [90.0, 50.0, 20.0]


def test_a_name_is_that_of_the_corrections() -> None:
    names = (NOTEBOOK, EXACT, Rule.correcting(["scale", "update-order"]))
    assert [short_title(rule) for rule in names] == ["notebook", "exact", "+ scale, update order"]
