"""A data set: upright images of digits and their labels."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.errors import SubsetError

IMAGE_SIZE = 28
"""Rows and columns of an image, in pixels."""


class PartialImages(Protocol):
    """Images that are in memory only as far as they have been asked for."""

    @property
    def loaded(self) -> int:
        """The number of images that take memory."""
        ...

    def first(self, count: int, /) -> NDArray[np.uint8]:
        """Return the first images, read-only."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Images and labels that belong together, in their order in the source.

    Parameters
    ----------
    name : str
        "MNIST", "bundled digits", or the name of a file or folder.
    images : ndarray of uint8, shape (n, 28, 28), or PartialImages
        Upright grey levels, ink 255 on 0.
    labels : ndarray of uint8, shape (n,)
        The digits, 0 to 9. Read-only from now on, like the images.
    notice : str
        One sentence for the person who loads it, if it may not be what they expect.
    """

    name: str
    _images: NDArray[np.uint8] | PartialImages
    labels: NDArray[np.uint8]
    notice: str = ""

    def __post_init__(self) -> None:
        """Make the arrays read-only: a data set is shared between threads."""
        if isinstance(self._images, np.ndarray):
            self._images.setflags(write=False)
        self.labels.setflags(write=False)

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def loaded(self) -> int:
        """The number of images that take memory."""
        images = self._images
        return len(images) if isinstance(images, np.ndarray) else images.loaded

    @property
    def images(self) -> NDArray[np.uint8]:
        """All images, shape (n, 28, 28); `first` and `image` may have less to do.

        Raises DataError if one of them cannot be read.
        """
        return self._first(len(self))

    def image(self, index: int) -> NDArray[np.uint8]:
        """Return one image, read-only and of shape (28, 28), without copying it.

        Raises DataError if it, or one before it, cannot be read.
        """
        image: NDArray[np.uint8] = self._first(index + 1)[index]
        return image

    def first(self, count: int) -> "Dataset":
        """Return the first images as a data set of the same name, without copying them.

        Raises SubsetError if `count` is less than 1 or more than there are, and DataError if one of
        them cannot be read.
        """
        if not 1 <= count <= len(self):
            raise SubsetError(
                f"The subset cannot be {count:,} images: {self.name} has {len(self):,}, "
                f"so choose from 1 to {len(self):,}."
            )
        return Dataset(self.name, self._first(count), self.labels[:count])

    def _first(self, count: int) -> NDArray[np.uint8]:
        images = self._images
        return images[:count] if isinstance(images, np.ndarray) else images.first(count)
