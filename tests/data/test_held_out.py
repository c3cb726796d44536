"""Which images are held out: test images where the data has some, else its last."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from cnnviz.data.bundled import bundled_digits
from cnnviz.data.dataset import Dataset
from cnnviz.data.errors import MissingDataError, UnsuitableDataError
from cnnviz.data.held_out import held_out_images
from cnnviz.data.source import load, load_test_images

Encode = Callable[[np.ndarray], bytes]
Check = Callable[[BaseException], str]


def write(folder: Path, name: str, data: Dataset, encode_idx: Encode) -> None:
    (folder / f"{name}-images-idx3-ubyte").write_bytes(encode_idx(data.images))
    (folder / f"{name}-labels-idx1-ubyte").write_bytes(encode_idx(data.labels))


@pytest.fixture
def both(tmp_path: Path, make_pair: Callable[[int], Dataset], encode_idx: Encode) -> Path:
    """A folder of 7 training and 5 test images."""
    write(tmp_path, "train", make_pair(7), encode_idx)
    write(tmp_path, "t10k", make_pair(5), encode_idx)
    return tmp_path


def test_the_last_images_are_held_out_where_there_are_no_test_images() -> None:
    digits = bundled_digits()
    found = held_out_images(digits, "bundled", 200)
    assert found is not None
    assert (found.first, len(found.dataset)) == (1438, 359)
    assert found.origin == "images 1,438 to 1,796 of the data"
    np.testing.assert_array_equal(found.dataset.images, digits.images[1438:])
    np.testing.assert_array_equal(found.dataset.labels, digits.labels[1438:])


def test_no_image_is_held_out_that_is_trained_on() -> None:
    digits = bundled_digits()
    for trained, first in ((1438, 1438), (1600, 1600), (1796, 1796)):
        found = held_out_images(digits, "bundled", trained)
        assert found is not None
        assert found.first == first
    assert held_out_images(digits, "bundled", 1797) is None
    asked = held_out_images(digits, "bundled", 200, 1700)
    assert asked is not None
    assert (asked.first, len(asked.dataset)) == (200, 1597)


def test_test_images_go_before(both: Path, make_pair: Callable[[int], Dataset]) -> None:
    for source in (both, both / "train-images-idx3-ubyte"):
        data = load(str(source))
        found = held_out_images(data, str(source), 7)
        assert found is not None
        assert (found.first, found.origin) == (None, "test images")
        np.testing.assert_array_equal(found.dataset.images, make_pair(5).images)
        few = held_out_images(data, str(source), 7, 2)
        assert few is not None
        assert len(few.dataset) == 2


def test_an_npz_may_have_test_images(tmp_path: Path, make_pair: Callable[[int], Dataset]) -> None:
    train, test, path = make_pair(6), make_pair(4), tmp_path / "mnist.npz"
    arrays = {"x_train": train.images, "y_train": train.labels}
    np.savez(path, **arrays)
    assert load_test_images(str(path)) is None
    np.savez(path, **arrays, x_test=test.images, y_test=test.labels)
    for source in (path, tmp_path):
        found = load_test_images(str(source))
        assert found is not None
        np.testing.assert_array_equal(found.images, test.images)
        np.testing.assert_array_equal(found.labels, test.labels)


def test_test_images_that_are_trained_on_are_not_held_out(
    tmp_path: Path, make_pair: Callable[[int], Dataset], encode_idx: Encode
) -> None:
    write(tmp_path, "t10k", make_pair(5), encode_idx)
    for source in (tmp_path, tmp_path / "t10k-images-idx3-ubyte"):
        assert load_test_images(str(source)) is None
    assert load_test_images(str(tmp_path / "moved away")) is None


def test_broken_test_images_are_explained(
    both: Path, tmp_path: Path, make_pair: Callable[[int], Dataset], says_clearly: Check
) -> None:
    (both / "t10k-labels-idx1-ubyte").unlink()
    with pytest.raises(MissingDataError) as caught:
        load_test_images(str(both))
    assert "test labels" in says_clearly(caught.value)
    train = make_pair(6)
    path = tmp_path / "some.npz"
    np.savez(path, x_train=train.images, y_train=train.labels, x_test=train.images[:, :20])
    with pytest.raises(UnsuitableDataError) as refused:
        load_test_images(str(path))
    assert "y_test" in says_clearly(refused.value)
