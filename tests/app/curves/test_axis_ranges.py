"""Axes contain the curves with margins, and stay as long as they do."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.app.curves.axis_ranges import AIR, SHORTEST, fits, fitted, whole_span

sizes = st.floats(100, 2_000)


@given(last=st.integers(0, 10**7), width=sizes)
def test_a_whole_run_is_shown_with_small_margins(last: int, width: float) -> None:
    low, high = whole_span(last, width)
    pixel = (high - low) / width
    assert -low == pytest.approx(AIR * pixel, rel=0.2)
    assert last < high
    assert high - last <= max(SHORTEST, last / 4) + 1.2 * AIR * pixel


def test_the_horizontal_axis_seldom_changes() -> None:
    assert len({whole_span(last, 600.0) for last in range(10_000, 20_000)}) <= 5
    assert len({whole_span(last, 600.0) for last in range(10, 16)}) == 4


def test_a_low_plot_is_filled() -> None:
    values, height = (0.05, 0.14), 28.0
    flat = (-0.25, 0.65)  # fitted to other values, it holds these with little more than the margins
    assert not fits(flat, values, height, AIR)
    assert fits(fitted(values, height, AIR), values, height, AIR)


@given(low=st.floats(-1, 1), extent=st.floats(1e-3, 10), height=sizes, above=st.floats(AIR, 40))
def test_the_fitted_values_fit(low: float, extent: float, height: float, above: float) -> None:
    values = low, low + extent
    axis = fitted(values, height, above)
    pixel = (axis[1] - axis[0]) / height
    assert axis[0] < values[0] < values[1] < axis[1]
    assert fits(axis, values, height, above)
    assert fits(axis, (values[0] + 0.4 * AIR * pixel, values[1]), height, above)
    assert not fits(axis, (values[0] - 0.6 * AIR * pixel, values[1]), height, above)
    assert not fits(axis, (values[0], values[1] - 1.1 * AIR * pixel), height, above)
