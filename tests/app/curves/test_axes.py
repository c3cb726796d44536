"""Tests of the ticks."""

from itertools import pairwise
from math import log10

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QFontMetricsF

from cnnviz.app.curves.axes import (
    IterationAxis,
    ValueAxis,
    iteration_text,
    log_ticks,
    nice_step,
    nice_ticks,
    spaced_ticks,
)
from cnnviz.app.look.theme import number_font


@given(st.floats(1e-9, 1e9), st.integers(1, 50))
def test_a_step_is_simple_and_the_smallest_that_is_coarse_enough(span: float, most: int) -> None:
    step = nice_step(span, most)
    mantissa = float(f"{step:e}".split("e")[0])
    assert mantissa in (1, 2, 5)
    assert span / step <= most * (1 + 1e-6)
    finer = step / (2.5 if mantissa == 5 else 2)
    assert span / finer > most * (1 - 1e-6)


def test_iterations_have_no_fractions() -> None:
    assert nice_step(3, 10, least=1) == 1


@pytest.mark.parametrize(
    ("iteration", "step", "words"),
    [
        (0, 20, "0"),
        (7_500, 500, "7,500"),
        (600_001, 1, "600,001"),
        (0, 5_000, "0"),
        (5_000, 5_000, "5k"),
        (800_000, 200_000, "800k"),
        (1_200_000, 200_000, "1.2M"),
        (1_234_000, 1_000, "1.234M"),
    ],
)
def test_iterations_are_abbreviated_if_no_digit_is_lost(
    iteration: int, step: int, words: str
) -> None:
    assert iteration_text(iteration, step) == words


def test_ticks_are_multiples_inside_the_range() -> None:
    assert nice_ticks(-0.3, 10.2, 5) == [0, 5, 10]
    assert nice_ticks(0.09, 0.31, 0.1) == pytest.approx([0.1, 0.2, 0.3])


@pytest.mark.parametrize("most", [2, 3, 5])
@pytest.mark.parametrize(
    ("low", "high", "least"),
    [
        (0, 30.6, 1),
        (12, 38, 1),
        (0.4, 2.7, 1),
        (0, 9_700, 1),
        (1_500, 4_200, 1_000),
        (0.11, 0.34, 0),
    ],
)
def test_an_axis_has_two_ticks_and_no_crowd(
    low: float, high: float, least: float, most: int
) -> None:
    step, ticks = spaced_ticks(low, high, most, least)
    assert step >= least
    assert 2 <= len(ticks) <= most + 1
    assert all(low <= tick <= high for tick in ticks)


@pytest.mark.parametrize(
    ("low", "high", "values"),
    [
        (1e-4, 1, [1e-4, 1e-3, 1e-2, 1e-1, 1]),
        (0.04, 0.3, [0.05, 0.1, 0.2]),
        (0.061, 0.095, [0.07, 0.08, 0.09]),
        (0.1012, 0.1038, [0.102, 0.103]),
    ],
)
def test_log_ticks_are_powers_or_simple_multiples_or_even(
    low: float, high: float, values: list[float]
) -> None:
    assert [10**t for t in log_ticks(log10(low), log10(high), 5)] == pytest.approx(values)


def test_log_ticks_over_many_decades_leave_some_out() -> None:
    ticks = log_ticks(-12, 0, 4)
    assert ticks == [-12, -8, -4, 0]


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize("scale", [1.0, 1.6])
@pytest.mark.parametrize("width", [60, 120])
@pytest.mark.parametrize("high", [3, 23, 150, 999, 1_300, 12_345, 345_678, 3_200_000])
@pytest.mark.parametrize("low", [0.0, 0.3, 0.9])
def test_a_narrow_axis_has_two_iterations_that_do_not_overlap(
    scale: float, width: int, high: int, low: float
) -> None:
    axis, font = IterationAxis(), number_font(scale)
    axis.setStyle(tickFont=font)
    if high * (1 - low) < 2:
        return
    ((step, ticks),) = axis.tickValues(low * high, high, width * scale)
    texts = axis.tickStrings(ticks, 1, step)
    assert len(texts) >= 2
    widths = map(QFontMetricsF(font).horizontalAdvance, texts)
    apart = min(b - a for a, b in pairwise(ticks)) * width * scale / (high * (1 - low))
    assert max(widths) <= apart


@pytest.mark.usefixtures("qapp")
def test_a_high_axis_has_no_crowd_of_values() -> None:
    ((_, ticks),) = ValueAxis().tickValues(0, 100, 1800)
    assert 5 < len(ticks) <= 11


@pytest.mark.parametrize("is_log", [False, True])
@pytest.mark.parametrize(("low", "high"), [(0.108, 0.132), (0.03, 0.17), (0.0, 1.0)])
def test_values_do_not_overlap_on_a_low_axis(low: float, high: float, is_log: bool) -> None:
    axis = ValueAxis()
    axis.setStyle(tickFont=number_font())
    axis.setLogMode(y=is_log)
    height = QFontMetricsF(number_font()).height()
    size = 2.2 * height

    ((_, ticks),) = axis.tickValues(low, high, size)

    assert 2 <= len(ticks) <= 3
    apart = min(b - a for a, b in pairwise(ticks))
    assert apart / (high - low) * size >= 0.8 * height or len(ticks) == 2


@pytest.mark.parametrize("height", [25, 33, 120])
def test_no_tick_is_beyond_what_values_can_be(height: int) -> None:
    pixel = 100 / (height - 16)
    ((_, ticks),) = ValueAxis((0, 100)).tickValues(-8 * pixel, 100 + 8 * pixel, height)
    assert (ticks[0], ticks[-1]) == (0, 100)
