"""A data set and its subsets."""

from collections.abc import Callable

import numpy as np
import pytest

from cnnviz.data.dataset import Dataset
from cnnviz.data.errors import SubsetError

Check = Callable[[BaseException], str]


@pytest.fixture
def dataset(make_pair: Callable[[int], Dataset]) -> Dataset:
    return make_pair(9)


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


@pytest.mark.parametrize("count", [-1, 0, 10, 10**9])
def test_a_subset_that_is_none_is_told(dataset: Dataset, says_clearly: Check, count: int) -> None:
    with pytest.raises(SubsetError) as caught:
        dataset.first(count)
    assert "choose from 1 to 9" in says_clearly(caught.value)
