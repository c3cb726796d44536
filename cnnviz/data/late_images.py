"""Images that are made only as far as they are needed."""

from collections.abc import Callable
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray

_PART: Final = 1000
"""Images made at a time: few calls, and little memory besides."""


class LateImages:
    """Images that are made only as far as they are needed, from the first on.

    Any thread may use them. It waits only for images that have not been made yet.

    Parameters
    ----------
    shape : tuple of int
        (n, rows, columns) of all of them.
    make : callable
        Makes the images from one index up to another, uint8 of shape (k, rows, columns). It is
        called in order, by one thread at a time, and released after the last image. An exception
        reaches the caller of `first`, and the same images are made again at the next call.
    """

    def __init__(
        self, shape: tuple[int, int, int], make: Callable[[int, int], NDArray[np.uint8]]
    ) -> None:
        self._images = np.empty(shape, np.uint8)  # takes no memory before it is written to
        self._made = 0
        self._make: Callable[[int, int], NDArray[np.uint8]] | None = make
        self._lock = Lock()

    @property
    def loaded(self) -> int:
        """The number of images that take memory: all, as those to come are kept in another form."""
        return len(self._images)

    def first(self, count: int) -> NDArray[np.uint8]:
        """Return a read-only view of the first images; a `count` outside 0 to n is clipped.

        Raises DataError if one of them cannot be read; those of earlier calls still can.
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
