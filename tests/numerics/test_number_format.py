import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.numerics.number_format import (
    compact,
    counted,
    difference,
    factor,
    latex,
    loss_text,
    loss_texts,
    percent,
    plain,
    product,
    tick,
    total,
)
from cnnviz.numerics.number_parsing import parse_number


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
        (99999.0, "1e5"),
        (12345.6, "12346"),
        (-1.234e8, "−1.23e8"),
        (3.2e-7, "3.2e−7"),
        (math.nan, "undefined"),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
    ],
)
def test_compact(value: float, text: str) -> None:
    assert compact(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.4, "0.4"), (-2.0, "−2"), (1 / 3, "0.3333"), (3.2e-7, "3.2e−7"), (-1e-7, "−1e−7")],
)
def test_plain_has_no_digit_too_many(value: float, text: str) -> None:
    assert plain(value) == text


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
def test_a_tick_has_no_superfluous_digits(value: float, text: str) -> None:
    assert tick(value) == text


@pytest.mark.parametrize(
    ("loss", "text"),
    [(0.10219, "0.102"), (0.1, "0.100"), (0.0, "0.00"), (math.nan, "undefined")],
)
def test_a_loss_has_three_digits(loss: float, text: str) -> None:
    assert loss_text(loss) == text


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
        (-3.2e-7, r"{-}3.2 \cdot 10^{-7}"),
        (math.nan, r"\mathrm{undefined}"),
        (math.inf, r"\infty"),
        (-math.inf, r"{-}\infty"),
    ],
)
def test_latex(value: float, text: str) -> None:
    assert latex(value) == text


def test_a_negative_factor_is_bracketed() -> None:
    assert factor(-0.5) == "({-}0.500)"
    assert product(-0.5, 2.25, -1e-9) == r"{-}0.500 \cdot 2.25 \cdot ({-}1 \cdot 10^{-9})"


def test_a_sum_subtracts_negative_terms() -> None:
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
def test_a_difference_has_enough_digits(value: float, other: float, text: str) -> None:
    assert difference(value, other) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0.72, "72.0 %"),
        (141 / 200, "70.5 %"),
        (143 / 200, "71.5 %"),
        (145 / 200, "72.5 %"),
        (0.7005, "70.1 %"),
        (0.6995, "70.0 %"),
        (1 / 3, "33.3 %"),
        (58_461 / 60_000, "97.4 %"),
        (0.05, "5.0 %"),
        (1.0, "100 %"),
        (0.0, "0 %"),
        (59_999 / 60_000, "99.998 %"),
        (1 / 60_000, "0.0017 %"),
        (0.00123, "0.12 %"),
        (0.9996, "99.96 %"),
        (1.5, "150.0 %"),
        (-0.125, "−12.5 %"),
        (math.nan, "undefined"),
        (math.inf, "undefined"),
    ],
)
def test_a_percentage_is_rounded_half_up_and_exact_only_for_all_and_none(
    share: float, text: str
) -> None:
    assert percent(share) == text


def test_a_percentage_has_the_requested_decimals() -> None:
    assert [percent(0.974349, d) for d in (0, 1, 2, 3)] == ["97 %", "97.4 %", "97.43 %", "97.435 %"]
    assert percent(0.000123, 2) == "0.0123 %"


def test_every_count_of_200_is_exact() -> None:
    for right in range(1, 200):
        assert Fraction(percent(right / 200).removesuffix(" %")) == Fraction(right, 2), right


@given(st.integers(1, 60_000), st.data())
def test_a_percentage_is_the_nearest_and_halves_go_up(n: int, data: st.DataObject) -> None:
    right = data.draw(st.integers(0, n))
    percentage = Fraction(percent(right / n).removesuffix(" %"))
    exact = Fraction(100 * right, n)
    assert (percentage == 0, percentage == 100) == (right == 0, right == n)
    if 1 <= exact < 99:
        assert -Fraction(1, 20) <= percentage - exact <= Fraction(1, 20)
        assert exact - percentage != Fraction(1, 20)


@pytest.mark.parametrize(
    ("count", "text"), [(0, "no step"), (1, "1 step"), (2, "2 steps"), (1200, "1,200 steps")]
)
def test_counted(count: int, text: str) -> None:
    assert counted(count, "step") == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(1e-7, "1e−7"), (-2.5e-9, "−2.5e−9"), (3e12, "3e12"), (-4.75e10, "−4.75e10")],
)
def test_very_small_and_large_numbers_are_written_in_one_way(value: float, text: str) -> None:
    assert {compact(value), compact(value, 6), plain(value), plain(value, 10), tick(value)} == {
        text
    }
    assert parse_number(text) == value


def test_losses_that_are_compared_can_be_told_apart() -> None:
    assert loss_texts(0.1373, 0.1220) == ("0.137", "0.122")
    assert loss_texts(0.16604, 0.16597) == ("0.16604", "0.16597")
    assert loss_texts(0.2, 0.2) == ("0.200", "0.200")
    assert loss_texts(0.2, math.nan) == ("0.200", "undefined")
    assert loss_texts(0.2, 0.2 + 1e-15) == ("0.200", "0.200")
