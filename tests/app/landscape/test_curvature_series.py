import numpy as np

from cnnviz.app.landscape import curvature_series as module
from cnnviz.app.landscape.curvature_series import CurvatureSeries, StateCurvature
from cnnviz.numerics.landscape.curvature import Curvature


def found(iteration: int, largest: float, key: object = "run") -> StateCurvature:
    return StateCurvature(key, iteration, 100.0, Curvature(largest, np.ones(3)))


def test_states_are_in_order_and_a_new_value_replaces_the_old() -> None:
    series = CurvatureSeries()
    for one in (found(5, 0.02), found(2, 0.01), found(5, 0.03)):
        series.add(one)
    assert series.iterations.tolist() == [2, 5]
    assert np.allclose(series.stability, [0.5, 1.5])
    assert series.newest is not None
    assert series.newest.iteration == 5


def test_another_run_starts_again() -> None:
    series = CurvatureSeries()
    series.add(found(5, 0.02))
    series.add(found(3, 0.04, key="branch"))
    assert series.iterations.tolist() == [3]


def test_a_long_run_is_thinned() -> None:
    series = CurvatureSeries()
    for iteration in range(module.MOST + 1):
        series.add(found(iteration, 0.02))
    assert len(series.iterations) == module.MOST // 2 + 1
    assert series.iterations[-1] == module.MOST
