import numpy as np
import pytest

from cnnviz.numerics.blocks import BLOCK, reporting_progress
from cnnviz.numerics.errors import NonFiniteError, SingleImageError
from cnnviz.numerics.landscape.fast_hessian import FastHessian
from cnnviz.numerics.landscape.hessian import Hessian
from cnnviz.numerics.landscape.vectors import WEIGHTS
from cnnviz.numerics.network import Parameters, initial_parameters
from tests.numerics.landscape.complex_gradient import hessian_times
from tests.numerics.samples import made_batch, mixed_parameters, relative_difference


def test_products_at_several_states_are_the_derivatives_of_the_gradient() -> None:
    """Along a direction in all weights, in the filters alone, and in the dense weights alone."""
    batch = made_batch(3)
    hessian = FastHessian(batch)
    for parameters in (mixed_parameters(1), mixed_parameters(2)):
        hessian.move_to(parameters)
        directions = np.random.default_rng(1).normal(size=(3, WEIGHTS))
        directions[1, 75:] = directions[2, :75] = 0
        for v in directions:
            expected = hessian_times(batch, parameters, v)
            assert relative_difference(hessian.times(v), expected) < 1e-10


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 3e-5)])
def test_blocks_of_different_widths_give_what_the_plain_one_gives(
    dtype: type, tolerance: float
) -> None:
    batch, parameters = made_batch(2 * BLOCK + 25, 3), mixed_parameters(3)
    hessian, shares = FastHessian(batch, dtype), list[float]()
    with reporting_progress(shares.append):
        hessian.move_to(parameters)
        v = np.random.default_rng(0).normal(size=WEIGHTS)
        product = hessian.times(v)
    assert relative_difference(product, Hessian(batch, parameters).times(v)) < tolerance
    assert product.dtype == np.float64
    assert len(hessian._blocks) > 1
    assert len({block.stop - block.start for block in hessian._blocks}) > 1
    assert len(shares) == 4 * len(hessian._blocks)  # so that it can be ended at each


def test_what_has_no_loss_has_no_curvature() -> None:
    with pytest.raises(SingleImageError):
        FastHessian(made_batch(1)).move_to(initial_parameters(0))
    broken = Parameters(np.full((5, 5, 3), np.inf), np.ones((1728, 1)))
    with pytest.raises(NonFiniteError, match="C are not finite"):
        FastHessian(made_batch(3)).move_to(broken)
