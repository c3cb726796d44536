from collections.abc import Callable
from functools import cache
from itertools import combinations

import numpy as np
import pytest
from numpy.lib.stride_tricks import sliding_window_view

from cnnviz.numerics.explain import Entry, explain
from cnnviz.numerics.network import Floats, Tensors
from cnnviz.numerics.operations import OPERATIONS, Operation, iterate
from cnnviz.numerics.rule import EXACT, NOTEBOOK, RULES, SWITCHES, Rule
from cnnviz.numerics.variants import DEPARTURES
from tests.numerics.samples import made_batch, mixed_parameters

ETA = 7.0
Results = tuple[Floats, ...]
HEEDS = {
    "delta": {"standardisation"},
    "dense_gradient": {"scale"},
    "map_gradient": {"update-order"},
    "average_over_images": {"pairing"},
    "reshape": {"pairing", "layout"},
    "filter_gradient": {"pairing"},
}
"""The switches that change what an operation computes."""


@cache
def iteration(n: int, rule: Rule) -> Tensors:
    return iterate(made_batch(n), mixed_parameters(), rule, ETA)


def by_name(operation: Operation) -> str:
    return operation.name


@pytest.mark.parametrize("operation", OPERATIONS, ids=by_name)
@pytest.mark.parametrize("n", [3, 130])
def test_the_shown_numpy_computes_the_operation(operation: Operation, n: int) -> None:
    """With nothing but numpy: no function of this package is called."""
    for rule in RULES if n == 3 else (NOTEBOOK, EXACT):  # 130 are more than one block
        tensors = iteration(n, rule)
        names = {name: tensors[name] for name in operation.reads}
        names |= {"np": np, "sliding_window_view": sliding_window_view, "lr": ETA}
        exec(operation.variant(rule).numpy, names)  # noqa: S102
        for name in operation.writes:
            assert names[name].shape == tensors[name].shape
            np.testing.assert_allclose(
                names[name], tensors[name], rtol=1e-9, atol=1e-15, err_msg=rule.title
            )


@pytest.mark.parametrize("text", ["formula", "latex", "numpy"])
def test_a_formula_depends_on_the_switches_of_its_operation(text: str) -> None:
    for operation in OPERATIONS:
        plain = getattr(operation.variant(NOTEBOOK), text)
        corrected = {s: operation.variant(Rule.correcting([s])) for s in SWITCHES}
        changed = {s for s, variant in corrected.items() if getattr(variant, text) != plain}
        assert changed == HEEDS.get(operation.name, set()), operation.name


@pytest.mark.parametrize("operation", OPERATIONS, ids=by_name)
def test_formulae_differ_exactly_if_computations_do(operation: Operation) -> None:
    """Two rules of the same formula compute the same of the same tensors, and no others do."""

    @cache
    def computed(compute: Callable[[Tensors, float], Results], rule: Rule) -> Results:
        return compute(iteration(3, rule), ETA)

    for rule, other in combinations(RULES, 2):
        variants = operation.variant(rule), operation.variant(other)
        here, there = (computed(variant.compute, rule) for variant in variants)
        read = [iteration(3, r)[name].shape for r in (rule, other) for name in operation.reads]
        same_shapes = read[: len(read) // 2] == read[len(read) // 2 :]
        same = same_shapes and all(map(np.array_equal, here, there))
        for text in ("formula", "latex", "numpy"):
            shown_here, shown_there = (getattr(variant, text) for variant in variants)
            assert (shown_here == shown_there) == same, (text, rule.title, other.title)


def test_a_departure_names_its_operation_and_differs_from_every_other_variant() -> None:
    names = {operation.name for operation in OPERATIONS}
    assert {variant.operation for variant in DEPARTURES} <= names
    every = [*(operation.right for operation in OPERATIONS), *DEPARTURES]
    assert [operation.right.operation for operation in OPERATIONS] == [*map(by_name, OPERATIONS)]
    assert len(set(every)) == len(every)
    assert len({variant.formula for variant in every}) == len(every)
    for operation in OPERATIONS:
        chosen = {operation.variant(rule) for rule in RULES}
        assert chosen == {v for v in every if v.operation == operation.name}


def test_every_formula_can_be_set() -> None:
    """With and without numbers: huge, tiny, negative and undefined ones too."""
    pytest.importorskip("ziamath")
    from cnnviz.app.look.typesetting import svg

    formulae = {operation.variant(rule).latex for operation in OPERATIONS for rule in RULES}
    values = (None, -1e-9, 1e9, np.nan, -np.inf)
    for rule, shift in ((RULES[0], 0), (RULES[0], 2), (RULES[-1], 1), (RULES[-1], 3)):
        found = dict(iterate(made_batch(4), mixed_parameters(), rule, ETA))
        for number, (name, array) in enumerate(found.items()):
            value = values[(number + shift) % len(values)]  # another for each tensor: few of each
            filled = {n: np.full(t.shape, value) for n, t in found.items()} if value else found
            index = tuple(size // 2 for size in array.shape)
            formulae.add(explain(Entry(filled, rule, ETA, name, index, 1)).formula)
            axis = {"C": 0, "P": 2, "a": 1, "E": 1, "error_wrt_output": 1}.get(name)
            if axis is not None:
                formulae.add(explain(Entry(filled, rule, ETA, name, index, 1), axis).formula)
    assert len(formulae) > 100
    for text in formulae:
        drawing = svg(text, 15, "#000000")
        assert drawing.count("<use") + drawing.count("<path") > 3, text
