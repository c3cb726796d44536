"""Tests of the note that a colour bar's range has jumped."""

import sys

import pytest

from cnnviz.app.widgets.colour_range import SHOWN_FOR, ColourRange


def test_a_jump_is_noted_for_some_seconds() -> None:
    bar = ColourRange()
    assert bar.note(1.0, 0.0) == ""
    assert bar.note(500.0, 1.0) == "× 500"
    assert bar.note(500.0, 1.0 + SHOWN_FOR) == "× 500"
    assert bar.note(500.0, 1.1 + SHOWN_FOR) == ""
    assert bar.note(25.0, 9.0) == "÷ 20"


def test_several_jumps_in_a_row_are_one() -> None:
    bar = ColourRange()
    notes = [bar.note(largest, i / 10) for i, largest in enumerate((1, 3, 30, 2_000))]
    assert notes == ["", "", "× 30", "× 2,000"]


def test_small_changes_are_none() -> None:
    bar = ColourRange()
    ranges = (1, 1.5, 2, 3, 5, 7, 10, 15, 20, 30)
    assert [bar.note(r, i * 2 * SHOWN_FOR) for i, r in enumerate(ranges)] == [""] * 10


def test_a_note_stays_while_nothing_new_comes_and_goes_with_the_next_change() -> None:
    bar = ColourRange()
    bar.note(1.0, 0.0)
    bar.note(50.0, 1.0)
    assert bar.note(70.0, 100.0) == ""


@pytest.mark.parametrize("largest", [sys.float_info.max, 1e-300])
def test_every_range_has_a_note(largest: float) -> None:
    bar = ColourRange()
    bar.note(1e-5, 0.0)
    assert bar.note(largest, 1.0)[0] in "×÷"


def test_a_range_of_other_values_is_no_jump() -> None:
    bar = ColourRange()
    bar.note(1.0, 0.0)
    bar.restart()
    assert bar.note(500.0, 1.0) == ""
    assert bar.note(5_000.0, 2.0) == "× 10"
