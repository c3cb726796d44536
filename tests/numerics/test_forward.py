from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cnnviz.numerics.errors import (
    NoBatchStatisticsError,
    NonFiniteError,
    SingleImageError,
    ZeroDeviationError,
)
from cnnviz.numerics.forward import ForwardPass, feature_maps, single_pass
from cnnviz.numerics.network import Floats, Parameters, initial_parameters
from cnnviz.numerics.operations import iterate
from cnnviz.numerics.rule import NOTEBOOK
from tests.numerics.samples import made_batch, mixed_parameters


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_from_z_agrees_with_the_operations(dtype: type) -> None:
    batch = made_batch(20, dtype=dtype)
    tensors = iterate(batch, initial_parameters(0, dtype), NOTEBOOK, 1.0)
    forward = ForwardPass.from_z(tensors["z"].copy(), batch.y)
    for name in ("z", "zs", "o", "E"):
        np.testing.assert_array_equal(getattr(forward, name), tensors[name])
        assert getattr(forward, name).dtype == dtype
    assert forward.mean == tensors["mean"].item()
    assert forward.std == tensors["std"].item()
    assert forward.loss == pytest.approx(tensors["E"].mean(dtype=np.float64), rel=1e-15)
    right = [(o > 0.5) == (y == 1) for o, y in zip(tensors["o"][0], batch.y[0], strict=True)]
    assert forward.accuracy == sum(right) / 20


def test_a_forward_pass_does_not_change() -> None:
    forward = ForwardPass.from_z(np.array([[1.0, 2, 4]]), np.array([[0.0, 1, 1]]))
    for array in (forward.z, forward.zs, forward.o, forward.E):
        with pytest.raises(ValueError, match="read-only"):
            array[0, 0] = 0
    with pytest.raises(FrozenInstanceError):
        forward.loss = 0.0  # type: ignore[misc]


@given(
    hnp.arrays(np.float64, st.tuples(st.just(1), st.integers(2, 30)), elements=st.floats(-99, 99)),
    st.integers(0, 2**32 - 1),
)
def test_bounds_of_loss_and_accuracy(z: Floats, seed: int) -> None:
    assume(np.std(z) > 1e-6)
    y = np.random.default_rng(seed).integers(0, 2, size=z.shape).astype(float)
    forward = ForwardPass.from_z(z.copy(), y)
    assert 0 <= forward.loss < 0.5
    assert 0 <= forward.accuracy <= 1
    assert round(forward.accuracy * z.size) == pytest.approx(forward.accuracy * z.size, abs=1e-9)
    assert np.all((forward.o > 0) & (forward.o < 1))
    other = ForwardPass.from_z(z.copy(), 1 - y)
    assert forward.accuracy + other.accuracy == pytest.approx(1)
    if forward.accuracy == 1:
        assert forward.loss <= 0.125


def test_an_output_of_one_half_predicts_four_or_less() -> None:
    z = np.array([[-1.0, 0, 1]])
    assert ForwardPass.from_z(z.copy(), np.array([[0.0, 0, 1]])).accuracy == 1
    assert ForwardPass.from_z(z.copy(), np.array([[0.0, 1, 1]])).accuracy == 2 / 3


def test_z_that_has_no_result_is_named() -> None:
    y = np.array([[0.0, 1, 0]])
    with pytest.raises(SingleImageError):
        ForwardPass.from_z(np.array([[1.0]]), y[:, :1])
    with pytest.raises(ZeroDeviationError):
        ForwardPass.from_z(np.full((1, 3), 0.1), y)
    with pytest.raises(NonFiniteError, match="1 of 3 values of z") as caught:
        ForwardPass.from_z(np.array([[1.0, np.nan, 2]]), y)
    assert caught.value.operation == "dense"
    with pytest.raises(NonFiniteError) as caught:
        ForwardPass.from_z(np.array([[1e200, -1e200, 0]]), y)
    assert caught.value.operation == "standardise"


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_single_image_gives_the_same_result_as_in_the_batch(dtype: type) -> None:
    batch, parameters = made_batch(7, dtype=dtype), mixed_parameters(dtype=dtype)
    tensors = iterate(batch, parameters, NOTEBOOK, 1.0)
    mean, std = tensors["mean"].item(), tensors["std"].item()
    tolerance = 2e-4 if dtype is np.float32 else 1e-12
    for k in range(batch.n):
        picture = single_pass(batch.planes[k], parameters, mean, std)
        np.testing.assert_allclose(picture.C, tensors["C"][k], rtol=tolerance, atol=tolerance)
        np.testing.assert_allclose(picture.A, tensors["A"][k], rtol=tolerance)
        assert picture.C.dtype == picture.A.dtype == dtype
        for name in ("z", "zs", "o"):
            assert getattr(picture, name) == pytest.approx(tensors[name][0, k], abs=tolerance)


def test_an_image_outside_the_batch_uses_the_batch_statistics() -> None:
    parameters = initial_parameters(0)
    picture = single_pass(np.zeros((28, 28)), parameters, 400.0, 20.0)
    assert picture.z == pytest.approx(parameters.wo.sum() / 2)
    assert picture.zs == pytest.approx((picture.z - 400) / 20)
    assert picture.o == pytest.approx(1 / (1 + np.exp(-picture.zs)))
    np.testing.assert_array_equal(picture.C, np.zeros((3, 24, 24)))
    np.testing.assert_array_equal(picture.A, np.full((3, 24, 24), 0.5))


@pytest.mark.parametrize(
    ("mean", "std"), [(np.nan, 1), (1, np.nan), (1, 0), (1, -1), (np.inf, 1), (1, np.inf)]
)
def test_one_picture_without_a_batch_is_refused(mean: float, std: float) -> None:
    with pytest.raises(NoBatchStatisticsError, match="run a batch forward first") as caught:
        single_pass(np.zeros((28, 28)), initial_parameters(0), mean, std)
    assert caught.value.operation == "standardise"


def test_feature_maps_of_huge_filters_raise_no_warning() -> None:
    p = initial_parameters(0)
    plane = made_batch(1).planes[0]
    C, A = feature_maps(plane, Parameters(-p.f * 1e308, p.wo))
    assert C.shape == A.shape == (3, 24, 24)
    assert set(np.unique(A)) <= {0, 0.5}
