import numpy as np

from cnnviz.numerics.landscape.vectors import WEIGHTS, as_parameters, as_vector
from tests.numerics.samples import mixed_parameters


def test_a_vector_holds_the_filters_and_then_the_dense_weights() -> None:
    parameters = mixed_parameters(1)
    vector = as_vector(parameters)
    assert vector.shape == (WEIGHTS,) == (1803,)
    assert vector[(4 * 5 + 2) * 3 + 1] == parameters.f[4, 2, 1]
    assert vector[75 + 1000] == parameters.wo[1000, 0]
    again = as_parameters(vector)
    assert np.array_equal(again.f, parameters.f)
    assert np.array_equal(again.wo, parameters.wo)


def test_parameters_do_not_change_with_the_vector_they_came_from() -> None:
    vector = as_vector(mixed_parameters(1, np.float32))
    assert vector.dtype == np.float64
    parameters = as_parameters(vector)
    vector[:] = 0
    assert np.abs(parameters.f).min() > 0
