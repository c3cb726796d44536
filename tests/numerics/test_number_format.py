import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.numerics.number_format import compact, difference, factor, latex, plain, product, total


def read(text: str) -> float:
    return float(text.replace("−", "-").replace("∞", "inf"))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (0.4123, "0.412"),
        (-0.4123, "−0.412"),
        (657.3, "657"),
        (0.9996, "1.00"),
        (99999.0, "1.00e5"),
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


@pytest.mark.parametrize(
    ("value", "text"), [(0.4, "0.4"), (-2.0, "−2"), (1 / 3, "0.3333"), (3.2e-7, "3.2e−07")]
)
def test_plain_has_no_digit_too_many(value: float, text: str) -> None:
    assert plain(value) == text


@given(st.floats(-1e308, 1e308))
def test_compact_keeps_its_digits_and_stays_short(value: float) -> None:
    text = compact(value)
    assert len(text) <= 10
    assert read(text) == pytest.approx(value, rel=6e-3, abs=1e-307)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (15.0, "15"),
        (0.0, "0"),
        (0.4123, "0.412"),
        (-12.345, "{-}12.3"),
        (-3.2e-7, r"{-}3.20 \cdot 10^{-7}"),
        (math.nan, r"\mathrm{undefined}"),
        (math.inf, r"\infty"),
        (-math.inf, r"{-}\infty"),
    ],
)
def test_latex(value: float, text: str) -> None:
    assert latex(value) == text


def test_a_negative_factor_stands_in_brackets() -> None:
    assert factor(-0.5) == "({-}0.500)"
    assert product(-0.5, 2.25, -1e-9) == r"{-}0.500 \cdot 2.25 \cdot ({-}1.00 \cdot 10^{-9})"


def test_a_sum_subtracts_what_is_negative() -> None:
    assert total([latex(2.5), latex(-1.5), latex(3)], more=True) == r"2.50 - 1.50 + 3 + \cdots"
    assert total([latex(-1.5)], more=False) == "{-}1.50"
    assert total([], more=False) == "0"


@pytest.mark.parametrize(
    ("value", "other", "text"),
    [
        (593.4, 525.3, "593.4 - 525.3"),
        (526.2625, 524.5591, "526.26 - 524.56"),
        (1.0, 0.99998, "1 - 0.99998000"),
        (2.0, -3.0, "2 - ({-}3)"),
        (0.5, 0.5, "0.500 - 0.500"),
        (1.0, 1 - 2**-53, "1 - 1.00000000"),
    ],
)
def test_a_difference_has_the_digits_that_it_needs(value: float, other: float, text: str) -> None:
    assert difference(value, other) == text
