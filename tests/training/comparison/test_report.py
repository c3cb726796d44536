"""What a comparison prints: JSON of the contract, a table, and sentences."""

import json

import numpy as np
import pytest

from cnnviz.numerics.rule import RULES, Rule
from cnnviz.training.comparison.report import HEADER, SCALE_NOTE, as_json, rows, sentences
from cnnviz.training.comparison.result import RuleComparison, RuleRun
from cnnviz.training.run.warnings import Notice

LOSS = {"scale": 0.05, "standardisation": -0.02, "pairing": -0.00001}
ACCURACY = {"scale": -0.25, "standardisation": 0.125, "layout": 0.004}


def run_of(rule: Rule, ended: Notice | None = None) -> RuleRun:
    """Return a run to which each correction adds an amount, whatever else is corrected."""
    loss = 0.1 + sum(LOSS.get(switch, 0) for switch in rule.corrected)
    accuracy = 0.75 + sum(ACCURACY.get(switch, 0) for switch in rule.corrected)
    return RuleRun(rule, np.array([0.05, loss]), np.array([0.95, accuracy]), ended)


@pytest.fixture
def comparison() -> RuleComparison:
    return RuleComparison(1_500, tuple(map(run_of, RULES)))


def test_json_is_the_contracts(comparison: RuleComparison) -> None:
    text = as_json(comparison)
    assert text.endswith("}\n")
    found = json.loads(text)
    assert list(found) == ["rules", "shapley"]
    assert [rule["fixes"] for rule in found["rules"]] == [list(rule.corrected) for rule in RULES]
    for rule, run in zip(found["rules"], comparison.runs, strict=True):
        assert list(rule) == ["fixes", "loss", "accuracy"]
        assert rule["loss"] == run.loss.tolist()
        assert rule["accuracy"] == run.accuracy.tolist()
    names = ["scale", "standardisation", "update-order", "pairing", "layout"]
    assert list(found["shapley"]) == ["loss", "accuracy"]
    for kind, by in (("loss", LOSS), ("accuracy", ACCURACY)):
        assert list(found["shapley"][kind]) == names
        assert found["shapley"][kind] == pytest.approx({n: by.get(n, 0) for n in names}, abs=1e-15)


def test_the_table_has_a_row_for_each_rule(comparison: RuleComparison) -> None:
    table = rows(comparison)
    assert len(table) == 32
    assert {len(row) for row in table} == {len(HEADER)}
    assert table[0] == ("notebook", "0.1000", "75.0 %", "0.0500", "95.0 %", "0")
    assert table[1] == ("notebook + scale", "0.1500", "50.0 %", "0.0500", "95.0 %", "0")
    assert table[-1][0] == "exact"
    low = RuleRun(RULES[0], np.array([0.2]), np.array([0.5]))
    assert rows(RuleComparison(1, (low,))) == [
        ("notebook", "0.2000", "50.0 %", "0.2000", "50.0 %", "never")
    ]


def test_the_sentences_say_what_each_correction_is_worth(comparison: RuleComparison) -> None:
    summary, introduction, *worth, note = sentences(comparison).splitlines()
    assert note == SCALE_NOTE
    assert summary == (
        "In iteration 1,499, the last of 1,500, the notebook's rule has the loss 0.1000 and the "
        "accuracy 75.0 %, the exact one 0.1300 and 62.9 %."
    )
    assert introduction == (
        "Each correction's share of the difference, its mean effect over all orders in which the "
        "five can be made (Shapley value):"
    )
    nothing = "hardly changes the loss and hardly changes the accuracy"
    points = "percentage points"
    assert worth == [
        f"- scale raises the loss by 0.0500 and lowers the accuracy by 25.0 {points}.",
        f"- standardisation lowers the loss by 0.0200 and raises the accuracy by 12.5 {points}.",
        f"- pairing {nothing}.",
        f"- update-order {nothing}.",
        f"- layout hardly changes the loss and raises the accuracy by 0.4 {points}.",
    ]


def test_a_run_that_ended_early_is_named_with_why(comparison: RuleComparison) -> None:
    notice = Notice("divergence", 2, "dense_update", "wo is not finite.", final=True)
    first, *others = comparison.runs
    ended = RuleComparison(1_500, (run_of(first.rule, notice), *others))
    assert sentences(ended).splitlines()[0] == (
        "Notebook ended early and counts with its last loss and accuracy. Divergence at iteration "
        "2, dense update: wo is not finite."
    )
    assert sentences(ended).split("\n", 1)[1] == sentences(comparison)
