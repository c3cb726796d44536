import numpy as np
import pytest

from cnnviz.numerics.landscape import spectrum as module
from cnnviz.numerics.landscape.curvature import curvature
from cnnviz.numerics.landscape.hessian import Hessian
from cnnviz.numerics.landscape.spectrum import spectrum
from cnnviz.numerics.landscape.vectors import WEIGHTS
from cnnviz.numerics.network import Floats
from tests.numerics.landscape.complex_gradient import hessian_times
from tests.numerics.samples import made_batch, mixed_parameters

BATCH, PARAMETERS = made_batch(12), mixed_parameters(5)


def test_all_eigenvalues_and_the_leading_directions() -> None:
    shares: list[float] = []
    found = spectrum(BATCH, PARAMETERS, 3, shares.append)
    assert found.eigenvalues.shape == (WEIGHTS,)
    assert found.directions.shape == (3, WEIGHTS)
    assert found.eigenvalues[0] == pytest.approx(curvature(BATCH, PARAMETERS).largest, rel=1e-9)
    assert (np.diff(np.abs(found.eigenvalues)) <= 0).all()
    for value, direction in zip(found.eigenvalues, found.directions, strict=False):
        product = hessian_times(BATCH, PARAMETERS, direction)
        assert np.linalg.norm(product - value * direction) < 1e-8 * abs(value)
    assert shares == sorted(shares)
    assert shares[-1] == 1


def test_none_is_missing_and_none_is_there_twice() -> None:
    """Σ λ is the trace of H, and Σ λ² the square of its norm: both from every product."""
    H = Hessian(BATCH, PARAMETERS).times(np.eye(WEIGHTS))
    found = spectrum(BATCH, PARAMETERS).eigenvalues
    assert found.sum() == pytest.approx(np.trace(H), rel=1e-10)
    assert np.linalg.norm(found) == pytest.approx(np.linalg.norm(H), rel=1e-10)


def test_many_images_are_decomposed_as_a_whole_by_what_can_be_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The matrix is H itself, and its eigenvalues are sorted by magnitude."""
    monkeypatch.setattr(module, "_SMALL", 0)
    given: list[Floats] = []

    def decompose(matrix: Floats) -> tuple[Floats, Floats]:
        given.append(matrix)
        return np.arange(-3.0, WEIGHTS - 3), np.eye(WEIGHTS)

    found = spectrum(BATCH, PARAMETERS, 2, decompose=decompose)
    (H,) = given
    v = np.random.default_rng(0).normal(size=WEIGHTS)
    assert np.allclose(H @ v, Hessian(BATCH, PARAMETERS).times(v), rtol=1e-9, atol=1e-12)
    assert found.eigenvalues[:2].tolist() == [WEIGHTS - 4, WEIGHTS - 5]
    assert found.eigenvalues[-1] == 0
    assert found.directions[0].argmax() == WEIGHTS - 1
