"""Tests of numbers as short text."""

import pytest

from cnnviz.app.widgets.numbers import mark


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
