from pathlib import Path

import numpy as np
import pytest

from cnnviz.numerics.errors import NonFiniteError, SingleImageError
from cnnviz.numerics.landscape.hessian import Hessian
from cnnviz.numerics.landscape.slopes import BLOCK, Slopes
from cnnviz.numerics.landscape.vectors import WEIGHTS
from cnnviz.numerics.network import Parameters, initial_parameters
from cnnviz.numerics.operations import iterate
from cnnviz.numerics.rule import EXACT
from tests.numerics.landscape.complex_gradient import complex_gradient, hessian_times
from tests.numerics.samples import made_batch, mixed_parameters, mnist_batch, relative_difference


@pytest.mark.parametrize("n", [3, BLOCK + 3])
@pytest.mark.parametrize("parameters", [initial_parameters(1), mixed_parameters(2)])
def test_the_gradient_is_that_of_the_exact_rule(n: int, parameters: Parameters) -> None:
    batch = made_batch(n)
    slopes, tensors = Slopes.at(batch, parameters), iterate(batch, parameters, EXACT, 1.0)
    by_rule = np.concatenate([np.moveaxis(tensors["dF"], 0, 2).ravel(), tensors["dW"].ravel()])
    assert relative_difference(slopes.gradient, by_rule) < 1e-11
    apart = complex_gradient(batch, parameters.f, parameters.wo).real
    assert relative_difference(slopes.gradient, apart) < 1e-11
    loss = (slopes.y - slopes.o) ** 2 / 2
    assert loss == pytest.approx(tensors["E"][0], rel=1e-11, abs=1e-13)
    assert relative_difference(slopes.delta, tensors["delta"][0] / n) < 1e-12


@pytest.mark.parametrize("n", [3, BLOCK + 3])
@pytest.mark.parametrize("seed", [0, 1])
def test_products_are_the_derivatives_of_the_gradient(n: int, seed: int) -> None:
    """Along a direction in all weights, in the filters alone, and in the dense weights alone."""
    batch, parameters = made_batch(n, seed), mixed_parameters(seed)
    hessian = Hessian(batch, parameters)
    directions = np.random.default_rng(seed).normal(size=(3, WEIGHTS))
    directions[1, 75:] = directions[2, :75] = 0
    for v in directions:
        expected = hessian_times(batch, parameters, v)
        assert relative_difference(hessian.times(v), expected) < 1e-10


def test_two_images_have_a_loss_that_no_weight_changes() -> None:
    """Their ẑ are −1 and 1, whatever the weights."""
    hessian = Hessian(made_batch(2), mixed_parameters(1))
    assert np.abs(hessian.slopes.gradient).max() < 1e-15
    assert np.abs(hessian.times(np.eye(WEIGHTS)[:, ::100])).max() < 1e-14


def test_several_directions_at_once() -> None:
    hessian = Hessian(made_batch(5), initial_parameters(0))
    directions = np.random.default_rng(1).normal(size=(WEIGHTS, 4))
    each = np.stack([hessian.times(v) for v in directions.T], axis=1)
    assert relative_difference(hessian.times(directions), each) < 1e-12


def test_it_is_symmetric_and_flat_along_the_dense_weights() -> None:
    """The loss does not change with their scale; so the curvature along them is 0, too."""
    parameters = mixed_parameters(3)
    hessian = Hessian(made_batch(30), parameters)
    v, w = np.random.default_rng(2).normal(size=(2, WEIGHTS))
    assert v @ hessian.times(w) == pytest.approx(w @ hessian.times(v), rel=1e-10)
    scale = np.concatenate([np.zeros(75), parameters.wo[:, 0]])
    assert abs(scale @ hessian.times(scale)) < 1e-10 * np.linalg.norm(hessian.times(v))


def test_float32_is_carried_in_float64() -> None:
    batch = made_batch(6, dtype=np.float32)
    hessian = Hessian(batch, mixed_parameters(1, np.float32))
    v = np.random.default_rng(0).normal(size=WEIGHTS)
    expected = hessian_times(batch, mixed_parameters(1, np.float32).astype(np.float64), v)
    assert relative_difference(hessian.times(v), expected) < 1e-6
    assert hessian.times(v).dtype == np.float64


def test_what_has_no_loss_has_no_curvature() -> None:
    with pytest.raises(SingleImageError):
        Hessian(made_batch(1), initial_parameters(0))
    broken = Parameters(np.full((5, 5, 3), np.inf), np.ones((1728, 1)))
    with pytest.raises(NonFiniteError, match="C are not finite"):
        Hessian(made_batch(3), broken)


def test_it_is_that_of_pytorchs_differentiation(mnist_folder: Path) -> None:
    torch = pytest.importorskip("torch", reason="PyTorch is not installed")
    batch, parameters = mnist_batch(mnist_folder, 60), mixed_parameters(4)
    images = torch.tensor(batch.planes.copy())[:, None]

    def loss(f: "torch.Tensor", wo: "torch.Tensor") -> "torch.Tensor":
        C = torch.nn.functional.conv2d(images, f.permute(2, 0, 1)[:, None])
        z = torch.sigmoid(C).reshape(batch.n, -1) @ wo[:, 0]
        o = torch.sigmoid((z - z.mean()) / z.std(correction=0))
        return ((torch.tensor(batch.y[0].copy()) - o) ** 2).mean() / 2

    v = np.random.default_rng(5).normal(size=WEIGHTS)
    at = (torch.tensor(parameters.f.copy()), torch.tensor(parameters.wo.copy()))
    along = (torch.tensor(v[:75].reshape(5, 5, 3)), torch.tensor(v[75:, None]))
    _, (by_f, by_wo) = torch.autograd.functional.hvp(loss, at, along)
    expected = np.concatenate([by_f.numpy().ravel(), by_wo.numpy().ravel()])
    assert relative_difference(Hessian(batch, parameters).times(v), expected) < 1e-10
