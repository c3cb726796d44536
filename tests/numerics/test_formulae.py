from functools import cache

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from cnnviz.numerics import blocks, layers
from cnnviz.numerics.explain import explain
from cnnviz.numerics.formulae import formula, numpy_lines, source
from cnnviz.numerics.network import initial_parameters
from cnnviz.numerics.operations import OPERATIONS, Operation, Tensors, iterate
from cnnviz.numerics.rule import EXACT, NOTEBOOK, SWITCHES, Rule
from tests.numerics.samples import RULES, made_batch, mixed_parameters

ETA = 7.0
HEEDS = {
    "delta": {"standardisation"},
    "dense_gradient": {"scale"},
    "map_error": {"update-order"},
    "average": {"pairing"},
    "reread": {"pairing", "layout"},
    "filter_gradient": {"pairing"},
}
"""The switches that change what an operation computes."""


@cache
def iteration(n: int, rule: Rule) -> Tensors:
    return iterate(made_batch(n), mixed_parameters(), rule, ETA)


def by_name(operation: Operation) -> str:
    return operation.name


@pytest.mark.parametrize("operation", OPERATIONS, ids=by_name)
def test_the_source_computes_what_the_operation_does(operation: Operation) -> None:
    """Run twice: the functions that it shows stand below the lines that call them."""
    for rule in RULES:
        tensors = iterate(made_batch(3), initial_parameters(1), rule, ETA)
        names = {**vars(layers), "np": np, "blocks_of": blocks.blocks_of, "rule": rule, "lr": ETA}
        for _ in range(2):
            names |= {name: tensors[name] for name in operation.reads}
            exec(source(operation), names)  # noqa: S102
        for name in operation.writes:
            np.testing.assert_array_equal(names[name], tensors[name], err_msg=rule.title)


@pytest.mark.parametrize("operation", OPERATIONS, ids=by_name)
@pytest.mark.parametrize("n", [3, 130])
def test_the_numpy_computes_what_the_operation_does(operation: Operation, n: int) -> None:
    """With nothing but numpy: no function of this package is called."""
    for rule in RULES if n == 3 else (NOTEBOOK, EXACT):  # 130 are more than one block
        tensors = iteration(n, rule)
        names = {name: tensors[name] for name in operation.reads}
        names |= {"np": np, "sliding_window_view": sliding_window_view, "lr": ETA}
        exec(numpy_lines(operation, rule), names)  # noqa: S102
        for name in operation.writes:
            assert names[name].shape == tensors[name].shape
            np.testing.assert_allclose(
                names[name], tensors[name], rtol=1e-9, atol=1e-15, err_msg=rule.title
            )


def test_the_numpy_changes_with_the_switches_that_its_operation_heeds() -> None:
    for operation in OPERATIONS:
        plain = numpy_lines(operation, NOTEBOOK)
        changed = {
            switch
            for switch in SWITCHES
            if numpy_lines(operation, Rule.correcting([switch])) != plain
        }
        assert changed == HEEDS.get(operation.name, set()), operation.name


@pytest.mark.parametrize("operation", OPERATIONS, ids=by_name)
def test_the_source_is_short_and_plain(operation: Operation) -> None:
    text = source(operation)
    assert len(text.splitlines()) <= 20
    assert max(len(line) for line in text.splitlines()) <= 100
    assert not any(noise in text for noise in ('t["', "t['", "layers.", '"""', "Floats", "->"))


def test_a_formula_changes_with_the_switches_that_its_operation_heeds() -> None:
    for operation in OPERATIONS:
        plain = formula(operation, NOTEBOOK)
        changed = {
            switch for switch in SWITCHES if formula(operation, Rule.correcting([switch])) != plain
        }
        assert changed == HEEDS.get(operation.name, set()), operation.name


def test_every_formula_can_be_set() -> None:
    """With and without numbers: huge, tiny, negative and undefined ones too."""
    ziamath = pytest.importorskip("ziamath")
    formulae = {formula(operation, rule) for operation in OPERATIONS for rule in RULES}
    values = (None, -1e-9, 1e9, np.nan, -np.inf)
    for rule, shift in ((RULES[0], 0), (RULES[0], 2), (RULES[-1], 1), (RULES[-1], 3)):
        own = dict(iterate(made_batch(4), mixed_parameters(), rule, ETA))
        for number, (name, array) in enumerate(own.items()):
            value = values[(number + shift) % len(values)]  # another for each tensor: few of each
            filled = {n: np.full(t.shape, value) for n, t in own.items()} if value else own
            index = tuple(size // 2 for size in array.shape)
            formulae.add(explain(filled, rule, ETA, name, index, 1).formula)
            axis = {"C": 0, "P": 2, "a": 1, "E": 1, "error_wrt_output": 1}.get(name)
            if axis is not None:
                formulae.add(explain(filled, rule, ETA, name, index, 1, axis).formula)
    assert len(formulae) > 100
    for text in formulae:
        svg = ziamath.Latex(text).svg()
        assert svg.count("<use") + svg.count("<path") > 3, text
