from dataclasses import FrozenInstanceError

import pytest

from cnnviz.numerics.rule import EXACT, NOTEBOOK, RULES, SWITCHES, Rule


def test_the_switches_have_their_names() -> None:
    names = ("scale", "standardisation", "update-order", "pairing", "layout")
    assert tuple(SWITCHES) == names
    assert all(what.endswith(".") for what in SWITCHES.values())


def test_there_are_32_rules() -> None:
    assert len(set(RULES)) == 32
    assert {NOTEBOOK, EXACT} <= set(RULES)
    assert NOTEBOOK.corrected == ()
    assert EXACT.corrected == tuple(SWITCHES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.title)
def test_a_rule_is_named_by_the_switches_it_corrects(rule: Rule) -> None:
    assert Rule.correcting(rule.corrected) == rule
    assert Rule.correcting(reversed(rule.corrected)) == rule


@pytest.mark.parametrize("name", SWITCHES)
def test_a_switch_corrects_only_itself(name: str) -> None:
    rule = Rule.correcting([name, name])
    assert rule.corrected == (name,)
    assert [switch for switch in SWITCHES if rule.corrects(switch)] == [name]


@pytest.mark.parametrize("name", ["Scale", "update_order", "", "exact", "layout "])
def test_a_wrong_name_is_refused_with_the_right_ones(name: str) -> None:
    with pytest.raises(ValueError, match="no switch is called") as caught:
        Rule.correcting(["scale", name])
    assert repr(name) in str(caught.value)
    assert all(switch in str(caught.value) for switch in SWITCHES)


def test_titles_distinguish_rules() -> None:
    assert NOTEBOOK.title == "notebook"
    assert EXACT.title == "exact"
    assert Rule.correcting(["update-order", "scale"]).title == "notebook + scale, update-order"
    assert len({rule.title for rule in RULES}) == 32


def test_a_rule_does_not_change() -> None:
    with pytest.raises(FrozenInstanceError):
        NOTEBOOK.departures = frozenset()  # type: ignore[misc]
