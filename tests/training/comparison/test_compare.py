"""Comparisons of all rules: their curves are the trainer's, whatever the threads."""

import threading
from contextlib import closing
from itertools import pairwise, permutations

import numpy as np
import pytest

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.errors import NonFiniteError
from cnnviz.numerics.fast import FastIteration
from cnnviz.numerics.network import Parameters
from cnnviz.numerics.rule import EXACT, NOTEBOOK, RULES, SWITCHES, Rule
from cnnviz.training.blas import blas_on_one_thread
from cnnviz.training.comparison import compare as module
from cnnviz.training.comparison.compare import compare
from cnnviz.training.comparison.result import RuleComparison, RuleRun
from cnnviz.training.errors import ComparisonCancelledError, ComparisonError, SettingsError
from cnnviz.training.pixels import Pixel
from cnnviz.training.run.trainer import Trainer
from cnnviz.training.settings import Precision, Settings


def trained(dataset: Dataset, settings: Settings, iterations: int) -> np.ndarray:
    """Return a trainer's losses and accuracies, shape (2, iterations)."""
    with blas_on_one_thread(), closing(Trainer(dataset, settings)) as trainer:
        for _ in range(iterations):
            assert trainer.step()
        curve = trainer.curve
        return np.array([curve.loss, curve.accuracy])[:, :iterations]


def curves(comparison: RuleComparison) -> list[np.ndarray]:
    return [np.array([run.loss, run.accuracy]) for run in comparison.runs]


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_curves_are_the_trainers(digits: Dataset, dtype: Precision) -> None:
    settings = Settings(
        subset=30, learning_rate=7.0, seed=3, dtype=dtype, pixels=(Pixel(2, 9, 9, 77),)
    )
    runs = {run.rule: run for run in compare(digits, settings, 6).runs}
    some = NOTEBOOK, EXACT, Rule.correcting(["standardisation"]), Rule.correcting(["pairing"])
    for rule in some:
        assert runs[rule].ended is None
        expected = trained(digits, Settings(30, 7.0, rule, 3, dtype, settings.pixels), 6)
        np.testing.assert_array_equal([runs[rule].loss, runs[rule].accuracy], expected)


def test_every_rule_is_there_once_in_order(digits: Dataset) -> None:
    comparison = compare(digits, Settings(subset=5), 2)
    assert tuple(run.rule for run in comparison.runs) == RULES
    assert {run.loss.shape for run in comparison.runs} == {(2,)}
    assert len({run.loss[0] for run in comparison.runs}) == 1  # one start
    assert len({run.loss[1] for run in comparison.runs}) > 8


def test_some_rules_are_those_of_all(digits: Dataset) -> None:
    some = EXACT, Rule.correcting(["layout"])
    every = {run.rule: run for run in compare(digits, Settings(subset=5), 3).runs}
    comparison = compare(digits, Settings(subset=5), 3, rules=some)
    assert tuple(run.rule for run in comparison.runs) == some
    for run in comparison.runs:
        np.testing.assert_array_equal(run.loss, every[run.rule].loss)
    assert not comparison.has_all


def test_the_path_takes_the_best_next_correction() -> None:
    """With losses that tell: each correction has a value of its own, and scale spoils layout."""
    values = {"scale": 1, "standardisation": 16, "update-order": 4, "pairing": 2, "layout": 8}

    def run(rule: Rule) -> RuleRun:
        spoilt = 100 * ("layout" in rule.corrected and "scale" not in rule.corrected)
        loss = 1000 - sum(values[s] for s in rule.corrected) + spoilt
        return RuleRun(rule, np.array([float(loss)]), np.array([0.5]))

    comparison = RuleComparison(1, tuple(run(rule) for rule in RULES))
    assert comparison.has_all
    added = [set(run.rule.corrected) for run in comparison.path]
    steps = [(after - before).pop() for before, after in pairwise(added)]
    assert added[0] == set()
    assert steps == ["standardisation", "update-order", "pairing", "scale", "layout"]


@pytest.mark.parametrize("together", [5_000, 1])
def test_threads_change_nothing(
    digits: Dataset, monkeypatch: pytest.MonkeyPatch, together: int
) -> None:
    monkeypatch.setattr(module, "ONE_RULE_ABOVE", together)
    settings = Settings(subset=140)  # several blocks
    some = NOTEBOOK, *RULES[1::3]  # the exact one is the last
    alone = curves(compare(digits, settings, 2, threads=1, rules=some))
    for threads in (2, 5):
        several = curves(compare(digits, settings, 2, threads=threads, rules=some))
        for one, other in zip(alone, several, strict=True):
            np.testing.assert_array_equal(one, other)


def test_progress_is_reported_to_the_callers_thread(digits: Dataset) -> None:
    seen: list[tuple[int, int]] = []

    def report(done: int, total: int) -> None:
        assert threading.current_thread() is threading.main_thread()
        seen.append((done, total))

    compare(digits, Settings(subset=10), 5, report)
    assert seen == sorted(seen)
    assert seen[-1] == (32 * 5, 32 * 5)


