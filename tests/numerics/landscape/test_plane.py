import numpy as np
import pytest

from cnnviz.numerics.fast import FastIteration
from cnnviz.numerics.landscape.line import step_of
from cnnviz.numerics.landscape.plane import COARSEST, Plane, axes_of
from cnnviz.numerics.landscape.vectors import WEIGHTS, as_parameters, as_vector
from cnnviz.numerics.network import initial_parameters
from cnnviz.numerics.operations import iterate
from cnnviz.numerics.rule import EXACT, NOTEBOOK
from tests.numerics.samples import made_batch


def test_axes_are_at_right_angles_and_hold_both_directions() -> None:
    first, second = np.random.default_rng(0).normal(size=(2, WEIGHTS)) + 1
    axes = axes_of(first, second)
    assert axes is not None
    assert axes @ axes.T == pytest.approx(np.eye(2), abs=1e-14)
    assert axes @ first == pytest.approx([np.linalg.norm(first), 0], abs=1e-12)
    assert (axes @ second)[1] > 0
    assert (axes @ second) @ axes == pytest.approx(second, abs=1e-12)


def test_nearly_parallel_directions_still_make_right_angles() -> None:
    first, other = np.random.default_rng(0).normal(size=(2, WEIGHTS))
    axes = axes_of(first, first + 1e-4 * other)
    assert axes is not None
    assert axes @ axes.T == pytest.approx(np.eye(2), abs=1e-14)


@pytest.mark.parametrize("factor", [1.0, -2.0, 0.0])
def test_parallel_directions_make_no_plane(factor: float) -> None:
    first = np.random.default_rng(0).normal(size=WEIGHTS)
    assert axes_of(first, factor * first) is None
    assert axes_of(np.zeros(WEIGHTS), first) is None


def test_the_plane_holds_the_loss_at_its_points_and_grows_finer() -> None:
    batch, parameters = made_batch(5), initial_parameters(1)
    kernel = FastIteration(batch)
    steps = [step_of(kernel, parameters, rule, 5.0) for rule in (EXACT, NOTEBOOK)]
    axes = axes_of(*steps)
    assert axes is not None
    origin = as_vector(parameters)
    coarse = Plane.around(kernel, origin, axes, (-1.0, 2.0), (-0.5, 0.5))
    shares: list[float] = []
    fine = coarse.finer(kernel, shares.append)
    assert coarse.loss.shape == (COARSEST, COARSEST)
    assert fine.loss.shape == (2 * COARSEST - 1,) * 2
    assert np.array_equal(fine.loss[::2, ::2], coarse.loss)
    assert fine.x[::2] == pytest.approx(coarse.x)
    assert (fine.x[0], fine.x[-1], fine.y[0], fine.y[-1]) == (-1.0, 2.0, -0.5, 0.5)
    assert shares == sorted(shares)
    for j, i in ((0, 0), (3, 4), (16, 7), (5, 5), (8, 16)):
        there = as_parameters(origin + fine.x[i] * axes[0] + fine.y[j] * axes[1])
        expected = float(iterate(batch, there, EXACT, 1.0)["E"].mean())
        assert fine.loss[j, i] == pytest.approx(expected, rel=1e-9)


def test_states_are_projected_to_the_nearest_point() -> None:
    random = np.random.default_rng(3)
    origin, first, second, away = random.normal(size=(4, WEIGHTS))
    axes = axes_of(first, second)
    assert axes is not None
    plane = Plane(origin, axes, np.zeros(1), np.zeros(1), np.zeros((1, 1)))
    away = away - (axes @ away) @ axes
    states = np.stack([origin, origin + 2 * axes[0] - 3 * axes[1] + away])
    assert plane.project(states) == pytest.approx(np.array([[0, 0], [2, -3]]), abs=1e-10)
