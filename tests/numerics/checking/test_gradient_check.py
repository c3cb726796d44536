import time
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cnnviz.numerics.blocks import reporting_progress
from cnnviz.numerics.checking.gradient_check import (
    STEP,
    DerivativeComparison,
    GradientCheck,
    check_gradient,
)
from cnnviz.numerics.errors import NonFiniteError, SingleImageError, ZeroDeviationError
from cnnviz.numerics.network import Batch, Parameters, initial_parameters
from cnnviz.numerics.operations import iterate, updated
from cnnviz.numerics.rule import EXACT, NOTEBOOK, RULES, SWITCHES, Rule
from tests.numerics.samples import made_batch, mixed_parameters


def both(check: GradientCheck) -> tuple[DerivativeComparison, DerivativeComparison]:
    return check.filters, check.dense


@pytest.mark.parametrize("n", [5, 40, 130])
@pytest.mark.parametrize("seed", range(4))
def test_the_exact_rule_agrees_everywhere(seed: int, n: int) -> None:
    parameters = mixed_parameters(seed) if seed % 2 else initial_parameters(seed)
    check = check_gradient(made_batch(n, seed), parameters, EXACT, 15.0)
    assert check.filters.analytic.shape == check.filters.numerical.shape == (5, 5, 3)
    assert check.dense.analytic.shape == check.dense.numerical.shape == (1728, 1)
    assert check.agrees
    assert max(one.worst_relative_error for one in both(check)) < 1e-7


@settings(max_examples=20, deadline=None)
@given(
    n=st.integers(2, 30), seed=st.integers(0, 2**16), mixed=st.booleans(), trained=st.integers(0, 5)
)
def test_the_exact_rule_agrees_for_any_seed(n: int, seed: int, mixed: bool, trained: int) -> None:
    batch = made_batch(n, seed)
    parameters = (mixed_parameters if mixed else initial_parameters)(seed)
    try:
        for _ in range(trained):
            parameters = updated(iterate(batch, parameters, EXACT, 100.0))
        check = check_gradient(batch, parameters, EXACT, 15.0)
    except ZeroDeviationError:
        return
    assert check.agrees
    assert max(one.worst_relative_error for one in both(check)) < 1e-3


def test_the_notebooks_rule_agrees_nowhere() -> None:
    for one in both(check_gradient(made_batch(20), initial_parameters(0), NOTEBOOK, 15.0)):
        assert not one.agrees
        assert (one.error > one.tolerance).all()
        larger = np.maximum(np.abs(one.analytic), np.abs(one.numerical))
        assert (one.error / larger).min() > 0.1
        assert one.worst_relative_error > 0.9


@pytest.mark.parametrize("left_out", SWITCHES)
def test_each_switch_alone_is_noticed(left_out: str) -> None:
    """All corrections but one: the filters distinguish four of them, the dense weights two."""
    rule = Rule.correcting(set(SWITCHES) - {left_out})
    check = check_gradient(made_batch(20), initial_parameters(0), rule, 15.0)
    # With the forward pass's weights, the filters do not depend on the dense gradient.
    assert check.filters.agrees == (left_out == "scale")
    assert check.dense.agrees == (left_out not in {"scale", "standardisation"})
    assert not check.agrees


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.title)
def test_only_the_exact_rule_agrees(rule: Rule) -> None:
    assert check_gradient(made_batch(7), initial_parameters(1), rule, 15.0).agrees == (
        rule == EXACT
    )


def test_values_are_those_of_the_iteration_and_of_the_loss() -> None:
    """The differences are those of two whole iterations, in each of three blocks of images."""
    batch, parameters = made_batch(250), initial_parameters(2)
    check = check_gradient(batch, parameters, EXACT, 1.0)
    tensors = iterate(batch, parameters, EXACT, 1.0)
    np.testing.assert_array_equal(check.filters.analytic, tensors["dF"].transpose(1, 2, 0))
    np.testing.assert_array_equal(check.dense.analytic, tensors["dW"])
    for name, index in (("f", (1, 3, 2)), ("f", (4, 0, 0)), ("wo", (700, 0)), ("wo", (1500, 0))):
        one = check.filters if name == "f" else check.dense
        step = float(one.step[index])
        losses = []
        for sign in (1, -1):
            arrays = {"f": parameters.f.copy(), "wo": parameters.wo.copy()}
            arrays[name][index] += sign * step
            moved = iterate(batch, Parameters(**arrays), EXACT, 1.0)
            losses.append(np.mean(moved["E"]))
        numerical = (losses[0] - losses[1]) / (2 * step)
        # Whole iterations round z itself, which is much larger than what a step changes of it.
        rounding = np.finfo(float).eps * tensors["z"].max() / tensors["std"].item() / step
        assert one.numerical[index] == pytest.approx(numerical, rel=0, abs=rounding)
        assert rounding < 1e-3 * abs(one.numerical).max()
        assert one.tolerance[index] < 1e-4 * abs(one.analytic).max()


def test_two_images_have_no_gradient() -> None:
    """Their ẑ are ±1 for all parameters: both methods give 0, to within rounding."""
    check = check_gradient(made_batch(2, seed=3), initial_parameters(0), EXACT, 1.0)
    for one in both(check):
        assert one.agrees
        assert np.abs(one.analytic).max() < 1e-12
        assert one.worst_relative_error == 0


