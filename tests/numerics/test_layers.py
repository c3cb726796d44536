import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cnnviz.numerics import layers
from cnnviz.numerics.errors import SingleImageError, ZeroDeviationError
from cnnviz.numerics.network import Floats
from tests.numerics.samples import mixed_parameters

seeds = st.integers(0, 2**32 - 1)
arrays_of_z = hnp.arrays(
    np.float64, st.tuples(st.just(1), st.integers(2, 12)), elements=st.floats(-1e3, 1e3)
)


def spread(z: Floats) -> bool:
    """Whether z differ enough that rounding is small beside their deviation."""
    return bool(np.std(z) > 1e-3 * max(1, np.abs(z).max()))


def test_patches_are_the_receptive_fields() -> None:
    X = np.random.default_rng(0).random((28, 28, 3))
    P = layers.patches(X)
    assert P.shape == (24, 24, 3, 5, 5)
    assert np.shares_memory(P, X)
    for r, c, k in [(0, 0, 0), (23, 23, 2), (7, 19, 1)]:
        np.testing.assert_array_equal(P[r, c, k], X[r : r + 5, c : c + 5, k])


def test_correlate_is_equivariant_to_shifts() -> None:
    """One white pixel shows the filter turned by half a turn, as a correlation does."""
    X, f = np.zeros((28, 28, 1)), mixed_parameters().f
    X[10, 13, 0] = 1
    C = layers.correlate(layers.patches(X), f)
    assert C.shape == (1, 3, 24, 24)
    for i in range(3):
        np.testing.assert_array_equal(C[0, i, 6:11, 9:14], f[::-1, ::-1, i])
    assert np.count_nonzero(C) == np.count_nonzero(f)


@settings(max_examples=15)
@given(seeds, st.integers(1, 4))
def test_correlate_gradient_is_the_adjoint_of_correlate(seed: int, n: int) -> None:
    """Σ C · M over all images is n Σ f · dF, whatever f and M."""
    random = np.random.default_rng(seed)
    P = layers.patches(random.random((28, 28, n)))
    f, M = random.normal(size=(5, 5, 3)), random.normal(size=(24, 24, 3, n))
    forwards = np.sum(layers.correlate(P, f) * M.transpose(3, 2, 0, 1))
    backwards = n * np.sum(f * layers.correlate_gradient(P, M).transpose(1, 2, 0))
    assert forwards == pytest.approx(backwards, rel=1e-10, abs=1e-9)


@settings(max_examples=15)
@given(seeds, st.integers(1, 4))
def test_one_error_for_all_images_is_the_same_error_for_each(seed: int, n: int) -> None:
    random = np.random.default_rng(seed)
    P, M = layers.patches(random.random((28, 28, n))), random.normal(size=(24, 24, 3))
    each = np.repeat(M[..., np.newaxis], n, axis=3)
    np.testing.assert_allclose(
        layers.correlate_gradient(P, M), layers.correlate_gradient(P, each), rtol=0, atol=1e-11
    )


@pytest.mark.parametrize("n", [1, 99, 101, 350])
def test_blocks_of_images_are_not_seen_in_the_correlations(n: int) -> None:
    """Against all patches at once, copied out."""
    random = np.random.default_rng(n)
    P, f = layers.patches(random.random((28, 28, n))), mixed_parameters().f
    M = random.normal(size=(24, 24, 3, n))
    C = layers.correlate(P, f)
    assert C.flags.c_contiguous
    np.testing.assert_allclose(
        C, np.einsum("rckuv,uvi->kirc", P, f, optimize=True), rtol=0, atol=1e-13
    )
    for errors, letters in [(M, "rcik"), (M[..., 0], "rci")]:
        expected = np.einsum(f"rckuv,{letters}->iuv", P, errors, optimize=True) / n
        np.testing.assert_allclose(
            layers.correlate_gradient(P, errors), expected, rtol=0, atol=1e-12
        )


