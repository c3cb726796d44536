"""Tests of what a change of settings leaves of an iteration, against the tensors themselves."""

from dataclasses import replace

import numpy as np
import pytest

from cnnviz.data.bundled import bundled_digits
from cnnviz.numerics.network import Batch, initial_parameters
from cnnviz.numerics.operations import OPERATIONS, apply, inputs
from cnnviz.numerics.rule import NOTEBOOK, SWITCHES, Rule
from cnnviz.training.debugger.operation_positions import END, POSITION_OF, first_changed
from cnnviz.training.settings import Settings

SETTINGS = Settings(subset=12)


def test_places_count_the_operations_before() -> None:
    assert END == 16
    assert [POSITION_OF[operation.name] for operation in OPERATIONS] == list(range(END))


@pytest.mark.parametrize("switch", SWITCHES)
def test_the_first_operation_that_a_switch_changes_computes_something_else(switch: str) -> None:
    rule = Rule.correcting([switch])
    place = first_changed(SETTINGS, replace(SETTINGS, rule=rule))
    assert place == differing(rule, SETTINGS.learning_rate)
    assert first_changed(replace(SETTINGS, rule=rule), SETTINGS) == place


def test_a_learning_rate_changes_the_updates_alone() -> None:
    place = first_changed(SETTINGS, replace(SETTINGS, learning_rate=3.0))
    assert OPERATIONS[place].name == "dense_update"
    assert place == differing(NOTEBOOK, 3.0)


def test_what_is_no_part_of_an_iteration_changes_nothing() -> None:
    assert first_changed(SETTINGS, replace(SETTINGS, pause_on_warning=False)) == END


def differing(rule: Rule, learning_rate: float) -> int:
    """Return the place of the first operation that writes other numbers than with `SETTINGS`."""
    digits = bundled_digits()
    batch = Batch.from_images(digits.images[:12], digits.labels[:12])
    old = new = inputs(batch, initial_parameters(0))
    for place, operation in enumerate(OPERATIONS):
        old = apply(operation, old, SETTINGS.rule, SETTINGS.learning_rate)
        new = apply(operation, new, rule, learning_rate)
        if any(not np.array_equal(old[name], new[name]) for name in operation.writes):
            return place
    return END
