import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.numerics.network import initial_parameters
from cnnviz.numerics.operations import OPERATIONS, Tensors, iterate
from cnnviz.numerics.rule import Rule
from cnnviz.numerics.why import Why, why

from .samples import RULES, made_batch

ETA = 7.0
NAMES = [name for operation in OPERATIONS for name in operation.writes]
ITERATIONS: dict[Rule, Tensors] = {}


def rebuilt(said: Why) -> float:
    """Put the number together again from its chain."""
    value = said.start + math.prod(factor.value for factor in said.factors)
    return 1 / (1 + math.exp(-value)) if said.through else value


@given(st.sampled_from(RULES), st.sampled_from(NAMES), st.data())
def test_the_chain_gives_the_number(rule: Rule, name: str, data: st.DataObject) -> None:
    if rule not in ITERATIONS:
        ITERATIONS[rule] = iterate(made_batch(20), initial_parameters(3), rule, ETA)
    tensors = ITERATIONS[rule]
    index = tuple(data.draw(st.integers(0, size - 1)) for size in tensors[name].shape)
    said = why(tensors, rule, ETA, name, index, data.draw(st.integers(0, 19)))
    assert said.value == tensors[name][index]
    rounding = 1e-12 * np.abs(tensors[name]).max()
    assert (rebuilt(said) if said.factors else said.start) == pytest.approx(
        said.value, rel=1e-9, abs=rounding
    )
    effects = [abs(factor.effect) for factor in said.factors]
    assert effects == sorted(effects, reverse=True)
