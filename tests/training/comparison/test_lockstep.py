"""Two rules in lockstep: where they part, and how their gradients compare."""

import json
from dataclasses import replace

import numpy as np
import pytest

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.checking.faults import FAULTS
from cnnviz.numerics.errors import NonFiniteError
from cnnviz.numerics.fast import FastIteration
from cnnviz.numerics.network import Batch, Parameters, initial_parameters
from cnnviz.numerics.operations import iterate, updated
from cnnviz.numerics.rule import EXACT, NOTEBOOK, RULES, SWITCHES, Rule
from cnnviz.training.comparison import lockstep_report
from cnnviz.training.comparison.lockstep import Gradients, difference, lockstep
from cnnviz.training.errors import ComparisonError, SettingsError
from cnnviz.training.settings import Settings

FIRST_AT = {
    "scale": ("dense_gradient", "dW"),
    "standardisation": ("delta", "delta"),
    "update-order": ("map_gradient", "G"),
    "pairing": ("average_over_images", "g"),
    "layout": ("reshape", "M"),
}
SMALL = Settings(subset=12, learning_rate=5.0)


@pytest.mark.parametrize("switch", SWITCHES)
@pytest.mark.parametrize("base", [NOTEBOOK, Rule.correcting(["pairing", "scale"])])
def test_rules_part_where_they_differ(digits: Dataset, switch: str, base: Rule) -> None:
    other = Rule.correcting({*base.corrected} ^ {switch})
    parting = lockstep(digits, SMALL, (base, other), 1).parting
    assert parting is not None
    assert parting.iteration == 0
    assert (parting.first.operation, parting.first.tensor) == FIRST_AT[switch]
    before = parting.differences[: parting.differences.index(parting.first)]
    assert {one.difference for one in before} == {0}


def test_a_tensor_is_shown_under_both_rules_in_any_iteration(digits: Dataset) -> None:
    found = lockstep(digits, SMALL, (NOTEBOOK, EXACT), 3)
    first, second = found.tensors(2)
    beside = found.beside(2, "G", 5)
    for mine, tensors in ((beside.first, first), (beside.second, second)):
        assert mine[1, 4, 7] == tensors["G"][1 * 576 + 7 * 24 + 4, 5]  # row 4, column 7, transposed
    np.testing.assert_array_equal(beside.difference, beside.second - beside.first)
    sizes = {one.tensor: one.difference for one in beside.differences}
    assert sizes["z"] == pytest.approx(
        np.abs(first["z"] - second["z"]).max()
        / max(np.abs(first["z"]).max(), np.abs(second["z"]).max())
    )
    # The notebook's mean over the images stands beside each image's own.
    assert (
        found.beside(2, "g", 5).first.shape == found.beside(2, "g", 5).second.shape == (3, 24, 24)
    )


def test_the_gradients_are_those_of_each_rule_at_its_own_state(digits: Dataset) -> None:
    rules = (NOTEBOOK, Rule.correcting(["standardisation", "pairing"]))
    found = lockstep(digits, SMALL, rules, 4)
    data = digits.first(12)
    batch = Batch.from_images(data.images, data.labels)
    states = [initial_parameters(0)] * 2
    for iteration in range(4):
        tensors = [iterate(batch, p, rule, 5.0) for p, rule in zip(states, rules, strict=True)]
        for found_of, name in ((found.filters, "dF"), (found.dense, "dW")):
            first, second = (t[name].ravel() for t in tensors)
            sizes = np.linalg.norm(first), np.linalg.norm(second)
            expected = first @ second / (sizes[0] * sizes[1])
            assert found_of.cosine[iteration] == pytest.approx(expected, abs=1e-7)
            assert found_of.norm_ratio[iteration] == pytest.approx(sizes[1] / sizes[0], rel=1e-7)
        for mine, theirs in zip(tensors, found.tensors(iteration), strict=True):
            assert theirs["dF"] == pytest.approx(mine["dF"], rel=1e-7, abs=1e-12)
        states = [updated(t) for t in tensors]


def test_rules_that_never_differ_never_part(digits: Dataset) -> None:
    shares: list[float] = []
    found = lockstep(digits, SMALL, (EXACT, EXACT), 3, on_progress=shares.append)
    assert found.parting is None
    assert found.filters.cosine == pytest.approx(np.ones(3))
    assert found.dense.norm_ratio.tolist() == [1, 1, 1]
    assert shares == pytest.approx([1 / 3, 2 / 3, 1])
    assert lockstep_report.rows(found) == []
    assert "In 3 iterations, no tensor of exact and exact differs" in lockstep_report.sentences(
        found
    )


