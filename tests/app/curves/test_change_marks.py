"""Tests of the names of changes of settings; their marks are tested with the Loss panel."""

from dataclasses import replace

import pytest

from cnnviz.app.curves.change_marks import change_words, changes_of
from cnnviz.numerics.rule import EXACT, Rule
from cnnviz.training.run.curve import SettingsMark
from cnnviz.training.settings import Settings

FIRST = Settings()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"learning_rate": 1.0}, "η 15 → 1"),
        ({"learning_rate": 0.025}, "η 15 → 0.025"),
        ({"subset": 60_000}, "n 200 → 60,000"),
        ({"rule": EXACT}, "rule exact"),
        ({"rule": Rule.correcting(["scale"])}, "rule notebook + scale"),
        ({"dtype": "float32"}, "float32"),
        ({"learning_rate": 100.0, "rule": EXACT}, "η 15 → 100, rule exact"),
        ({"pause_on_warning": False}, ""),
        ({}, ""),
    ],
)
def test_the_text_describes_the_change(change: dict[str, object], words: str) -> None:
    assert change_words(FIRST, replace(FIRST, **change)) == words  # type: ignore[arg-type]


def test_each_change_is_relative_to_the_settings_before() -> None:
    slow = replace(FIRST, learning_rate=1.0)
    slow_exact = replace(slow, rule=EXACT)
    changes = changes_of(FIRST, (SettingsMark(10, slow), SettingsMark(20, slow_exact)))
    assert [(c.iteration, change_words(c.before, c.after)) for c in changes] == [
        (10, "η 15 → 1"),
        (20, "rule exact"),
    ]


def test_the_last_of_several_changes_at_one_iteration_counts() -> None:
    tried, used = replace(FIRST, learning_rate=3.0), replace(FIRST, learning_rate=2.0)
    (change,) = changes_of(FIRST, (SettingsMark(0, tried), SettingsMark(0, used)))
    assert change_words(change.before, change.after) == "η 15 → 2"
    assert changes_of(FIRST, (SettingsMark(0, tried), SettingsMark(0, FIRST))) == ()


def test_settings_that_do_not_affect_training_are_no_change() -> None:
    quiet = replace(FIRST, pause_on_warning=False)
    changed = replace(quiet, subset=300)
    (change,) = changes_of(FIRST, (SettingsMark(5, quiet), SettingsMark(9, changed)))
    assert change.iteration == 9
