"""Hints for misspelt words."""

from cnnviz.spelling import nearest, suggestion, unknown

PLACES = ("patches", "reshape", "map_gradient", "dF")


def test_a_misspelt_word_is_corrected_whatever_its_case_and_hyphens() -> None:
    assert nearest("Reshpe", PLACES) == "reshape"
    assert nearest("map-gradent", PLACES) == "map_gradient"
    assert nearest("dff", PLACES) == "dF"
    assert unknown("reshap", PLACES) == "reshap is unknown: perhaps you mean reshape."


def test_all_words_are_named_for_one_that_is_like_none() -> None:
    assert nearest("xyz", PLACES) == ""
    assert nearest("patches" * 1_000_000, PLACES) == nearest("patches", ()) == ""
    assert suggestion("xyz", PLACES) == "there are patches, reshape, map_gradient, dF"
    assert unknown("xyz", PLACES, "--at xyz").startswith("--at xyz is none of patches, ")
