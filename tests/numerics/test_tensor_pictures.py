"""Tensors as upright pictures, held against the words for where a cell is seen."""

import re
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from cnnviz.numerics.tensor_pictures import in_a_row, pictures_of
from cnnviz.numerics.tensors import LENGTHS, TENSORS, seen_position

IMAGES = 3
IN_PICTURES = [name for name, tensor in TENSORS.items() if any(tensor.axes) and name != "P"]


def numbered(name: str) -> NDArray[Any]:
    """A tensor in which no two entries are equal."""
    shape = [IMAGES if axis == "k" else LENGTHS[axis] for axis in TENSORS[name].axes]
    return np.arange(float(np.prod(shape))).reshape(shape)


@pytest.mark.parametrize("name", IN_PICTURES)
def test_an_entry_is_where_the_words_say(name: str) -> None:
    values = numbered(name)
    random = np.random.default_rng(0)
    for _ in range(10):
        index = tuple(int(random.integers(length)) for length in values.shape)
        seen = dict(re.findall(r"(image|filter|row|column) (\d+)", seen_position(name, index)))
        pictures = pictures_of(name, values, int(seen.get("image", 0)))
        if TENSORS[name].is_number_per_image:
            assert pictures.ravel()[int(seen["image"])] == values[index]
            continue
        filter_, row, column = (int(seen.get(key, 1)) - 1 for key in ("filter", "row", "column"))
        assert pictures[filter_, row, column] == values[index]


def test_many_numbers_fill_rows_and_the_last_one_ends_with_nothing() -> None:
    picture = pictures_of("z", np.arange(23.0).reshape(1, 23), 0)[0]
    assert picture.shape == (3, 10)
    np.testing.assert_array_equal(picture.ravel()[:23], np.arange(23))
    assert np.isnan(picture.ravel()[23:]).all()


def test_what_is_averaged_over_the_images_is_the_same_for_each() -> None:
    averaged = np.arange(LENGTHS["j"])
    np.testing.assert_array_equal(pictures_of("g", averaged, 0), pictures_of("g", averaged, 2))


def test_pictures_beside_each_other_have_nothing_between_them() -> None:
    row = in_a_row(np.arange(12).reshape(3, 2, 2), 1)
    np.testing.assert_array_equal(
        row[:, [0, 1, 3, 4, 6, 7]], np.arange(12).reshape(3, 2, 2).transpose(1, 0, 2).reshape(2, 6)
    )
    assert np.isnan(row[:, [2, 5]]).all()
