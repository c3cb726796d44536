"""A data set and its subsets."""

from collections.abc import Callable

import numpy as np
import pytest

from cnnviz.data.dataset import Dataset
from cnnviz.data.errors import SubsetError
from cnnviz.data.late_images import LateImages

Check = Callable[[BaseException], str]


@pytest.fixture(params=["at once", "late"])
def dataset(make_pair: Callable[[int], Dataset], request: pytest.FixtureRequest) -> Dataset:
    pair = make_pair(9)
    if request.param == "at once":
        return pair
    late = LateImages((9, 28, 28), lambda start, stop: pair.images[start:stop])
    return Dataset(pair.name, late, pair.labels)


def test_arrays_are_read_only(dataset: Dataset) -> None:
    for array in (dataset.images, dataset.labels):
        with pytest.raises(ValueError, match="read-only"):
            array[0] = 1


@pytest.mark.parametrize("count", [1, 4, 9])
def test_the_first_images_are_views(dataset: Dataset, count: int) -> None:
    first = dataset.first(count)
    assert first.name == "made"
    assert len(first) == count
    np.testing.assert_array_equal(first.images, dataset.images[:count])
    np.testing.assert_array_equal(first.labels, dataset.labels[:count])
    assert np.shares_memory(first.images, dataset.images)
    assert not first.images.flags.writeable


@pytest.mark.parametrize("index", [0, 4, 8])
def test_one_image_is_a_view(dataset: Dataset, index: int) -> None:
    image = dataset.image(index)
    np.testing.assert_array_equal(image, dataset.images[index])
    assert np.shares_memory(image, dataset.images)
    assert not image.flags.writeable


@pytest.mark.parametrize("index", [-1, 9])
def test_no_image_precedes_the_first_or_follows_the_last(dataset: Dataset, index: int) -> None:
    with pytest.raises(IndexError):
        dataset.image(index)


def test_late_images_are_made_up_to_the_requested_one(
    make_pair: Callable[[int], Dataset],
) -> None:
    pair, made = make_pair(9), []

    def make(start: int, stop: int) -> np.ndarray:
        made.append((start, stop))
        return pair.images[start:stop]

    dataset = Dataset("late", LateImages((9, 28, 28), make), pair.labels)
    assert len(dataset) == 9
    assert made == []
    first = dataset.first(3)
    assert (len(first.images), made) == (3, [(0, 3)])
    dataset.image(5)
    dataset.image(1)
    assert made == [(0, 3), (3, 6)]
    np.testing.assert_array_equal(dataset.images, pair.images)
    assert made == [(0, 3), (3, 6), (6, 9)]


@pytest.mark.parametrize("count", [-1, 0, 10, 10**9])
def test_an_invalid_subset_is_refused(dataset: Dataset, says_clearly: Check, count: int) -> None:
    with pytest.raises(SubsetError) as caught:
        dataset.first(count)
    assert "choose from 1 to 9" in says_clearly(caught.value)
