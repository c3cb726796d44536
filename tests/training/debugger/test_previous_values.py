"""What is kept of tensors from before, and how what is new is compared with it."""

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
        taken = part(name, values, IMAGE)
        if axis is None:
            assert taken is values
        else:
            np.testing.assert_array_equal(taken, np.take(values, [IMAGE], axis), err_msg=name)
            assert not np.may_share_memory(taken, values)
            assert not taken.flags.writeable


def test_what_is_small_is_kept_whole(tensors: Tensors) -> None:
    for name, values in tensors.items():
        assert keep(name, values, None).values is values
        kept = keep(name, values, IMAGE)
        whole = name not in {"X", "P", "C", "A", "a", "G", "g", "M"}
        assert (kept.image is None) == whole, name
        assert (kept.values is values) == whole, name


def test_comparing_says_of_whom(tensors: Tensors) -> None:
    C = np.array(tensors["C"])
    C[IMAGE, 1, 2, 3] += 1
    C[0, 0, 0, 0] += 1
    mask = changed("C", C, PreviousValues(tensors["C"]))
    assert isinstance(mask, np.ndarray)
    assert np.argwhere(mask).tolist() == [[0, 0, 0, 0], [IMAGE, 1, 2, 3]]
    own = changed("C", C, keep("C", tensors["C"], IMAGE))
    assert isinstance(own, ImageChanges)
    assert own.image == IMAGE
    assert np.argwhere(own.mask).tolist() == [[0, 1, 2, 3]]
    assert changed("C", C, None) is None
    assert changed("C", C[:5], PreviousValues(tensors["C"])) is None
    assert changed("C", C[:3], keep("C", tensors["C"], IMAGE)) is None  # it is no longer there
    g = np.zeros(1728)  # under another rule no image has one
    assert changed("g", g, keep("g", tensors["g"], IMAGE)) is None
