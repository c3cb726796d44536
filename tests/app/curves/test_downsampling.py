"""Tests of the reduced curve, against a slow one that looks at every value."""

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from cnnviz.app.curves.downsampling import envelope

VALUES = st.lists(
    st.one_of(st.floats(0, 1, width=32), st.just(math.nan)), min_size=0, max_size=300
).map(lambda values: np.array(values, float))


def slow(values: NDArray[np.float64], first: int, last: int, step: int) -> list[list[float]]:
    """The largest and smallest defined value of each block that touches the range."""
    stop = min(len(values), last + 1)
    start = max(0, first) // step * step
    blocks = [values[s : min(s + step, stop)] for s in range(start, stop, step)]
    defined = [[v for v in block if not math.isnan(v)] for block in blocks]
    return [[max(d), min(d)] if d else [math.nan, math.nan] for d in defined]


@given(VALUES, st.integers(-5, 310), st.integers(-5, 310), st.integers(1, 40))
def test_it_keeps_the_peaks_of_every_block_in_few_points(
    values: NDArray[np.float64], first: int, last: int, most: int
) -> None:
    x, y = envelope(values, first, last, most)
    length = min(len(values), last + 1) - max(0, first)
    assert len(x) == len(y) <= 2 * (most + 1)
    if length <= 0:
        assert len(x) == 0
        return
    step = next(2**k for k in range(20) if length <= most * 2**k)
    if step == 1:
        np.testing.assert_array_equal(x, np.arange(max(0, first), min(len(values), last + 1)))
        np.testing.assert_array_equal(y, values[max(0, first) : last + 1])
        return
    np.testing.assert_array_equal(y.reshape(-1, 2), slow(values, first, last, step))
    assert np.all(np.diff(x) >= 0)
    assert x[-1] <= min(len(values), last + 1) - 1


def test_a_growing_curve_keeps_its_finished_blocks() -> None:
    values = np.random.default_rng(0).random(1_000)
    x, y = envelope(values[:900], 0, 899, 128)
    longer_x, longer_y = envelope(values, 0, 999, 128)
    finished = 2 * (900 // 8)
    np.testing.assert_array_equal(longer_x[:finished], x[:finished])
    np.testing.assert_array_equal(longer_y[:finished], y[:finished])


def test_one_spike_in_a_million_values_is_kept() -> None:
    values = np.full(1_000_000, 0.1)
    values[654_321] = 0.4
    x, y = envelope(values, 0, len(values), 1_000)
    assert y.max() == 0.4
    assert abs(x[y.argmax()] - 654_321) <= 1_024