@pytest.mark.parametrize(
    ("analytic", "numerical", "expected"),
    [(1.0, 1.0, 0.0), (0.0, 0.0, 0.0), (2.0, 1.0, 0.5), (-1.0, 1.0, 2.0), (0.0, 1e-9, 1.0)],
)
def test_relative_error(analytic: float, numerical: float, expected: float) -> None:
    values = (np.array([value]) for value in (analytic, numerical, 1e-5, 1e-12))
    one = DerivativeComparison(*values)
    assert one.worst_relative_error == expected
    assert one.agrees == (analytic == numerical)


def test_a_relative_error_is_of_the_largest_derivative_and_the_worst_weight_is_named() -> None:
    analytic = np.array([[4.0], [1e-9], [0.5]])
    numerical = np.array([[4.0], [2e-9], [0.3]])
    one = DerivativeComparison(analytic, numerical, np.full((3, 1), 1e-5), np.full((3, 1), 1e-8))
    assert one.worst_relative_error == pytest.approx(0.05)
    assert one.worst == (2, 0)
    assert not one.agrees


def test_derivatives_within_their_tolerance_have_no_relative_error() -> None:
    values = (np.array([value]) for value in (1e-14, -3e-14, 1e-5, 1e-12))
    one = DerivativeComparison(*values)
    assert one.agrees
    assert one.worst_relative_error == 0


def test_nothing_is_changed() -> None:
    batch, parameters = made_batch(4), initial_parameters(0)
    before = parameters.f.copy(), parameters.wo.copy(), batch.planes.copy()
    first = check_gradient(batch, parameters, EXACT, 1.0)
    for array, kept in zip((parameters.f, parameters.wo, batch.planes), before, strict=True):
        np.testing.assert_array_equal(array, kept)
    again = check_gradient(batch, parameters, EXACT, 1.0)
    for one, other in zip(both(first), both(again), strict=True):
        np.testing.assert_array_equal(one.numerical, other.numerical)
    with pytest.raises(FrozenInstanceError):
        first.filters.analytic = again.filters.analytic  # type: ignore[misc]


def test_single_precision_is_checked_in_double() -> None:
    batch, parameters = made_batch(20, dtype=np.float32), initial_parameters(0, np.float32)
    check = check_gradient(batch, parameters, EXACT, 1.0)
    for one in both(check):
        assert one.agrees
        assert one.analytic.dtype == one.numerical.dtype == np.float64
        assert one.worst_relative_error < 1e-7


@pytest.mark.parametrize("size", [1e-12, 1e12])
def test_the_step_fits_the_parameters(size: float) -> None:
    """Dense weights of another size change only the deviation of z, not the result of learning."""
    batch, p = made_batch(20), initial_parameters(0)
    check = check_gradient(batch, Parameters(p.f, p.wo * size), EXACT, 1.0)
    for one in both(check):
        assert one.agrees
        assert one.worst_relative_error < 1e-7


def test_the_step_of_a_filter_is_its_own() -> None:
    """A filter with zero dense weights moves no ẑ; only its C limits the step."""
    batch, p = made_batch(20), initial_parameters(0)
    wo = p.wo.copy()
    wo[: 2 * 576] = 0
    std = iterate(batch, Parameters(p.f, wo), EXACT, 1.0)["std"].item()
    check = check_gradient(batch, Parameters(p.f, wo), EXACT, 1.0)
    assert (check.filters.step[..., :2] == STEP).all()
    np.testing.assert_allclose(check.filters.step[..., 2], STEP * 4 * std / wo.sum())
    np.testing.assert_allclose(check.dense.step, STEP * std)
    assert check.filters.step[0, 0, 2] < STEP < check.dense.step[0, 0]
    assert check.agrees


@pytest.mark.parametrize("at", [(0, 0, 0), (4, 2, 1)])
def test_one_wrong_filter_weight_is_found(at: tuple[int, int, int]) -> None:
    one = check_gradient(made_batch(20), initial_parameters(0), EXACT, 1.0).filters
    analytic = one.analytic.copy()
    analytic[at] += 1e-4 * np.abs(analytic).max()
    spoilt = DerivativeComparison(analytic, one.numerical, one.step, one.tolerance)
    assert spoilt.worst == at
    assert not spoilt.agrees


def test_what_cannot_be_computed_is_named() -> None:
    p = initial_parameters(0)
    with pytest.raises(SingleImageError):
        check_gradient(made_batch(1), p, EXACT, 1.0)
    with pytest.raises(NonFiniteError):
        check_gradient(made_batch(3), Parameters(p.f * 1e308, p.wo), EXACT, 1.0)
    with pytest.raises(ZeroDeviationError):
        check_gradient(Batch(np.zeros((3, 28, 28)), np.zeros((1, 3))), p, EXACT, 1.0)


def test_progress_is_reported_and_can_end_it() -> None:
    class CancelledError(Exception):
        pass

    shares: list[float] = []
    with reporting_progress(shares.append):
        check_gradient(made_batch(250), initial_parameters(0), EXACT, 1.0)
    assert shares[-1] == 1
    assert len(set(shares)) >= 3

    def cancel(_: float) -> None:
        raise CancelledError

    with pytest.raises(CancelledError), reporting_progress(cancel):
        check_gradient(made_batch(250), initial_parameters(0), EXACT, 1.0)


def test_all_weights_take_less_than_three_seconds() -> None:
    batch, parameters = made_batch(200), initial_parameters(0)
    start = time.thread_time()  # of this thread, however busy the machine is
    check = check_gradient(batch, parameters, EXACT, 15.0)
    assert time.thread_time() - start < 3
    assert check.filters.numerical.size + check.dense.numerical.size == 1803