@given(hnp.arrays(np.float64, st.integers(1, 50), elements=st.floats(-700, 700)))
def test_sigmoid_is_symmetric_bounded_and_rising(t: Floats) -> None:
    t = np.sort(t)
    a = layers.sigmoid(t)
    assert np.all((a >= 0) & (a <= 1))
    assert np.all(np.diff(a) >= 0)
    np.testing.assert_allclose(a + layers.sigmoid(-t), 1, rtol=1e-15)
    np.testing.assert_allclose(a, (1 + np.tanh(t / 2)) / 2, rtol=0, atol=5e-16)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_sigmoid_of_huge_arguments_is_0_or_1_without_a_warning(dtype: type) -> None:
    t = np.array([-np.inf, np.finfo(dtype).min, -1e4, 0, 1e4, np.finfo(dtype).max, np.inf], dtype)
    a = layers.sigmoid(t)
    assert a.dtype == dtype
    np.testing.assert_array_equal(a, np.array([0, 0, 0, 0.5, 1, 1, 1], dtype))
    np.testing.assert_array_equal(layers.sigmoid_derivative(a), [0, 0, 0, 0.25, 0, 0, 0])


@given(st.floats(-20, 20))
def test_sigmoid_derivative_is_its_slope(t: float) -> None:
    h = 1e-5
    slope = (layers.sigmoid(np.array(t + h)) - layers.sigmoid(np.array(t - h))) / (2 * h)
    assert layers.sigmoid_derivative(layers.sigmoid(np.array(t))) == pytest.approx(slope, abs=1e-10)


def test_flatten_puts_filters_first_and_images_in_columns() -> None:
    A = np.random.default_rng(0).random((4, 3, 24, 24))
    a = layers.flatten(A)
    assert a.shape == (1728, 4)
    for k, i, r, c in [(0, 0, 0, 0), (3, 2, 23, 23), (1, 1, 5, 17)]:
        assert a[i * 576 + r * 24 + c, k] == A[k, i, r, c]


@given(seeds, st.integers(1, 5))
def test_unflatten_inverts_flatten(seed: int, n: int) -> None:
    A = np.random.default_rng(seed).random((n, 3, 24, 24))
    M = layers.unflatten(layers.flatten(A))
    np.testing.assert_array_equal(M, A.transpose(2, 3, 1, 0))
    np.testing.assert_array_equal(layers.unflatten(layers.flatten(A)[:, 0]), M[..., 0])


@given(seeds)
def test_reshape_row_column_filter_permutes_the_errors(seed: int) -> None:
    g = np.random.default_rng(seed).random((1728, 2))
    M = layers.reshape_row_column_filter(g)
    assert M.shape == (24, 24, 3, 2)
    np.testing.assert_array_equal(layers.reshape_row_column_filter(g[:, 0]), M[..., 0])
    for r, c, i in [(0, 0, 0), (0, 0, 2), (23, 23, 2), (4, 9, 1)]:
        np.testing.assert_array_equal(M[r, c, i], g[(r * 24 + c) * 3 + i])
    np.testing.assert_array_equal(np.sort(M, axis=None), np.sort(g, axis=None))
    assert not np.array_equal(M, layers.unflatten(g))


@given(seeds, st.integers(1, 4))
def test_the_dense_derivatives_are_the_adjoints_of_dense(seed: int, n: int) -> None:
    random = np.random.default_rng(seed)
    a, wo, delta = random.random((1728, n)), random.normal(size=(1728, 1)), random.random((1, n))
    z = layers.dense(a, wo)
    assert z.shape == (1, n)
    total = np.sum(z * delta)
    assert np.sum(wo * layers.dense_gradient(a, delta)) == pytest.approx(total, abs=1e-10)
    assert np.sum(a * layers.dense_backward(wo, delta)) == pytest.approx(total, abs=1e-10)


@given(arrays_of_z)
def test_standardise_gives_mean_0_and_deviation_1(z: Floats) -> None:
    assume(spread(z))
    zs, mean, std = layers.standardise(z)
    assert zs.shape == z.shape
    assert mean.shape == std.shape == (1, 1)
    assert mean[0, 0] == pytest.approx(np.mean(z), abs=1e-10)
    assert std[0, 0] == pytest.approx(np.sqrt(np.mean((z - np.mean(z)) ** 2)))
    assert np.mean(zs) == pytest.approx(0, abs=1e-10)
    assert np.std(zs) == pytest.approx(1, rel=1e-10)
    np.testing.assert_allclose(zs * std + mean, z, rtol=0, atol=1e-10)


