"""Numbers are read as people type them, and as the window shows them."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.numerics.number_format import compact, plain
from cnnviz.numerics.number_parsing import parse_number, parse_whole_number
from tests.any_text import any_text


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("15", 15.0),
        ("1.", 1.0),
        (".5", 0.5),
        (",5", 0.5),
        ("+2", 2.0),
        ("1e-3", 1e-3),
        ("1E-3", 1e-3),
        ("1,5E+2", 150.0),
        ("−0.25", -0.25),
        ("1e−3", 1e-3),
        ("−1,5e−3", -1.5e-3),
        ("0,001", 0.001),
    ],
)
def test_numbers_as_people_type_them(text: str, number: float) -> None:
    assert parse_number(text) == number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "e3",
        "1e",
        ".",
        "-",
        "--1",
        "1 000",
        "1_000",
        "1.2.3",
        "1,2,3",
        "٣",
        "nan",
        "inf",
        "1e999",
    ],
)
def test_other_text_is_no_number(text: str) -> None:
    assert parse_number(text) is None


@given(st.floats(-1e300, 1e300))
def test_a_number_copied_from_the_window_is_read(number: float) -> None:
    for text in (plain(number), compact(number)):
        assert parse_number(text) == pytest.approx(number, rel=1e-2)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("17", 17),
        ("-3", -3),
        ("−3", -3),
        ("10,000", 10_000),
        ("1,234,567", 1_234_567),
        ("0,001", None),
        ("10,00", None),
        ("1.0", None),
        ("1e3", None),
        ("²", None),
        ("9" * 5_000, None),
        ("", None),
    ],
)
def test_whole_numbers(text: str, number: int | None) -> None:
    assert parse_whole_number(text) == number


@given(st.integers())
def test_a_whole_number_is_read_with_and_without_commas(number: int) -> None:
    assert parse_whole_number(f"{number:,}") == parse_whole_number(str(number)) == number


@pytest.mark.parametrize(
    ("text", "number"),
    [("0,125", 0.125), ("-1,5", -1.5), ("1,23", 1.23), ("1,000", None), ("-1,000", None)],
)
def test_a_comma_is_read_only_if_unambiguous(text: str, number: float | None) -> None:
    assert parse_number(text) == number


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_finite_number_is_read_as_python_writes_it(number: float) -> None:
    assert parse_number(repr(number)) == number


@given(any_text(max_size=8))
def test_any_text_is_a_finite_number_or_none(text: str) -> None:
    number = parse_number(text)
    assert number is None or math.isfinite(number)
