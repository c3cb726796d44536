"""Previous values of tensors, and the comparison of new values with them."""

import numpy as np
import pytest

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.network import Batch, Tensors, initial_parameters
from cnnviz.numerics.operations import iterate
from cnnviz.numerics.rule import EXACT
from cnnviz.numerics.tensors import TENSORS
from cnnviz.training.debugger.previous_values import PreviousValues, changed, keep, part
from cnnviz.training.debugger.view import ImageChanges

IMAGE = 4


@pytest.fixture(scope="module")
def tensors(digits: Dataset) -> Tensors:
    batch = Batch.from_images(digits.images[:7], digits.labels[:7])
    return iterate(batch, initial_parameters(0), EXACT, 1.0)


def test_one_images_part_is_a_copy_of_it(tensors: Tensors) -> None:
    for name, values in tensors.items():
        axis = TENSORS[name].image_axis(values.ndim)
        image_part = part(name, values, IMAGE)
        if axis is None:
            assert image_part is values
        else:
            np.testing.assert_array_equal(image_part, np.take(values, [IMAGE], axis), err_msg=name)
            assert not np.may_share_memory(image_part, values)
            assert not image_part.flags.writeable


def test_small_tensors_are_kept_whole(tensors: Tensors) -> None:
    for name, values in tensors.items():
        assert keep(name, values, None).values is values
        previous = keep(name, values, IMAGE)
        whole = name not in {"X", "P", "C", "A", "a", "G", "g", "M"}
        assert (previous.image is None) == whole, name
        assert (previous.values is values) == whole, name


def test_a_comparison_names_its_image(tensors: Tensors) -> None:
    C = np.array(tensors["C"])
    C[IMAGE, 1, 2, 3] += 1
    C[0, 0, 0, 0] += 1
    mask = changed("C", C, PreviousValues(tensors["C"]))
    assert isinstance(mask, np.ndarray)
    assert np.argwhere(mask).tolist() == [[0, 0, 0, 0], [IMAGE, 1, 2, 3]]
    of_image = changed("C", C, keep("C", tensors["C"], IMAGE))
    assert isinstance(of_image, ImageChanges)
    assert of_image.image == IMAGE
    assert np.argwhere(of_image.mask).tolist() == [[0, 1, 2, 3]]
    assert changed("C", C, None) is None
    assert changed("C", C[:5], PreviousValues(tensors["C"])) is None
    assert changed("C", C[:3], keep("C", tensors["C"], IMAGE)) is None  # it no longer exists
    g = np.zeros(1728)  # under another rule no image has one
    assert changed("g", g, keep("g", tensors["g"], IMAGE)) is None
