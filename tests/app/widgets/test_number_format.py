"""Tests of numbers as they are read on screen."""

import math

import pytest

from cnnviz.app.widgets.number_format import loss_words


@pytest.mark.parametrize(
    ("loss", "words"),
    [(0.10219, "0.102"), (0.1, "0.100"), (0.0, "0.00"), (math.nan, "undefined")],
)
def test_a_loss_has_three_digits(loss: float, words: str) -> None:
    assert loss_words(loss) == words
