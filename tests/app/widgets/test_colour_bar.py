"""Tests of the range of a colour bar, and of its numbers."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from cnnviz.app.look.theme import LIGHT, number_font
from cnnviz.app.widgets.colour_bar import (
    largest_magnitude,
    paint_bar_marks,
    steady_range,
)
from cnnviz.numerics.number_format import round_range

magnitudes = st.floats(1e-300, 1e300)


@given(magnitudes)
def test_the_range_holds_the_values_and_is_round(largest: float) -> None:
    chosen = round_range(largest)
    assert largest <= chosen <= 1.7 * largest
    assert f"{chosen:.1e}".split("e")[0] in {"1.0", "1.5", "2.0", "3.0", "5.0", "7.0"}


def test_the_range_of_nothing_and_of_the_largest_number() -> None:
    assert round_range(0.0) == 1.0
    largest = float(np.finfo(float).max)
    assert round_range(largest) == largest
    assert steady_range(largest, largest) == largest


def test_the_range_does_not_flicker_around_a_step() -> None:
    ranges = []
    previous = None
    for largest in (4.9, 5.1, 4.9, 5.1, 4.8, 5.2):
        previous = steady_range(largest, previous)
        ranges.append(previous)
    assert ranges == [5.0, 7.0, 7.0, 7.0, 7.0, 7.0]


def test_the_range_shrinks_once_the_values_are_well_below() -> None:
    assert steady_range(4.0, 7.0) == 5.0
    assert steady_range(0.0, 7.0) == 1.0


@given(st.lists(magnitudes, min_size=1, max_size=20))
def test_no_history_cuts_values_off(history: list[float]) -> None:
    previous = None
    for largest in history:
        previous = steady_range(largest, previous)
        assert previous >= largest
        assert previous <= round_range(largest * 1.15)


def test_the_largest_magnitude_ignores_infinities_and_nan() -> None:
    assert largest_magnitude(np.array([[-3.0, 2.0]])) == 3.0
    assert largest_magnitude(np.array([[np.nan, np.inf, -4.0]])) == 4.0
    assert largest_magnitude(np.array([[np.nan]])) == 0.0


@pytest.mark.usefixtures("qapp")
@pytest.mark.parametrize(("width", "groups"), [(200, 3), (70, 1)])
def test_three_numbers_if_they_fit_and_otherwise_one(width: int, groups: int) -> None:
    image = QImage(width, 20, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    painter = QPainter(image)
    painter.setFont(number_font())
    rect = QRectF(0, 0, width, 20)
    paint_bar_marks(painter, rect, rect, -15000.0, 15000.0, LIGHT)
    painter.end()
    white = QColor("white").rgb()
    inked = [any(image.pixel(x, y) != white for y in range(20)) for x in range(width)]
    # Words are further apart than letters.
    xs = [x for x, ink in enumerate(inked) if ink]
    jumps = sum(b - a > 12 for a, b in pairwise(xs))
    assert jumps + 1 == groups
