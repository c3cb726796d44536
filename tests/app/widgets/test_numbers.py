"""Tests of numbers as short text."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.app.widgets.numbers import compact, mark


def read(text: str) -> float:
    return float(text.replace("−", "-").replace("∞", "inf"))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.4123, "0.412"),
        (-0.4123, "−0.412"),
        (657.3, "657"),
        (12345.6, "12346"),
        (-1.234e8, "−1.23e8"),
        (3.2e-7, "3.20e−7"),
        (math.nan, "undefined"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
    ],
)
def test_compact(value: float, text: str) -> None:
    assert compact(value) == text


@given(st.floats(-1e308, 1e308))
def test_compact_keeps_its_digits_and_stays_short(value: float) -> None:
    text = compact(value)
    assert len(text) <= 10
    assert read(text) == pytest.approx(value, rel=6e-3, abs=1e-307)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.5, "0.5"),
        (-2000.0, "−2000"),
        (1e5, "1e5"),
        (1.5e-6, "1.5e−6"),
        (0.0, "0"),
        (7e4, "70000"),
    ],
)
def test_mark(value: float, text: str) -> None:
    assert mark(value) == text
