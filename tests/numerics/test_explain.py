import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cnnviz.numerics.explain import explain
from cnnviz.numerics.network import initial_parameters
from cnnviz.numerics.operations import OPERATIONS, Operation, Tensors, iterate
from cnnviz.numerics.rule import Rule

from .samples import RULES, made_batch

ETA = 7.0
WRITTEN = [(operation, name) for operation in OPERATIONS for name in operation.writes]
ITERATIONS: dict[object, Tensors] = {}


@given(st.sampled_from(RULES), st.sampled_from(WRITTEN), st.data())
def test_sums_and_shares_give_the_number(
    rule: Rule, written: tuple[Operation, str], data: st.DataObject
) -> None:
    operation, name = written
    if rule not in ITERATIONS:
        ITERATIONS[rule] = iterate(made_batch(20), initial_parameters(3), rule, ETA)
    everything = ITERATIONS[rule]
    tensors = {name: everything[name] for name in (*operation.reads, *operation.writes)}
    index = tuple(data.draw(st.integers(0, size - 1)) for size in tensors[name].shape)
    said = explain(tensors, rule, ETA, name, index, data.draw(st.integers(0, 19)))
    assert said.value == tensors[name][index]
    assert said.operation == operation.name
    rounding = 1e-12 * np.abs(tensors[name]).max()
    if said.running is not None:
        assert said.running[-1] == pytest.approx(said.value, rel=1e-9, abs=rounding)
    if said.shares is not None:
        assert said.shares.shape == (20,)
        assert said.shares.sum() == pytest.approx(said.value, rel=1e-9, abs=rounding)
