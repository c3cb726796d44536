"""Data sets that are not in use: a few of their images are kept, and the rest is loaded again."""

from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.dataset import Dataset
from cnnviz.data.errors import UnsuitableDataError
from cnnviz.data.source import load

MOST_KEPT: Final = 10_000
"""Images of one data set that are kept in memory: 7.8 MB."""


class EvictedImages:
    """The first images of a data set; the others are loaded again when they are asked for.

    Parameters
    ----------
    dataset : Dataset
        Its labels are kept, and its first images are copied.
    kept : int
        How many images.
    source : str
        What `load` takes for it.
    """

    def __init__(self, dataset: Dataset, kept: int, source: str) -> None:
        self._labels = dataset.labels
        self._images = dataset.first(kept).images.copy()
        self._source = source
        self._lock = Lock()

    @property
    def loaded(self) -> int:
        """The number of images in memory."""
        return len(self._images)

    def first(self, count: int) -> NDArray[np.uint8]:
        """Return the first images, read-only, shape (count, rows, columns).

        Raises DataError if the others cannot be loaded any more, or have changed.
        """
        with self._lock:
            if count > len(self._images):
                self._load(count)
            images = self._images[:count]
        images.setflags(write=False)
        return images

    def _load(self, count: int) -> None:
        dataset = load(self._source)
        same = np.array_equal(dataset.labels, self._labels) and np.array_equal(
            dataset.first(len(self._images)).images, self._images
        )
        if not same:
            raise UnsuitableDataError(
                f"the images in {self._source} have changed since this branch was trained on "
                f"them: put the former ones back, or use up to {len(self._images):,} of them."
            )
        self._images = dataset.first(count).images


def evict_images(dataset: Dataset, used: int, source: str) -> Dataset:
    """Return a data set that takes little memory while it is not in use.

    A small one stays as it is. So each takes at most 7.8 MB and its labels, however many are loaded
    one after the other.

    Of its images, a branch was trained on `used`; these are kept, up to `MOST_KEPT`. `source` is
    what `load` takes for it.
    """
    kept = min(used, MOST_KEPT)
    if len(dataset) <= MOST_KEPT or dataset.loaded <= kept:
        return dataset
    return Dataset(dataset.name, EvictedImages(dataset, kept, source), dataset.labels)
