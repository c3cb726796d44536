"""A data set: upright images of digits and their labels."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.errors import SubsetError

IMAGE_SIZE = 28
"""Rows and columns of an image, in pixels."""


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Images and labels that belong together, in their order in the source.

    Attributes
    ----------
    name : str
        What a person calls it: "MNIST", "bundled digits", or a file's name.
    images : ndarray of uint8, shape (n, 28, 28)
        Upright grey levels, ink 255 on 0. Read-only.
    labels : ndarray of uint8, shape (n,)
        The digits, 0 to 9. Read-only.
    """

    name: str
    images: NDArray[np.uint8]
    labels: NDArray[np.uint8]

    def __post_init__(self) -> None:
        """Make the arrays read-only: a data set is shared between threads."""
        self.images.setflags(write=False)
        self.labels.setflags(write=False)

    def __len__(self) -> int:
        return len(self.labels)

    def first(self, count: int) -> "Dataset":
        """Take the first images, without copying them.

        Parameters
        ----------
        count : int
            How many, from 1 to all.

        Returns
        -------
        Dataset
            Views of this data set, under its name.

        Raises
        ------
        SubsetError
            If `count` is less than 1 or more than there are.
        """
        if not 1 <= count <= len(self):
            raise SubsetError(
                f"The subset cannot be {count:,} images: {self.name} has {len(self):,}, "
                f"so choose from 1 to {len(self):,}."
            )
        return Dataset(self.name, self.images[:count], self.labels[:count])
