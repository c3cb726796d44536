"""Entries that belong together are found by perturbing one and seeing which others change."""

import numpy as np
import pytest

from cnnviz.data.bundled import bundled_digits
from cnnviz.numerics.correspondence import (
    choices,
    corresponding_index,
    is_read,
    known_indices,
)
from cnnviz.numerics.network import Batch, Tensors, initial_parameters
from cnnviz.numerics.operations import OPERATIONS, inputs, iterate
from cnnviz.numerics.rule import EXACT, NOTEBOOK, Rule
from cnnviz.numerics.tensors import LENGTHS, TENSORS

N = 3
_OPERATION = {operation.name: operation for operation in OPERATIONS}


@pytest.fixture(scope="module")
def batch() -> Batch:
    digits = bundled_digits()
    return Batch.from_images(digits.images[:N], digits.labels[:N])


def tensors_of(batch: Batch, rule: Rule) -> Tensors:
    parameters = initial_parameters(0)
    return {**inputs(batch, parameters), **iterate(batch, parameters, rule, 15.0)}


def region(name: str, shape: tuple[int, ...], known: dict) -> np.ndarray:
    """Return which entries of a tensor have the known indices, by a plain loop."""
    found = np.zeros(shape, bool)
    for index in np.ndindex(shape):
        own = known_indices(name, index, name, EXACT)
        found[index] = all(
            own.get(axis, at) == at for axis, at in known.items() if axis in own
        ) and all(
            own[axis] in choices(axis, known, LENGTHS[axis])
            for axis in ("r+u", "c+v")
            if axis in own
        )
    return found


@pytest.mark.parametrize("rule", [NOTEBOOK, EXACT])
@pytest.mark.parametrize(
    ("operation", "read", "written", "index"),
    [
        ("correlate", "f", "C", (1, 2, 7, 9)),
        ("sigmoid", "C", "A", (1, 2, 7, 9)),
        ("flatten", "A", "a", (1319, 2)),
        ("dense", "a", "z", (0, 1)),
        ("map_gradient", "delta", "G", (1319, 2)),
        ("reshape", "g", "M", (5, 11, 2)),
        ("filter_gradient", "M", "dF", (2, 1, 3)),
        ("filter_update", "dF", "f_next", (1, 3, 2)),
        ("dense_gradient", "a", "dW", (800, 0)),
    ],
)
def test_only_these_entries_go_into_it(
    batch: Batch, rule: Rule, operation: str, read: str, written: str, index: tuple[int, ...]
) -> None:
    tensors = dict(tensors_of(batch, rule))
    if written == "M" and tensors["M"].ndim == 4:
        index = (*index, 1)
    known = dict(known_indices(written, index, read, rule))
    inside = region(read, tensors[read].shape, known)
    assert inside.any()
    rng, before = np.random.default_rng(0), tensors[written][index]

    def with_changes(where: np.ndarray) -> float:
        changed = np.array(tensors[read])
        changed[where] += rng.normal(size=int(where.sum()))
        results = _OPERATION[operation].variant(rule).compute({**tensors, read: changed}, 15.0)
        return dict(zip(_OPERATION[operation].writes, results, strict=True))[written][index]

    assert with_changes(~inside) == pytest.approx(before, abs=1e-12)
    assert with_changes(inside) != pytest.approx(before, abs=1e-9)


def test_a_number_that_is_followed_keeps_what_it_fixes(batch: Batch) -> None:
    tensors = tensors_of(batch, EXACT)

    def followed(name: str, index: tuple[int, ...], toward: str, rule: Rule = EXACT) -> tuple:
        known = known_indices(name, index, toward, rule)
        return corresponding_index(toward, tensors[toward], known, 1)

    assert followed("C", (2, 1, 7, 9), "A") == (2, 1, 7, 9)
    assert followed("C", (2, 1, 7, 9), "G") == (576 + 7 * 24 + 9, 2)
    assert followed("C", (2, 1, 7, 9), "z") == (0, 2)
    assert followed("G", (576 + 7 * 24 + 9, 2), "C") == (2, 1, 7, 9)
    assert followed("G", (576 + 7 * 24 + 9, 2), "dF")[0] == 1
    assert followed("dF", (1, 2, 3), "f_next") == (2, 3, 1)
    strongest = np.abs(tensors["dF"][1]).argmax()
    assert followed("G", (576, 2), "dF")[1:] == np.unravel_index(strongest, (5, 5))
    assert followed("z", (0, 2), "dF") == ()  # every image goes into it
    assert followed("G", (576, 2), "dF", NOTEBOOK)[0] == 576 % 3


def test_without_values_only_a_whole_index_is_known() -> None:
    known = known_indices("C", (2, 1, 7, 9), "A", EXACT)
    assert corresponding_index("A", None, known, 0) == (2, 1, 7, 9)
    known = known_indices("G", (576, 2), "dF", EXACT)
    assert corresponding_index("dF", None, known, 0) == ()
    assert set(TENSORS) >= {"dF"}


@pytest.mark.parametrize("rule", [NOTEBOOK, EXACT])
@pytest.mark.parametrize("operation", ["map_gradient", "delta", "dense_update"])
def test_what_a_rule_does_not_read_may_be_anything(
    batch: Batch, rule: Rule, operation: str
) -> None:
    tensors, carried_out = tensors_of(batch, rule), _OPERATION[operation]
    before = carried_out.variant(rule).compute(tensors, 15.0)
    for name in carried_out.reads:
        if name in tensors:
            other = {**tensors, name: tensors[name] + 1}
            after = carried_out.variant(rule).compute(other, 15.0)
            same = all(np.array_equal(one, two) for one, two in zip(before, after, strict=True))
            assert same is not is_read(operation, name, rule)
