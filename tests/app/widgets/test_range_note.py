"""Tests of the note that a colour bar's range has jumped."""

import sys

import pytest

from cnnviz.app.widgets.range_note import SHOWN_FOR, RangeNote


def test_a_jump_is_noted_for_some_seconds() -> None:
    note = RangeNote()
    assert note.follow(1.0, 0.0) == ""
    assert note.follow(500.0, 1.0) == "× 500"
    assert note.follow(500.0, 1.0 + SHOWN_FOR) == "× 500"
    assert note.follow(500.0, 1.1 + SHOWN_FOR) == ""
    assert note.follow(25.0, 9.0) == "÷ 20"


def test_several_jumps_in_a_row_are_one() -> None:
    note = RangeNote()
    notes = [note.follow(largest, i / 10) for i, largest in enumerate((1, 3, 30, 2_000))]
    assert notes == ["", "", "× 30", "× 2,000"]


def test_small_changes_are_none() -> None:
    note = RangeNote()
    ranges = (1, 1.5, 2, 3, 5, 7, 10, 15, 20, 30)
    assert [note.follow(r, i * 2 * SHOWN_FOR) for i, r in enumerate(ranges)] == [""] * 10


def test_a_note_stays_while_nothing_new_comes_and_goes_with_the_next_change() -> None:
    note = RangeNote()
    note.follow(1.0, 0.0)
    note.follow(50.0, 1.0)
    assert note.follow(70.0, 100.0) == ""


@pytest.mark.parametrize("largest", [sys.float_info.max, 1e-300])
def test_every_range_has_a_note(largest: float) -> None:
    note = RangeNote()
    note.follow(1e-5, 0.0)
    assert note.follow(largest, 1.0)[0] in "×÷"


def test_a_range_of_other_values_is_no_jump() -> None:
    note = RangeNote()
    note.follow(1.0, 0.0)
    note.restart()
    assert note.follow(500.0, 1.0) == ""
    assert note.follow(5_000.0, 2.0) == "× 10"
