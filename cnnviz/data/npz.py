"""The `mnist.npz` of Keras: a zip archive of numpy arrays."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.checks import check_count, check_labels, check_pair
from cnnviz.data.dataset import IMAGE_SIZE
from cnnviz.data.errors import MalformedFileError, UnsuitableDataError
from cnnviz.data.reading import file_size, open_regular

if TYPE_CHECKING:
    from cnnviz.data.archive import Archive, Header

_IMAGES = "x_train"
_LABELS = "y_train"
_TEST_IMAGES = "x_test"
_TEST_LABELS = "y_test"


def read_npz(path: Path) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Read `x_train` and `y_train`, and no other arrays; nothing is unpickled.

    The headers of both are compared with each other and with the sizes in the archive before memory
    is taken.

    Returns
    -------
    images : ndarray of uint8, shape (n, 28, 28)
    labels : ndarray of uint8, shape (n,)

    Raises
    ------
    MissingDataError, UnreadableFileError
        If the file is not there or cannot be read.
    MalformedFileError
        If it is not a zip archive of numpy arrays, or damaged.
    UnsuitableDataError
        If an array is missing or of another shape or type, if labels and images differ in number,
        or if a label is not a digit.
    """
    with _opened(path) as archive:
        return _read_pair(path, archive, _IMAGES, _LABELS)


def read_npz_test(path: Path) -> tuple[NDArray[np.uint8], NDArray[np.uint8]] | None:
    """Read `x_test` and `y_test` as `read_npz` reads the others; None if neither is there."""
    with _opened(path) as archive:
        if _TEST_IMAGES not in archive and _TEST_LABELS not in archive:
            return None
        return _read_pair(path, archive, _TEST_IMAGES, _TEST_LABELS)


@contextmanager
def _opened(path: Path) -> "Iterator[Archive]":
    from cnnviz.data.archive import open_archive  # noqa: PLC0415  (IDX files do without)

    with open_regular(path) as file:
        if file_size(file) == 0:
            raise MalformedFileError(f"{path} is empty: choose an npz file of images and labels.")
        with open_archive(path, file, "download or copy it again") as archive:
            yield archive


def _read_pair(
    path: Path, archive: "Archive", images_name: str, labels_name: str
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    images, labels = (_header(path, archive, name) for name in (images_name, labels_name))
    _check_images(path, images)
    _check_labels(path, labels)
    archive.check_size(images)
    archive.check_size(labels)
    check_pair((path, images.shape[0]), (path, labels.shape[0]))
    digits = archive.read(labels)
    check_labels(path, digits)
    return archive.read(images), digits.astype(np.uint8)


def _header(path: Path, archive: "Archive", name: str) -> "Header":
    if not archive.has_arrays:
        raise UnsuitableDataError(
            f"{path} is a zip archive without arrays: unpack it, and choose what was in it."
        )
    if name not in archive:
        raise UnsuitableDataError(
            f"{path} has no array {name}: it must hold {_IMAGES} and {_LABELS} as Keras' "
            "mnist.npz does."
        )
    return archive.header(name)


def _check_images(path: Path, images: "Header") -> None:
    count, *size = images.shape or (0,)
    if images.dtype != np.uint8 or size != [IMAGE_SIZE, IMAGE_SIZE]:
        raise UnsuitableDataError(
            f"{path} holds {images.dtype} of shape {images.shape} in {images.name}: "
            f"it must be uint8 of shape (n, {IMAGE_SIZE}, {IMAGE_SIZE})."
        )
    check_count(path, "images", count)


def _check_labels(path: Path, labels: "Header") -> None:
    if labels.dtype.kind not in "iu" or len(labels.shape) != 1:
        raise UnsuitableDataError(
            f"{path} holds {labels.dtype} of shape {labels.shape} in {labels.name}: "
            "it must be integers of shape (n,)."
        )
    check_count(path, "labels", labels.shape[0])
