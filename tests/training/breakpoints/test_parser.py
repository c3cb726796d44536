"""Conditions are parsed, and errors name the column."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.numerics.operations import FORMER_NAMES, OPERATIONS
from cnnviz.training.breakpoints.conditions import (
    At,
    Compare,
    Condition,
    Either,
    Every,
    FilterChanges,
    Flips,
    LossRises,
    NotFinite,
    StepSize,
    leaves,
)
from cnnviz.training.breakpoints.parser import LONGEST, parse
from cnnviz.training.errors import ConditionError
from tests.any_text import any_text


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("iteration = 50", Compare("iteration", "=", 50)),
        ("iteration≥50", Compare("iteration", ">=", 50)),
        ("  ITERATION   >=  50 ", Compare("iteration", ">=", 50)),
        ("loss < 0.1", Compare("loss", "<", 0.1)),
        ("loss <= 1e-3", Compare("loss", "<=", 1e-3)),
        ("loss <= 1E-3", Compare("loss", "<=", 1e-3)),
        ("loss > 1e−3", Compare("loss", ">", 1e-3)),
        ("loss < 0,1", Compare("loss", "<", 0.1)),
        ("loss > ,05", Compare("loss", ">", 0.05)),
        ("loss>−0.5", Compare("loss", ">", -0.5)),
        ("loss > -0,5", Compare("loss", ">", -0.5)),
        ("loss > 1.5E+2", Compare("loss", ">", 150.0)),
        ("loss rises by 0,1", LossRises(0.1)),
        ("loss rises by 2,5 %", LossRises(0.025, relative=True)),
        ("accuracy > 97,5%", Compare("accuracy", ">", 0.975)),
        ("iteration > 10,000", Compare("iteration", ">", 10_000)),
        ("iteration > 1,000,000", Compare("iteration", ">", 1_000_000)),
        ("accuracy >= 95 %", Compare("accuracy", ">=", 0.95)),
        ("saturated > 0.9", Compare("saturated", ">", 0.9)),
        ("saturated > 90%", Compare("saturated", ">", 0.9)),
        ("loss rises", LossRises()),
        ("loss rises by .01", LossRises(0.01)),
        ("loss rises by 5 %", LossRises(0.05, relative=True)),
        ("not finite", NotFinite()),
        ("step > 0.1", StepSize((0, 1, 2, 3), ">", 0.1)),
        ("filter step > 10 %", StepSize((0, 1, 2), ">", 0.1)),
        ("filter 2 step > 1", StepSize((1,), ">", 1.0)),
        ("dense step > 1", StepSize((3,), ">", 1.0)),
        ("filter 3 changes", FilterChanges((2,))),
        ("filter 1 changes by 10 %", FilterChanges((0,), 0.1)),
        ("any filter changes by 0.1", FilterChanges((0, 1, 2), 0.1)),
        ("image 17 flips", Flips(17)),
        ("any image flips", Flips()),
        ("at δ", At("delta")),
        ("at sigmoid of ẑ", At("output")),
        ("at sigmoid of z\u0302", At("output")),
        ("at error", At("error")),
        ("at mean over images", At("average_over_images")),
    ],
)
def test_a_condition_is_parsed(text: str, condition: Condition) -> None:
    assert parse(text) == condition


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.name)
def test_every_operation_is_found_by_name_title_and_words(operation) -> None:  # type: ignore[no-untyped-def] # noqa: ANN001
    for way in (operation.name, operation.title, operation.name.replace("_", " ").upper()):
        assert parse(f"at {way}") == At(operation.name)
        assert parse(f"at {way} and not finite") == Every((At(operation.name), NotFinite()))


@pytest.mark.parametrize(("former", "name"), FORMER_NAMES.items())
def test_an_operation_by_a_former_name(former: str, name: str) -> None:
    assert {"map_error", "reread", "average"} <= FORMER_NAMES.keys()
    for way in (former, former.replace("_", " ").upper()):
        assert parse(f"at {way} and not finite") == Every((At(name), NotFinite()))


def test_and_binds_closer_than_or() -> None:
    assert parse("loss rises or image 3 flips and iteration > 5 or not finite") == Either(
        (LossRises(), Every((Flips(3), Compare("iteration", ">", 5))), NotFinite())
    )


@pytest.mark.parametrize(
    ("text", "at", "expected"),
    [
        ("", 0, "iteration"),
        ("   ", 3, "iteration"),
        ("loss", 4, "rises"),
        ("loss rise", 5, "rises"),
        ("loss rises by", 13, "an amount"),
        ("loss rises by 0,1,", 14, "an amount"),
        ("loss rises by -0.1", 14, "an amount"),
        ("loss > 10,000", 7, "a loss"),  # 10 or 10000?
        ("loss > 1e", 7, "a loss"),
        ("loss > 1_000", 7, "a loss"),
        ("step > −1", 7, "an amount"),
        ("accuracy > −1 %", 11, "an amount"),
        ("image −3 flips", 6, "a whole number"),
        ("iteration = 5.5", 12, "a whole number"),
        ("iteration = -5", 12, "a whole number"),
        ("iteration = 50 60", 15, "the end"),
        ("iteration ! 50", 10, ">="),
        ("saturated > 90", 12, "0 to 100 %"),
        ("saturated > 101 %", 12, "0 to 100 %"),
        ("at gradient", 3, "filter_gradient"),
        ("at", 2, "filter_gradient"),
        ("filter 4 changes", 7, "1 to 3"),
        ("filter 0 changes", 7, "1 to 3"),
        ("filter 2 flips", 9, "changes"),
        ("any pixel changes", 4, "image or filter"),
        ("image 17 changes", 9, "flips"),
        ("not a number", 4, "finite"),
        ("loss rises and", 14, "iteration"),
        ("loss > 1e999", 7, "a number"),
        ("loss > nan", 7, "a number"),
        ("image ² flips", 6, "a whole number"),
        ("@", 0, "iteration"),
        ("dense > 3", 6, "step"),
    ],
)
def test_an_error_names_the_column_and_a_correct_form(
    text: str, at: int, expected: str, is_one_sentence: Callable[[object], str]
) -> None:
    with pytest.raises(ConditionError) as caught:
        parse(text)
    message = is_one_sentence(caught.value)
    assert caught.value.column == at
    assert message.startswith(f"column {at + 1}: ")
    assert expected in message


def test_a_long_condition_is_refused_without_being_quoted() -> None:
    with pytest.raises(ConditionError) as caught:
        parse("not finite" + " or not finite" * LONGEST)
    assert str(caught.value) == "the condition has 2,810 characters: write at most 200."
    with pytest.raises(ConditionError, match=r"^the condition has 1,000,000 characters"):
        parse("x" * 1_000_000)


WORDS = (
    "at iteration loss rises by accuracy saturated step filter dense image any flips changes not "
    "finite and or = > >= < <= % 0 1 2 17 0.5 1e3 δ delta"
)


@given(st.lists(st.sampled_from(WORDS.split(" ")) | any_text(max_size=4), max_size=12))
def test_any_text_is_a_condition_or_an_error_inside_the_text(words: list[str]) -> None:
    text = " ".join(words)
    column = None
    try:
        condition = parse(text)
    except ConditionError as error:
        column = error.column
    if column is None:
        assert condition == parse(text.upper())
    else:
        assert 0 <= column <= len(text)


def test_leaves_are_in_reading_order() -> None:
    condition = parse("at delta and loss rises or not finite")
    assert list(leaves(condition)) == [At("delta"), LossRises(), NotFinite()]
    assert list(leaves(NotFinite())) == [NotFinite()]


@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("los > 0.1", "not “los”: perhaps you mean loss."),
        ("filter 2 stp > 1", "expected step or changes, not “stp”: perhaps you mean step."),
        ("at filter_gradint", "not “filter_gradint”: perhaps you mean filter_gradient."),
        ("at filter gradint", "filter_update), not “filter”."),
        ("image 3 flip", "expected flips, not “flip”."),
    ],
)
def test_a_misspelt_word_is_set_right(text: str, end: str) -> None:
    with pytest.raises(ConditionError) as raised:
        parse(text)
    assert str(raised.value).endswith(end)
