import numpy as np
import pytest

from cnnviz.numerics.landscape.pull import pull, shares_of_change
from cnnviz.numerics.landscape.slopes import Slopes
from cnnviz.numerics.landscape.vectors import WEIGHTS
from cnnviz.numerics.network import Batch, Floats, Parameters
from cnnviz.numerics.operations import iterate
from cnnviz.numerics.rule import EXACT
from tests.numerics.samples import made_batch, mixed_parameters


def parts(batch: Batch, parameters: Parameters) -> Floats:
    """Each image's part of the gradient of the mean loss, one by one, shape (n, 1803)."""
    t = iterate(batch, parameters, EXACT, 1.0)
    rows = []
    for k in range(batch.n):
        by_f = np.zeros((5, 5, 3))
        for u, v, i in np.ndindex(5, 5, 3):
            by_f[u, v, i] = (batch.planes[k][u : u + 24, v : v + 24] * t["M"][:, :, i, k]).sum()
        rows.append(np.concatenate([by_f.ravel(), t["a"][:, k] * t["delta"][0, k]]))
    return np.array(rows) / batch.n


@pytest.mark.parametrize("seed", [0, 1])
def test_pulls_are_each_images_part_of_the_gradient(seed: int) -> None:
    batch, parameters = made_batch(8, seed), mixed_parameters(seed)
    step = np.random.default_rng(seed).normal(size=WEIGHTS)
    found = pull(Slopes.at(batch, parameters), step)
    each = -parts(batch, parameters)
    u = step / np.linalg.norm(step)
    assert found.along == pytest.approx(each @ u, abs=1e-12)
    across = np.linalg.norm(each - np.outer(each @ u, u), axis=1)
    assert found.across == pytest.approx(across, rel=1e-8)
    strongest_first = sorted(
        (k for k in range(8) if (each @ u)[k] < 0), key=lambda k: (each @ u)[k]
    )
    assert found.against.tolist() == strongest_first


def test_their_sum_is_the_slope_along_the_step() -> None:
    batch, parameters = made_batch(20), mixed_parameters(2)
    slopes = Slopes.at(batch, parameters)
    found = pull(slopes, -slopes.gradient)
    assert found.along.sum() == pytest.approx(np.linalg.norm(slopes.gradient), rel=1e-10)


def test_the_noise_scale_is_the_variance_of_the_images_gradients_over_their_mean() -> None:
    batch, parameters = made_batch(12), mixed_parameters(3)
    gradients = 12 * parts(batch, parameters)
    mean = gradients.mean(axis=0)
    expected = ((gradients - mean) ** 2).sum(axis=1).mean() / (mean @ mean)
    slopes = Slopes.at(batch, parameters)
    assert pull(slopes, slopes.gradient).noise_scale == pytest.approx(expected, rel=1e-9)


def test_no_step_has_no_direction() -> None:
    slopes = Slopes.at(made_batch(5), mixed_parameters(0))
    found = pull(slopes, np.zeros(WEIGHTS))
    assert not found.along.any()
    assert found.against.size == 0
    assert (found.across > 0).all()


def test_shares_add_up_to_the_change_of_the_mean_loss() -> None:
    before, after = np.random.default_rng(0).random(size=(2, 30))
    shares = shares_of_change(before, after)
    assert shares.sum() == pytest.approx(after.mean() - before.mean())
    assert shares[4] == pytest.approx((after[4] - before[4]) / 30)
