"""Tests of where images are in the plot, against plain loops."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.app.predictions.swarm import Region, column, nearest, positions

LABELS = st.lists(st.integers(0, 9), max_size=80)
PLACES = st.lists(
    st.tuples(
        st.floats(-0.5, 9.5, width=16), st.one_of(st.floats(0, 1, width=16), st.just(math.nan))
    ),
    max_size=30,
)


@given(LABELS, st.integers(0, 80))
def test_images_stay_in_their_column_if_others_are_appended(labels: list[int], fewer: int) -> None:
    made = positions(np.array(labels, np.uint8))
    assert all(abs(x - digit) < 0.4 for x, digit in zip(made, labels, strict=True))
    assert len(set(made.tolist())) == len(labels)
    assert positions(np.array(labels[:fewer], np.uint8)).tolist() == made[:fewer].tolist()


@pytest.mark.parametrize("count", [7, 50, 6_000])
def test_a_column_is_filled_evenly(count: int) -> None:
    made = np.sort(positions(np.full(count, 3)))
    edges = np.concatenate([[3 - 0.39], made, [3 + 0.39]])
    assert np.diff(edges).max() < 2.7 * 0.78 / count


@given(PLACES, st.tuples(*[st.floats(-0.5, 9.5, width=16)] * 2), st.tuples(*[st.floats(0, 1)] * 2))
def test_a_region_holds_what_a_loop_finds(
    places: list[tuple[float, float]], across: tuple[float, float], up: tuple[float, float]
) -> None:
    (left, right), (low, high) = sorted(across), sorted(up)
    x, y = np.array([x for x, _ in places]), np.array([y for _, y in places])
    held = Region(left, right, low, high).holds(x, y)
    assert held.tolist() == [left <= a <= right and low <= b <= high for a, b in places]


def test_a_column_holds_undefined_outputs_and_a_box_does_not() -> None:
    x, y = np.array([2.8, 3.2, 4.1]), np.array([math.nan, 0.3, 0.3])
    assert column(3).holds(x, y).tolist() == [True, True, False]
    assert Region(2.5, 3.5, 0, 1).holds(x, y).tolist() == [False, True, False]
    assert column(3).digit == 3
    assert Region(2.5, 3.5, 0, 1).digit is None
    assert Region(0.5, 3.5).digit is None


@given(PLACES, st.integers(1, 6), st.floats(0.01, 4))
def test_the_nearest_are_those_of_a_sort(
    places: list[tuple[float, float]], most: int, reach: float
) -> None:
    x, y = np.array([x for x, _ in places]), np.array([y for _, y in places])
    found = nearest(x, y, (4.0, 0.5), reach, most)
    squared = [(a - 4.0) ** 2 + (b - 0.5) ** 2 for a, b in places]
    wanted = sorted(d for d in squared if d <= reach**2)[:most]
    assert [squared[i] for i in found] == wanted
