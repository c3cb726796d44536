from pathlib import Path

import numpy as np
import pytest

from cnnviz.numerics.fast import FastIteration
from cnnviz.numerics.landscape.curvature import QuickCurvature, curvature
from cnnviz.numerics.landscape.fast_hessian import FastHessian
from cnnviz.numerics.landscape.hessian import Hessian
from cnnviz.numerics.landscape.lanczos import largest_eigenpair, leading_eigenpairs
from cnnviz.numerics.network import Floats, initial_parameters
from cnnviz.numerics.rule import EXACT
from tests.numerics.landscape.complex_gradient import hessian_times
from tests.numerics.samples import made_batch, mixed_parameters, mnist_batch


def symmetric(eigenvalues: Floats, seed: int = 0) -> Floats:
    random = np.random.default_rng(seed).normal(size=(len(eigenvalues), len(eigenvalues)))
    axes, _ = np.linalg.qr(random)
    return (axes * eigenvalues) @ axes.T


class Times:
    """The product with a matrix, and how often it was asked for."""

    def __init__(self, matrix: Floats) -> None:
        self.matrix, self.count = matrix, 0

    def __call__(self, v: Floats) -> Floats:
        self.count += 1
        return self.matrix @ v


def products_of(kind: type, monkeypatch: pytest.MonkeyPatch) -> list[Floats]:
    """Return a list to which each vector that a kind of Hessian is multiplied with is added."""
    given: list[Floats] = []
    times = kind.times  # type: ignore[attr-defined]

    def note(hessian: object, v: Floats) -> Floats:
        given.append(v)
        return times(hessian, v)

    monkeypatch.setattr(kind, "times", note)
    return given


@pytest.mark.parametrize(
    ("eigenvalues", "largest"),
    [
        ([3.0, 2.9, 2.8, -1.0, 0.1], 3.0),
        ([-3.0, 2.9, 0.5], -3.0),
        ([2.0], 2.0),
        ([1.0, 1.0, 1.0], 1.0),
        ([0.0, 0.0], 0.0),
        ([1e-300, 5e-300], 5e-300),
        ([*np.linspace(-1, 1, 90), 1.01], 1.01),
    ],
)
def test_the_eigenvalue_of_largest_magnitude(eigenvalues: list[float], largest: float) -> None:
    A = symmetric(np.array(eigenvalues))
    times = Times(A)
    pair = largest_eigenpair(times, len(A))
    assert pair.value == pytest.approx(largest, rel=1e-9)
    assert np.linalg.norm(pair.vector) == pytest.approx(1)
    assert np.linalg.norm(A @ pair.vector - pair.value * pair.vector) <= 2e-9 * abs(largest)
    assert times.count <= len(A)


def test_leading_eigenpairs_come_by_falling_magnitude() -> None:
    A = symmetric(np.array([0.5, -3.0, 2.0, 2.0, 0.1]))
    pairs = leading_eigenpairs(lambda v: A @ v, 5, 4)
    assert [pair.value for pair in pairs] == pytest.approx([-3, 2, 2, 0.5])
    vectors = np.array([pair.vector for pair in pairs])
    assert vectors @ vectors.T == pytest.approx(np.eye(4), abs=1e-7)


def test_a_start_on_another_eigenvector_misses_nothing() -> None:
    A = symmetric(np.array([-5.0, 4.0, 1.0, 0.5, 0.1]))
    other = np.linalg.eigh(A)[1][:, -1]  # that of 4
    assert largest_eigenpair(lambda v: A @ v, 5, other).value == pytest.approx(-5)


def test_a_near_start_saves_products() -> None:
    A = symmetric(np.geomspace(1e-6, 1, 300))
    cold, warm = Times(A), Times(A + 1e-6 * symmetric(np.ones(300), 1))
    start = largest_eigenpair(cold, 300).vector
    found = largest_eigenpair(warm, 300, start, 1e-6)
    assert warm.count < cold.count
    assert found.value == pytest.approx(np.linalg.eigvalsh(warm.matrix)[-1], rel=1e-6)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_curvature_is_that_of_a_hessian_by_complex_steps(seed: int) -> None:
    """On three images most eigenvalues are 0, and the space of the others is small."""
    batch, parameters = made_batch(3, seed), mixed_parameters(seed)
    found = curvature(batch, parameters)
    turned = hessian_times(batch, parameters, found.direction)
    assert np.linalg.norm(turned - found.largest * found.direction) < 1e-8 * abs(found.largest)
    assert curvature(batch, parameters, found).largest == pytest.approx(found.largest, rel=1e-9)


def test_a_search_can_be_ended_at_each_product(monkeypatch: pytest.MonkeyPatch) -> None:
    products = products_of(Hessian, monkeypatch)
    calls: list[float] = []
    curvature(made_batch(20), mixed_parameters(1), on_progress=calls.append)
    assert len(calls) == len(products) > 0


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_quick_search_gives_four_digits_at_one_state_after_another(dtype: type) -> None:
    batch, search, near = (
        made_batch(20, dtype=dtype),
        QuickCurvature(made_batch(20, dtype=dtype)),
        None,
    )
    for seed in (1, 2):
        parameters = mixed_parameters(seed, dtype)
        slow: list[float] = []
        quick: list[float] = []
        exact = curvature(batch, parameters, on_progress=slow.append)
        near = search.at(parameters, near, quick.append)
        assert near.largest == pytest.approx(exact.largest, rel=2e-4)
        assert len(quick) < len(slow)


def test_a_quick_search_can_be_ended_at_each_product(monkeypatch: pytest.MonkeyPatch) -> None:
    products = products_of(FastHessian, monkeypatch)
    calls: list[float] = []
    QuickCurvature(made_batch(5)).at(mixed_parameters(1), on_progress=calls.append)
    assert len(calls) == len(products) > 0


@pytest.mark.parametrize(
    ("learning_rate", "stability"),
    [(15.0, {0: -0.0065, 100: 0.065}), (100.0, {15: 0.385, 30: 0.758, 50: 1.015})],
)
def test_the_edge_of_stability_on_mnist(
    mnist_folder: Path, learning_rate: float, stability: dict[int, float]
) -> None:
    """As measured by automatic differentiation in PyTorch."""
    batch, parameters = mnist_batch(mnist_folder, 200), initial_parameters(0)
    kernel, found = FastIteration(batch), None
    for iteration in range(max(stability) + 1):
        if iteration in stability:
            found = curvature(batch, parameters, found)
            assert found.stability(learning_rate) == pytest.approx(stability[iteration], abs=6e-4)
        kernel.forward(parameters)
        parameters = kernel.update(EXACT, learning_rate)
