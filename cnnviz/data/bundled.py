"""The handwritten digits that come with cnnviz."""

from cnnviz.data.dataset import Dataset
from cnnviz.data.idx import read_idx_pair
from cnnviz.data.resources import resource_path


def bundled_digits() -> Dataset:
    """Load the 1,797 digits of the UCI optical-recognition test set, scaled and centred like MNIST.

    `resources/digits/README.md` says where they come from and how they were made.

    Raises
    ------
    MissingResourceError
        If the installation of cnnviz is incomplete.
    """
    images, labels = read_idx_pair(
        resource_path("digits", "train-images-idx3-ubyte.gz"),
        resource_path("digits", "train-labels-idx1-ubyte.gz"),
    )
    return Dataset("bundled digits", images, labels)
