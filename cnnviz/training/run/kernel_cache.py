"""Caches the kernel of the current batch."""

import os
from typing import Final

from cnnviz.data.dataset import Dataset
from cnnviz.numerics.fast import FastIteration
from cnnviz.numerics.network import Batch
from cnnviz.training.errors import SettingsError
from cnnviz.training.pixels import DrawnImage, Pixel, painted
from cnnviz.training.settings import Precision, Settings

ONE_THREAD_BELOW: Final[dict[Precision, int]] = {"float64": 120, "float32": 250}
"""Images below which a second thread costs more time than it saves."""

_Drawn = tuple[tuple[Pixel, ...], tuple[DrawnImage, ...]]


class KernelCache:
    """The data set with its drawn pixels, and the kernel of its batch. Used by one thread."""

    def __init__(self) -> None:
        self._painted: tuple[Dataset, _Drawn, Dataset] | None = None
        self._kernel: FastIteration | None = None
        self._key: tuple[Dataset, int, Precision] | None = None

    def data(self, dataset: Dataset, settings: Settings) -> Dataset:
        """Return the data set with the settings' pixels drawn over it."""
        drawn = settings.pixels, settings.drawings
        if drawn == ((), ()):
            return dataset
        known = self._painted
        if known is None or known[0] is not dataset or known[1] != drawn:
            self._painted = known = dataset, drawn, painted(dataset, *drawn)
        return known[2]

    def is_ready(self, dataset: Dataset, settings: Settings) -> bool:
        """Whether `kernel` returns the same one as the last time."""
        return self._kernel is not None and self._key == self._key_of(dataset, settings)

    def kernel(self, dataset: Dataset, settings: Settings) -> FastIteration:
        """Return the kernel that iterates on the settings' batch of a data set."""
        key = self._key_of(dataset, settings)
        if self._kernel is None or key != self._key:
            n = settings.subset
            data = key[0].first(n)
            self.close()
            batch = Batch.from_images(data.images, data.labels, settings.numpy_dtype)
            self._kernel = FastIteration(batch, threads_for(n, settings.dtype))
            self._key = key
        return self._kernel

    def close(self) -> None:
        """End the threads; they start again when they are needed."""
        if self._kernel is not None:
            self._kernel.close()
            self._kernel = self._key = None

    def _key_of(self, dataset: Dataset, settings: Settings) -> tuple[Dataset, int, Precision]:
        return self.data(dataset, settings), settings.subset, settings.dtype


def check_subset(dataset: Dataset, settings: Settings) -> None:
    """Check that the images of the subset exist and can be read.

    Raises SettingsError if the data set has fewer images, and DataError if one of them cannot be
    read.
    """
    if settings.subset > len(dataset):
        raise SettingsError(
            f"subset {settings.subset} is more than the {len(dataset)} images of {dataset.name}."
        )
    dataset.first(settings.subset)


def threads_for(n: int, dtype: Precision) -> int:
    """Return the number of threads for a batch of n images."""
    return 1 if n < ONE_THREAD_BELOW[dtype] else os.cpu_count() or 1