@given(arrays_of_z, st.floats(1e-3, 1e3), st.floats(-1e3, 1e3))
def test_standardise_ignores_shift_and_scale(z: Floats, scale: float, shift: float) -> None:
    moved = scale * z + shift
    assume(spread(z) and spread(moved))
    expected, _, std = layers.standardise(z)
    zs, _, moved_std = layers.standardise(moved)
    np.testing.assert_allclose(zs, expected, rtol=0, atol=1e-9)
    assert moved_std[0, 0] == pytest.approx(scale * std[0, 0])


@given(arrays_of_z, seeds)
def test_standardise_backward_is_its_derivative(z: Floats, seed: int) -> None:
    """Of Σ δ ẑ by each z, against central differences."""
    assume(spread(z))
    delta = np.random.default_rng(seed).normal(size=z.shape)
    zs, _, std = layers.standardise(z)
    h = 1e-5 * std[0, 0]
    numeric = np.empty_like(z)
    for j in range(z.size):
        nudge = np.zeros_like(z)
        nudge[0, j] = h
        above, below = (layers.standardise(moved)[0] for moved in (z + nudge, z - nudge))
        numeric[0, j] = np.sum(delta * (above - below)) / (2 * h)
    carried = layers.standardise_backward(delta, zs, std)
    np.testing.assert_allclose(carried * std, numeric * std, rtol=0, atol=1e-6)


@given(arrays_of_z, seeds)
def test_the_gradient_of_standardise_cannot_shift_or_scale_z(z: Floats, seed: int) -> None:
    assume(spread(z))
    delta = np.random.default_rng(seed).normal(size=z.shape)
    zs, _, std = layers.standardise(z)
    carried = layers.standardise_backward(delta, zs, std) * std
    assert np.sum(carried) == pytest.approx(0, abs=1e-9)
    assert np.sum(carried * zs) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("value", [0, 1e-30, 0.1, -435.25, 1e30])
def test_equal_z_have_no_deviation(dtype: type, value: float) -> None:
    with pytest.raises(ZeroDeviationError, match="all 6 values z are equal") as caught:
        layers.standardise(np.full((1, 6), value, dtype))
    assert caught.value.operation == "standardise"


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("value", [0.1, -435.25, 1e15])
def test_z_equal_up_to_rounding_have_no_deviation(dtype: type, value: float) -> None:
    z = np.full((1, 6), value, dtype)
    z[0, 2] *= 1 + 5 * np.finfo(dtype).eps
    assert np.ptp(z) > 0
    with pytest.raises(ZeroDeviationError):
        layers.standardise(z)
    z[0, 2] *= 1 + 200 * np.finfo(dtype).eps
    layers.standardise(z)


@pytest.mark.parametrize(("dtype", "tiny"), [(np.float64, 1e-170), (np.float32, 1e-25)])
def test_a_deviation_that_underflows_is_none(dtype: type, tiny: float) -> None:
    with pytest.raises(ZeroDeviationError):
        layers.standardise(np.array([[1, 2, 3]], dtype) * dtype(tiny))


def test_one_image_cannot_be_standardised() -> None:
    with pytest.raises(SingleImageError, match="at least 2 images") as caught:
        layers.standardise(np.array([[3.0]]))
    assert caught.value.operation == "standardise"


@given(hnp.arrays(np.float64, (1, 9), elements=st.floats(0, 1)), seeds)
def test_squared_error_and_its_derivative(o: Floats, seed: int) -> None:
    y = np.random.default_rng(seed).integers(0, 2, size=o.shape).astype(float)
    E = layers.squared_error(y, o)
    assert np.all((E >= 0) & (E <= 0.5))
    h = 1e-4
    slope = (layers.squared_error(y, o + h) - layers.squared_error(y, o - h)) / (2 * h)
    np.testing.assert_allclose(layers.squared_error_derivative(y, o), slope, rtol=0, atol=1e-11)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_descend_is_a_new_array_in_the_parameters_precision(dtype: type) -> None:
    parameter, gradient = np.array([1, 2], dtype), np.array([4, -8], dtype)
    moved = layers.gradient_step(parameter, gradient, 0.25)
    np.testing.assert_array_equal(moved, [0, 4])
    np.testing.assert_array_equal(parameter, [1, 2])
    assert moved.dtype == dtype
