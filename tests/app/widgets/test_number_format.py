"""Tests of numbers as they are read on screen."""

import math

import pytest

from cnnviz.app.widgets.number_format import loss_words, share_words


@pytest.mark.parametrize(
    ("loss", "words"),
    [(0.10219, "0.102"), (0.1, "0.100"), (0.0, "0.00"), (math.nan, "undefined")],
)
def test_a_loss_has_three_digits(loss: float, words: str) -> None:
    assert loss_words(loss) == words


@pytest.mark.parametrize(
    ("share", "words"),
    [
        (0.72, "72 %"),
        (1.0, "100 %"),
        (0.0, "0 %"),
        (59_999 / 60_000, "99.998 %"),
        (1 / 60_000, "0.002 %"),
        (math.nan, "undefined"),
    ],
)
def test_all_and_none_are_said_of_all_and_none_alone(share: float, words: str) -> None:
    assert share_words(share) == words
