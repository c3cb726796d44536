"""Tests of the operations that a change of settings affects, against the tensors themselves."""

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


def test_a_position_counts_the_operations_before_it() -> None:
    assert END == 16
    assert [POSITION_OF[operation.name] for operation in OPERATIONS] == list(range(END))


@pytest.mark.parametrize("switch", SWITCHES)
def test_the_first_operation_that_a_switch_changes_computes_other_numbers(switch: str) -> None:
    rule = Rule.correcting([switch])
    position = first_changed(SETTINGS, replace(SETTINGS, rule=rule))
    assert position == differing(rule, SETTINGS.learning_rate)
    assert first_changed(replace(SETTINGS, rule=rule), SETTINGS) == position


def test_a_learning_rate_changes_only_the_updates() -> None:
    position = first_changed(SETTINGS, replace(SETTINGS, learning_rate=3.0))
    assert OPERATIONS[position].name == "dense_update"
    assert position == differing(NOTEBOOK, 3.0)


def test_settings_outside_an_iteration_change_nothing() -> None:
    assert first_changed(SETTINGS, replace(SETTINGS, pause_on_warning=False)) == END


def differing(rule: Rule, learning_rate: float) -> int:
    """Return the position of the first operation that writes other numbers than with `SETTINGS`."""
    digits = bundled_digits()
    batch = Batch.from_images(digits.images[:12], digits.labels[:12])
    old = new = inputs(batch, initial_parameters(0))
    for position, operation in enumerate(OPERATIONS):
        old = apply(operation, old, SETTINGS.rule, SETTINGS.learning_rate)
        new = apply(operation, new, rule, learning_rate)
        if any(not np.array_equal(old[name], new[name]) for name in operation.writes):
            return position
    return END
