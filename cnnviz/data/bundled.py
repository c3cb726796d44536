"""The handwritten digits that come with cnnviz."""

from functools import cache
from pathlib import Path

from cnnviz.data.dataset import Dataset
from cnnviz.data.idx import read_idx_pair
from cnnviz.data.resources import resource_path


def bundled_digits() -> Dataset:
    """Load the 1,797 digits of the UCI optical-recognition test set, scaled and centred like MNIST.

    `resources/digits/README.md` says where they come from and how they were made. They are read
    once in a process, because a data set does not change.

    Raises MissingResourceError if the installation of cnnviz is incomplete.
    """
    return _read(
        resource_path("digits", "train-images-idx3-ubyte.gz"),
        resource_path("digits", "train-labels-idx1-ubyte.gz"),
    )


@cache
def _read(images_path: Path, labels_path: Path) -> Dataset:
    return Dataset("bundled digits", *read_idx_pair(images_path, labels_path))