def test_a_small_difference_grows_until_it_counts(digits: Dataset) -> None:
    """With a tiny learning rate the updated weights are nearly the old ones at first."""
    settings = Settings(subset=12, learning_rate=1e-4)
    rules = (Rule.correcting(["scale"]), Rule.correcting(["scale", "update-order"]))
    at_once = lockstep(digits, settings, rules, 1, amount=1e-12).parting
    assert at_once is not None
    assert at_once.first.operation == "map_gradient"
    amount = 1.5 * at_once.first.difference
    later = lockstep(digits, settings, rules, 40, amount=amount).parting
    assert later is None or later.iteration > 0


def test_a_fault_is_compared_with_the_exact_rule(digits: Dataset) -> None:
    fault = next(fault for fault in FAULTS if fault.name == "filter-rotated")
    found = lockstep(digits, SMALL, (EXACT, fault.rule), 3)
    assert found.parting is not None
    assert found.parting.first.operation == "filter_gradient"
    assert found.filters.norm_ratio[0] == pytest.approx(1)
    assert found.filters.cosine[0] < 1


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        (np.array([1.0, -4.0]), np.array([1.0, 4.0]), 2),
        (np.array([3.0, 0.0]), np.array([3.0, 1.5]), 0.5),
        (np.zeros(2), np.zeros(2), 0),
        (np.array([1e308]), np.array([-1e308]), 2),
        (np.ones(2), np.array([[1.0, 2.0], [1.0, 1.0]]), 0.5),
        (np.array([[1.0, 2.0], [1.0, 1.0]]), np.ones(2), 0.5),
    ],
)
def test_the_difference_is_relative_to_the_largest_value(
    first: np.ndarray, second: np.ndarray, expected: float
) -> None:
    assert difference(first, second) == expected


def test_training_that_ends_early_keeps_what_it_has(
    digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    update, done = FastIteration.update, []

    def fail(self: FastIteration, rule: Rule, learning_rate: float) -> Parameters:
        done.append(rule)
        if len(done) == 4:
            raise NonFiniteError("dense_update", "3 of 1728 values of wo are not finite.")
        return update(self, rule, learning_rate)

    monkeypatch.setattr(FastIteration, "update", fail)
    found = lockstep(digits, SMALL, (NOTEBOOK, EXACT), 9)
    assert found.ended is not None
    assert (found.iterations, found.ended.iteration) == (2, 2)
    assert "The training ended early. " in lockstep_report.sentences(found)


def test_nothing_at_all_is_an_error(digits: Dataset) -> None:
    blank = Dataset("blank", np.zeros((4, 28, 28), np.uint8), digits.labels[:4])
    with pytest.raises(ComparisonError, match="nothing can be compared"):
        lockstep(blank, Settings(subset=4), (NOTEBOOK, EXACT), 2)
    with pytest.raises(SettingsError, match="ask for 1 or more"):
        lockstep(digits, SMALL, (NOTEBOOK, EXACT), 0)


def test_an_error_from_its_progress_ends_it(digits: Dataset) -> None:
    class StopError(Exception):
        pass

    def stop(_share: float) -> None:
        raise StopError

    with pytest.raises(StopError):
        lockstep(digits, SMALL, (RULES[0], RULES[1]), 1_000, on_progress=stop)


def test_what_is_not_finite_is_null_in_json(digits: Dataset) -> None:
    found = lockstep(digits, SMALL, (NOTEBOOK, EXACT), 2)
    undefined = Gradients(np.array([np.nan, 0.5]), np.array([np.inf, 2.0]))
    report = json.loads(lockstep_report.as_json(replace(found, filters=undefined)))["lockstep"]
    assert report["gradients"]["filters"] == {"cosine": [None, 0.5], "norm_ratio": [None, 2.0]}
    assert report["gradients"]["dense"]["cosine"] == found.dense.cosine.tolist()


def test_rules_that_the_fast_path_does_not_cover_are_not_computed_by_it(
    digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its forward pass may end where theirs does not."""
    monkeypatch.setattr(FastIteration, "forward", None)
    first, second = (fault.rule for fault in FAULTS[:2])
    found = lockstep(digits, SMALL, (first, second), 3)
    assert found.parting is not None
    assert (found.iterations, found.ended) == (3, None)
