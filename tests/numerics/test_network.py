from itertools import pairwise

import numpy as np
import pytest

from cnnviz.numerics import network
from cnnviz.numerics.blocks import reporting_progress
from cnnviz.numerics.errors import ShapeError
from cnnviz.numerics.fast import FastIteration
from cnnviz.numerics.landscape.slopes import Slopes
from cnnviz.numerics.network import Batch, Parameters, initial_parameters, targets
from tests.numerics.samples import made_batch, made_images


def test_sizes_are_the_notebooks() -> None:
    assert (network.IMAGE_SIZE, network.FILTER_SIZE, network.FILTER_COUNT) == (28, 5, 3)
    assert (network.MAP_SIZE, network.MAP_CELLS, network.DENSE_SIZE) == (24, 576, 1728)


@pytest.mark.parametrize("seed", [0, 1, 2**32 - 1])
def test_initial_parameters_equal_the_notebooks(seed: int) -> None:
    before = np.random.get_state()  # noqa: NPY002
    np.random.seed(seed)  # noqa: NPY002
    f = np.random.uniform(0, 1, size=(3, 5, 5)).T  # noqa: NPY002
    wo = np.random.uniform(0, 1, size=(1728, 1))  # noqa: NPY002
    np.random.set_state(before)  # noqa: NPY002
    drawn = initial_parameters(seed)
    np.testing.assert_array_equal(drawn.f, f)
    np.testing.assert_array_equal(drawn.wo, wo)


def test_initial_parameters_do_not_use_numpys_global_generator() -> None:
    before = np.random.get_state()[1].tolist()  # noqa: NPY002
    initial_parameters(5)
    assert np.random.get_state()[1].tolist() == before  # noqa: NPY002


def test_initial_parameters_in_float32_are_the_float64_draw_rounded() -> None:
    exact, rounded = initial_parameters(3), initial_parameters(3, np.float32)
    assert rounded.f.dtype == rounded.wo.dtype == np.float32
    np.testing.assert_array_equal(rounded.f, exact.f.astype(np.float32))
    np.testing.assert_array_equal(rounded.wo, exact.wo.astype(np.float32))


def test_every_seed_draws_different_parameters() -> None:
    draws = [initial_parameters(seed).f for seed in range(4)]
    assert all(not np.array_equal(a, b) for a, b in pairwise(draws))


@pytest.mark.parametrize("seed", [-1, 2**32])
def test_a_seed_out_of_range_is_refused(seed: int) -> None:
    with pytest.raises(ValueError, match=r"[Ss]eed"):
        initial_parameters(seed)


def test_parameters_are_read_only() -> None:
    parameters = Parameters(np.zeros((5, 5, 3)), np.zeros((1728, 1)))
    with pytest.raises(ValueError, match="read-only"):
        parameters.f[0, 0, 0] = 1
    with pytest.raises(ValueError, match="read-only"):
        parameters.wo[0, 0] = 1


@pytest.mark.parametrize(
    ("f", "wo", "message"),
    [
        ((3, 5, 5), (1728, 1), r"^f has the shape \(3, 5, 5\); the network's is \(5, 5, 3\)\.$"),
        ((5, 5, 3), (1728,), r"^wo has the shape \(1728,\); the network's is \(1728, 1\)\.$"),
        ((5, 5, 3), (1, 1728), r"^wo has the shape \(1, 1728\)"),
        ((5, 5, 0), (1728, 1), r"^f has the shape"),
    ],
)
def test_parameters_of_another_shape_are_refused(
    f: tuple[int, ...], wo: tuple[int, ...], message: str
) -> None:
    with pytest.raises(ShapeError, match=message):
        Parameters(np.zeros(f), np.zeros(wo))


def test_parameters_change_their_type_by_copy() -> None:
    exact = initial_parameters(0)
    rounded = exact.astype(np.float32)
    assert (rounded.f.dtype, rounded.wo.dtype) == (np.float32, np.float32)
    assert (exact.f.dtype, exact.wo.dtype) == (np.float64, np.float64)
    np.testing.assert_array_equal(rounded.wo, exact.wo.astype(np.float32))


def test_a_batch_has_the_notebooks_layout() -> None:
    images, labels = made_images(7)
    batch = Batch.from_images(images, labels)
    assert batch.n == 7
    assert batch.X.shape == (28, 28, 7)
    np.testing.assert_array_equal(batch.X, images.T / 255)  # as the notebook writes it
    for k, image in enumerate(images):
        np.testing.assert_array_equal(batch.X[:, :, k], image.T / 255)
    assert np.shares_memory(batch.X, batch.planes)
    assert batch.X.flags.c_contiguous


def test_targets_are_1_for_digits_above_four() -> None:
    images, _ = made_images(10)
    batch = Batch.from_images(images, np.arange(10, dtype=np.uint8))
    np.testing.assert_array_equal(batch.y, [[0, 0, 0, 0, 0, 1, 1, 1, 1, 1]])
    assert batch.y.dtype == np.float64
    np.testing.assert_array_equal(targets(np.array([4, 5], np.uint8)), [0, 1])


def test_a_batch_in_float32_divides_in_float32() -> None:
    images, labels = made_images(3)
    batch = Batch.from_images(images, labels, np.float32)
    assert batch.planes.dtype == batch.y.dtype == np.float32
    expected = images.astype(np.float32).transpose(0, 2, 1) / np.float32(255)
    np.testing.assert_array_equal(batch.planes, expected)


def test_every_batch_is_read_only() -> None:
    for batch in (
        Batch.from_images(*made_images(2)),
        Batch(np.zeros((2, 28, 28)), np.zeros((1, 2))),
    ):
        with pytest.raises(ValueError, match="read-only"):
            batch.planes[0, 0, 0] = 1
        with pytest.raises(ValueError, match="read-only"):
            batch.X[0, 0, 0] = 1
        with pytest.raises(ValueError, match="read-only"):
            batch.y[0, 0] = 1


def test_a_batch_does_not_change_its_images() -> None:
    images, labels = (array.copy() for array in made_images(2))
    before = images.copy()
    Batch.from_images(images, labels)
    np.testing.assert_array_equal(images, before)
    assert images.flags.writeable


@pytest.mark.parametrize("shape", [(0, 28, 28), (3, 28, 27), (3, 784), (28, 28), (3, 28, 28, 1)])
def test_images_of_another_shape_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match=r"images have the shape .* the network takes \(n, 28, 28"):
        Batch.from_images(np.zeros(shape, np.uint8), np.zeros(shape[0], np.uint8))


@pytest.mark.parametrize("shape", [(2,), (4,), (3, 1), ()])
def test_labels_that_do_not_fit_the_images_are_refused(shape: tuple[int, ...]) -> None:
    with pytest.raises(ShapeError, match="3 images have labels of the shape"):
        Batch.from_images(np.zeros((3, 28, 28), np.uint8), np.zeros(shape, np.uint8))


def test_a_large_batch_is_not_finished_if_it_is_cancelled() -> None:
    images, labels = np.zeros((600, 28, 28), np.uint8), np.zeros(600, np.uint8)
    batch, shares = made_batch(20), list[float]()

    def cancel(share: float) -> None:
        shares.append(share)
        raise KeyboardInterrupt

    with reporting_progress(cancel):
        with pytest.raises(KeyboardInterrupt):
            Batch.from_images(images, labels)
        with pytest.raises(KeyboardInterrupt):
            FastIteration(batch)
        with pytest.raises(KeyboardInterrupt):
            Slopes.at(batch, initial_parameters(0))
    assert len(shares) == 3
