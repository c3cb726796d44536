import numpy as np
import pytest

from cnnviz.numerics.checking.faults import FAULTS
from cnnviz.numerics.errors import SingleImageError
from cnnviz.numerics.fast import FastIteration
from cnnviz.numerics.landscape.line import line, step_of
from cnnviz.numerics.landscape.slopes import Slopes
from cnnviz.numerics.landscape.vectors import WEIGHTS, as_parameters, as_vector
from cnnviz.numerics.network import Batch, Floats, Parameters, initial_parameters
from cnnviz.numerics.operations import iterate, updated
from cnnviz.numerics.rule import EXACT, NOTEBOOK, Rule
from tests.numerics.samples import made_batch, mixed_parameters


def plain_loss(batch: Batch, vector: Floats) -> float:
    return float(iterate(batch, as_parameters(vector), EXACT, 1.0)["E"].mean())


@pytest.mark.parametrize(
    "rule", [NOTEBOOK, EXACT, FAULTS[0].rule], ids=["notebook", "exact", "fault"]
)
def test_the_step_is_that_of_an_iteration(rule: Rule) -> None:
    batch, parameters = made_batch(7), mixed_parameters(1)
    step = step_of(FastIteration(batch), parameters, rule, 3.0)
    after = updated(iterate(batch, parameters, rule, 3.0))
    assert step == pytest.approx(as_vector(after) - as_vector(parameters), abs=1e-12)


def test_the_step_of_the_exact_rule_is_down_the_gradient() -> None:
    batch, parameters = made_batch(7), mixed_parameters(1)
    step = step_of(FastIteration(batch), parameters, EXACT, 2.0)
    assert step == pytest.approx(-2 * Slopes.at(batch, parameters).gradient, abs=1e-13)


@pytest.mark.parametrize("rule", [NOTEBOOK, EXACT])
def test_the_loss_along_a_step_is_the_loss_there(rule: Rule) -> None:
    batch, parameters = made_batch(9), initial_parameters(2)
    kernel = FastIteration(batch)
    step = step_of(kernel, parameters, rule, 15.0)
    found = line(kernel, parameters, step, per_decade=2)
    coarse = 10 ** np.arange(-3, 3.1, 0.5)
    assert all(np.isclose(found.multiples, multiple).any() for multiple in coarse)
    assert (np.diff(found.multiples) > 0).all()
    assert found.end == pytest.approx(plain_loss(batch, as_vector(parameters) + step), rel=1e-12)
    at = as_vector(parameters)
    expected = [plain_loss(batch, at + multiple * step) for multiple in found.multiples]
    assert found.loss == pytest.approx(np.array(expected), rel=1e-9)
    assert found.start == pytest.approx(plain_loss(batch, at), rel=1e-12)
    assert found.lowest <= min(*expected, found.start) * (1 + 1e-12)
    assert found.lowest == pytest.approx(plain_loss(batch, at + found.best * step), rel=1e-9)


def test_the_minimum_is_where_the_slope_along_the_step_is_zero() -> None:
    batch, parameters = made_batch(30), initial_parameters(1)
    kernel = FastIteration(batch)
    step = step_of(kernel, parameters, EXACT, 1000.0)
    found = line(kernel, parameters, step, per_decade=8)

    def slope(multiple: float) -> float:
        there = as_parameters(as_vector(parameters) + multiple * step)
        return float(Slopes.at(batch, there).gradient @ step)

    assert found.multiples[0] < found.best < found.multiples[-1]
    assert found.overshoot == pytest.approx(1 / found.best)
    assert slope(0.99 * found.best) < 0 < slope(1.01 * found.best)


def test_a_step_uphill_has_no_minimum() -> None:
    """Nowhere along it does the loss come below that of the state: it rises and stays above."""
    batch, parameters = made_batch(30), initial_parameters(1)
    kernel = FastIteration(batch)
    for _ in range(60):
        kernel.forward(parameters)
        parameters = kernel.update(EXACT, 100.0)
    uphill = -step_of(kernel, parameters, EXACT, 100.0)
    found = line(kernel, parameters, uphill, per_decade=1)
    assert (found.best, found.overshoot) == (0, None)
    assert found.lowest == found.start < found.loss.min()


def test_a_step_that_changes_nothing() -> None:
    kernel = FastIteration(made_batch(4))
    found = line(kernel, initial_parameters(0), np.zeros(WEIGHTS), per_decade=1)
    assert (found.best, found.overshoot) == (0, None)
    assert found.loss == pytest.approx(np.full(7, found.start))


def test_a_loss_that_is_undefined_is_left_out() -> None:
    """All z are equal once every unit is saturated by enormous filters."""
    kernel = FastIteration(made_batch(4))
    step = np.zeros(WEIGHTS)
    step[:75] = 1e306
    found = line(kernel, initial_parameters(0), step, per_decade=1)
    assert np.isnan(found.loss[-1])
    assert not np.isnan(found.start)


def test_its_progress_is_reported_before_each_point() -> None:
    kernel, shares = FastIteration(made_batch(4)), list[float]()
    step = step_of(kernel, initial_parameters(0), EXACT, 10.0)
    found = line(kernel, initial_parameters(0), step, 1, shares.append)
    assert len(shares) == len(found.multiples)
    assert shares == sorted(shares)
    assert 0 < shares[-1] <= 1


def test_one_image_has_no_loss() -> None:
    parameters: Parameters = initial_parameters(0)
    with pytest.raises(SingleImageError):
        step_of(FastIteration(made_batch(1)), parameters, EXACT, 1.0)
