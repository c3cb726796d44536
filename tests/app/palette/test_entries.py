"""The entries that are found for a text."""

import pytest

from cnnviz.app.palette.entries import PaletteEntry, matching, words_of


def entry(title: str, kind: str = "Panel", detail: str = "", keys: str = "") -> PaletteEntry:
    return PaletteEntry(title, kind, lambda: None, detail, keys)


ENTRIES = (
    entry("Network"),
    entry("Learning rate η", "Setting", "How far one iteration moves along the gradient."),
    entry("Filter gradient", "Operation"),
    entry("Loss", detail="The loss of every iteration."),
    entry("Standardise", "Operation", "In the debugger: logit ẑ."),
    entry("Why standardise?", "Lesson"),
    entry("δ", "Operation"),
    entry("Run", "Run", keys="Space"),
    entry("Compare"),
    entry("Landscape"),
    entry("Held-out images", "Data"),
    entry("Branches"),
)


def titles(typed: str) -> list[str]:
    return [found.title for found in matching(ENTRIES, typed)]


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        ("why does it stick at 71 %", "Compare"),
        ("which correction matters", "Compare"),
        ("is eta too large", "Landscape"),
        ("overfitting", "Held-out images"),
        ("undo", "Branches"),
        ("why standardise", "Why standardise?"),
        ("rate", "Learning rate η"),
        ("rate learn", "Learning rate η"),
        ("eta", "Learning rate η"),
        ("delta", "δ"),
        ("LESSON stand", "Why standardise?"),
        ("stand", "Standardise"),
        ("space", "Run"),
        ("gradeint", "Filter gradient"),
        ("netwrok", "Network"),
        ("adient", "Filter gradient"),
    ],
)
def test_the_first_entry_is_the_one_that_is_meant(typed: str, first: str) -> None:
    assert titles(typed)[0] == first


def test_nothing_typed_lists_everything_in_its_order() -> None:
    assert matching(ENTRIES, " ") == list(ENTRIES)


def test_every_word_has_to_fit() -> None:
    assert titles("filter loss") == []
    assert titles("xyzzy") == []


def test_a_title_comes_before_a_sentence() -> None:
    assert titles("iteration") == ["Loss", "Learning rate η"]
    assert titles("gradient") == ["Filter gradient", "Learning rate η"]


def test_accents_and_greek_letters_are_written_out() -> None:
    assert words_of("σ(ẑ), Naïve") == ("sigma", "z", "naive")
