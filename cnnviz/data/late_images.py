"""Images that are made only as far as they are asked for."""

from collections.abc import Callable
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray

_PART: Final = 1000
"""Images made at a time: few calls, and little memory besides."""


class LateImages:
    """Images that are made only as far as they are asked for, from the first on.

    Any thread may ask. It waits only for images that are not there yet.

    Parameters
    ----------
    shape : tuple of int
        (n, rows, columns) of all of them.
    make : callable
        Makes the images from one index up to another, uint8 of shape (k, rows, columns). It is
        called in order, by one thread at a time, and let go with the last image. Where it raises,
        so does who has asked, and it is called for the same images again when they are asked for
        again.
    """

    def __init__(
        self, shape: tuple[int, int, int], make: Callable[[int, int], NDArray[np.uint8]]
    ) -> None:
        self._images = np.empty(shape, np.uint8)  # takes no memory before it is written to
        self._made = 0
        self._make: Callable[[int, int], NDArray[np.uint8]] | None = make
        self._lock = Lock()

    def first(self, count: int) -> NDArray[np.uint8]:
        """Return the first images, made as far as they were not.

        Parameters
        ----------
        count : int
            How many; more than there are gives all, and less than none gives none.

        Returns
        -------
        ndarray of uint8, shape (count, rows, columns)
            A read-only view.

        Raises
        ------
        DataError
            Where one of them cannot be had; what was given before still can.
        """
        count = max(0, min(count, len(self._images)))
        if count > self._made:
            with self._lock:
                self._make_first(count)
        images = self._images[:count]
        images.setflags(write=False)
        return images

    def _make_first(self, count: int) -> None:
        while self._make is not None and self._made < count:
            stop = min(count, self._made + _PART)
            self._images[self._made : stop] = self._make(self._made, stop)
            self._made = stop
            if stop == len(self._images):
                self._make = None  # and what they were made from
