"""What operations should write, against derivatives by complex steps and against plain loops.

A complex step, ``Im g(x + i h) / h`` with a tiny h, is a derivative without any cancellation.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cnnviz.numerics.checking.expected import expected
from cnnviz.numerics.network import Floats
from cnnviz.numerics.operations import OPERATIONS
from tests.numerics import reference
from tests.numerics.samples import made_batch, mixed_parameters, relative_difference

N = 3
H = 1e-30
Complex = NDArray[np.complex128]
Number = np.complex128


def derivative(g: Callable[[Complex], Number], x: Floats) -> Floats:
    """The derivative of a function that returns one number, by each cell of x."""
    result = np.empty(x.shape)
    for index in np.ndindex(x.shape):
        moved = x.astype(np.complex128)
        moved[index] += 1j * H
        result[index] = np.imag(g(moved)) / H
    return result


def errors_of_z(z: Complex, y: Floats) -> Number:
    zs = (z - z.mean()) / np.sqrt(((z - z.mean()) ** 2).mean())
    return ((y - 1 / (1 + np.exp(-zs))) ** 2 / 2).sum()


@pytest.fixture(scope="module")
def chain() -> dict[str, Floats]:
    """All tensors of an iteration, each from the ones before it."""
    batch, parameters = made_batch(N), mixed_parameters(1)
    tensors = {"X": batch.X, "y": batch.y, "f": parameters.f, "wo": parameters.wo}
    for operation in OPERATIONS:
        results = expected(operation.name, tensors, 0.5)
        for name, result in zip(operation.writes, results, strict=True):
            tensors[name] = result.value
    return tensors


def test_the_forward_pass_is_that_of_plain_loops(chain: dict[str, Floats]) -> None:
    wanted = reference.forward(chain["X"], chain["y"], chain["f"], chain["wo"])
    for name in ("C", "A", "a", "z", "mean", "std", "zs", "o", "E"):
        assert relative_difference(chain[name], wanted[name]) < 1e-12, name


def test_patches_are_the_pixels_under_the_filter(chain: dict[str, Floats]) -> None:
    X, P = chain["X"], chain["P"]
    for r, c, k, u, v in [(0, 0, 0, 0, 0), (23, 5, 2, 4, 1), (7, 23, 1, 2, 4), (12, 11, 0, 3, 0)]:
        assert P[r, c, k, u, v] == X[r + u, c + v, k]


def test_delta_is_the_derivative_by_z(chain: dict[str, Floats]) -> None:
    by_z = derivative(lambda z: errors_of_z(z, chain["y"]), chain["z"])
    assert np.abs(chain["delta"] - by_z).max() < 1e-14 * np.abs(chain["error_wrt_output"]).max()
    assert np.abs(by_z).max() > 1e-8


def test_dW_is_the_derivative_of_the_loss_by_the_dense_weights(chain: dict[str, Floats]) -> None:
    def loss(wo: Complex) -> Number:
        return errors_of_z(wo.T @ chain["a"], chain["y"]) / N

    assert relative_difference(chain["dW"], derivative(loss, chain["wo"])) < 1e-9


def test_G_is_the_derivative_by_the_maps(chain: dict[str, Floats]) -> None:
    """By C of one image, all other things unchanged, at some of its units."""
    C = chain["C"].reshape(N, -1).T

    def errors(c: Complex, units: NDArray[np.intp]) -> Number:
        a = chain["a"].astype(np.complex128)
        a[units] = 1 / (1 + np.exp(-c))
        return errors_of_z(chain["wo"].T @ a, chain["y"])

    units = np.arange(3, 1728, 97)
    by_C = derivative(lambda c: errors(c, units), C[units])
    assert relative_difference(chain["G"][units], by_C) < 1e-8


def test_dF_is_the_derivative_of_the_loss_by_the_filters(chain: dict[str, Floats]) -> None:
    P = chain["P"]

    def loss(f: Complex) -> Number:
        C = np.einsum("rckuv,uvi->irck", P, f)
        a = (1 / (1 + np.exp(-C))).reshape(1728, N)
        return errors_of_z(chain["wo"].T @ a, chain["y"]) / N

    by_f = derivative(loss, chain["f"])
    assert relative_difference(np.moveaxis(chain["dF"], 0, 2), by_f) < 1e-8


def test_one_map_for_all_images_is_each_images_map(chain: dict[str, Floats]) -> None:
    M = chain["M"][..., 0]
    (one,) = expected("filter_gradient", {"P": chain["P"], "M": M}, 1.0)
    of_each = np.repeat(M[..., np.newaxis], N, axis=3)
    (each,) = expected("filter_gradient", {"P": chain["P"], "M": of_each}, 1.0)
    np.testing.assert_allclose(one.value, each.value, rtol=1e-12)
    np.testing.assert_allclose(one.magnitude, each.magnitude, rtol=1e-12)


def test_M_is_the_gradient_of_each_map(chain: dict[str, Floats]) -> None:
    for r, c, i, k in [(0, 0, 0, 0), (23, 0, 2, 1), (5, 17, 1, 2)]:
        assert chain["M"][r, c, i, k] == chain["g"][i * 576 + r * 24 + c, k]


def test_updates_go_down_the_gradient(chain: dict[str, Floats]) -> None:
    np.testing.assert_array_equal(chain["wo_next"], chain["wo"] - 0.5 * chain["dW"])
    for u, v, i in [(0, 4, 2), (3, 1, 0)]:
        assert chain["f_next"][u, v, i] == chain["f"][u, v, i] - 0.5 * chain["dF"][i, u, v]


@pytest.mark.parametrize("C", [-800.0, -30.0, 0.0, 30.0, 800.0])
def test_a_large_sigmoid_neither_overflows_nor_loses_digits(C: float) -> None:
    (sigmoid,) = expected("sigmoid", {"C": np.array([C])}, 1.0)
    assert sigmoid.value.item() == pytest.approx(reference.logistic(C), rel=1e-15)


def test_what_is_copied_has_no_tolerance_and_sums_have_more_than_products(
    chain: dict[str, Floats],
) -> None:
    def tolerance(operation: str, dtype: type[np.floating[Any]]) -> Floats:
        one = expected(operation, chain, 0.5)[0]
        return one.tolerance(np.dtype(dtype)) / np.maximum(one.magnitude, 1e-300)

    assert not tolerance("flatten", np.float32).any()
    product, total = tolerance("map_gradient", np.float64), tolerance("dense", np.float64)
    assert total.max() > 30 * np.median(product)
    in_single = tolerance("dense", np.float32)
    np.testing.assert_allclose(in_single / total, 2.0**29, rtol=1e-6)