def test_a_comparison_can_be_cancelled(digits: Dataset) -> None:
    seen: list[int] = []
    with pytest.raises(ComparisonCancelledError, match=r"^the comparison was cancelled\.$"):
        compare(
            digits,
            Settings(),
            1_000_000,
            lambda done, _all: seen.append(done),
            lambda: bool(seen[-1]),
        )
    assert 0 < seen[-1] < 32_000_000


def test_an_error_of_a_callback_ends_it(digits: Dataset) -> None:
    def interrupt(_done: int, _all: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        compare(digits, Settings(), 1_000_000, interrupt)


@pytest.fixture
def one_pixel() -> Dataset:
    """Two images that differ by a trace of ink, so that rules with large steps end early."""
    images = np.zeros((2, 28, 28), np.uint8)
    images[0, 14, 14] = 1
    return Dataset("one pixel", images, np.array([1, 7], np.uint8))


def test_a_run_that_ends_keeps_its_curve_and_says_why(one_pixel: Dataset) -> None:
    settings = Settings(subset=2, learning_rate=1e3, dtype="float32")
    comparison = compare(one_pixel, settings, 40)
    ended = [run for run in comparison.runs if run.ended]
    assert 0 < len(ended) < 32
    for run in comparison.runs:
        if run.ended is None:
            assert run.loss.shape == run.accuracy.shape == (40,)
            continue
        assert run.loss.shape == run.accuracy.shape == (run.ended.iteration,)
        with (
            blas_on_one_thread(),
            closing(Trainer(one_pixel, Settings(2, 1e3, run.rule, 0, "float32"))) as trainer,
        ):
            while trainer.step():
                pass
            assert trainer.iteration == run.ended.iteration
            assert trainer.notice == run.ended
            np.testing.assert_array_equal([*run.loss, np.nan], trainer.curve.loss)
    notebook, exact = comparison.runs[0], comparison.runs[-1]
    assert notebook.ended is not None
    assert exact.ended is None
    change = exact.loss[39] - notebook.loss[-1]  # its last one counts
    assert sum(comparison.loss_shares.values()) == pytest.approx(change, abs=1e-15)


def test_a_run_whose_update_fails_keeps_the_loss_before_it(
    digits: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    update = FastIteration.update

    def failing(kernel: FastIteration, rule: Rule, learning_rate: float) -> Parameters:
        if rule == NOTEBOOK:
            raise NonFiniteError("dense_update", "wo is not finite.")
        return update(kernel, rule, learning_rate)

    monkeypatch.setattr(FastIteration, "update", failing)
    first, *others = compare(digits, Settings(subset=5), 3).runs
    assert first.loss.shape == first.accuracy.shape == (1,)
    assert first.ended is not None
    assert (first.ended.kind, first.ended.iteration) == ("divergence", 0)
    assert {run.loss.shape for run in others} == {(3,)}
    assert not any(run.ended for run in others)


def test_what_has_no_result_at_all_is_refused(identical_images: Dataset) -> None:
    with pytest.raises(
        ComparisonError, match=r"^nothing can be compared\. Zero deviation at itera"
    ):
        compare(identical_images, Settings(subset=5), 10)


@pytest.mark.parametrize("iterations", [0, -3])
def test_no_iterations_are_refused(digits: Dataset, iterations: int) -> None:
    with pytest.raises(SettingsError, match=f"iterations {iterations} is less than 1: ask for 1"):
        compare(digits, Settings(), iterations)


def test_too_many_images_and_iterations_are_refused(digits: Dataset) -> None:
    with pytest.raises(SettingsError, match="subset 1798 is more than the 1797 images"):
        compare(digits, Settings(subset=1798), 10)
    with pytest.raises(SettingsError, match=r"takes .* GB of memory, .*: ask for fewer\."):
        compare(digits, Settings(), 10**13)


def test_the_shares_are_those_of_the_last_iteration_over_all_orders(digits: Dataset) -> None:
    comparison = compare(digits, Settings(subset=20), 4)
    runs = {frozenset(run.rule.corrected): run for run in comparison.runs}
    orders = list(permutations(SWITCHES))
    for shares, curve in (
        (comparison.loss_shares, "loss"),
        (comparison.accuracy_shares, "accuracy"),
    ):
        last = {fixes: float(getattr(run, curve)[3]) for fixes, run in runs.items()}
        assert list(shares) == list(SWITCHES)
        for switch, share in shares.items():
            changes = [
                last[frozenset(order[: order.index(switch) + 1])]
                - last[frozenset(order[: order.index(switch)])]
                for order in orders
            ]
            assert share == pytest.approx(sum(changes) / 120, abs=1e-14)
        change = last[frozenset(SWITCHES)] - last[frozenset()]
        assert sum(shares.values()) == pytest.approx(change, abs=1e-15)


def test_what_a_curve_says() -> None:
    run = RuleRun(EXACT, np.array([0.3, 0.1, 0.2]), np.array([0.5, 0.9, 0.85]))
    assert (run.final_loss, run.final_accuracy) == (0.2, 0.85)
    assert (run.lowest_loss, run.best_accuracy) == (0.1, 0.9)
    assert (run.first_at(0.9), run.first_at(0.91), run.first_at(0.1)) == (1, None, 0)
    with pytest.raises(ValueError, match="read-only"):
        run.loss[0] = 0
