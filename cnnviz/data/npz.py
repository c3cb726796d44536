"""The `mnist.npz` of Keras: a zip archive of numpy arrays."""

import math
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader, BytesIO
from pathlib import Path

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from cnnviz.data.checks import check_count, check_labels, check_pair
from cnnviz.data.dataset import IMAGE_SIZE
from cnnviz.data.errors import DataError, MalformedFileError, UnsuitableDataError
from cnnviz.data.reading import (
    DEFLATE_LIMIT,
    explained,
    file_size,
    open_regular,
    read_bytes,
)

_IMAGES = "x_train"
_LABELS = "y_train"
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_MAX_HEADER = 4096  # bytes; numpy writes 128


def read_npz(path: Path) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Read `x_train` and `y_train`; nothing is unpickled.

    The headers of both arrays are held against each other and against the sizes in the archive
    before memory is taken for what they promise.

    Parameters
    ----------
    path : Path
        An archive as `numpy.savez` and `numpy.savez_compressed` write it. Other arrays in it, such
        as Keras' `x_test` and `y_test`, are not looked at.

    Returns
    -------
    images : ndarray of uint8, shape (n, 28, 28)
    labels : ndarray of uint8, shape (n,)

    Raises
    ------
    MissingDataError, UnreadableFileError
        If the file is not there or cannot be read.
    MalformedFileError
        If it is no zip archive of numpy arrays, or damaged.
    UnsuitableDataError
        If an array is missing or of another shape or type, if labels and images differ in number,
        or if a label is no digit.
    """
    with open_regular(path) as file:
        stored = file_size(file)
        if stored == 0:
            raise MalformedFileError(f"{path} is empty: choose an npz file of images and labels.")
        with (
            _unzipping(path),
            _ShortReads(file.raw) as short_reads,
            zipfile.ZipFile(short_reads) as archive,
        ):
            images = _open_member(archive, path, _IMAGES)
            labels = _open_member(archive, path, _LABELS)
            _check_images(path, images)
            _check_labels(path, labels)
            _check_size(path, images, stored)
            _check_size(path, labels, stored)
            check_pair((path, images.shape[0]), (path, labels.shape[0]))
            digits = _read_array(archive, labels)
            check_labels(path, digits)
            return _read_array(archive, images).view(np.uint8), digits.astype(np.uint8)


@dataclass(frozen=True, slots=True)
class _Member:
    """An array in the archive that has not been read yet."""

    info: zipfile.ZipInfo
    offset: int
    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype


class _ShortReads(BufferedReader):
    """A file that gives at most 128 kB at a time, whatever size an archive claims a part has.

    The table of contents, which `zipfile` reads at once, is thereby bounded, too.
    """

    def read(self, size: int | None = -1, /) -> bytes:
        limit = 1 << 17
        return super().read(limit if size is None or size < 0 else min(size, limit))


def _open_member(archive: zipfile.ZipFile, path: Path, name: str) -> _Member:
    """Find an array and understand its header."""
    try:
        info = archive.getinfo(f"{name}.npy")
    except KeyError:
        raise UnsuitableDataError(
            f"{path} has no array {name}: it must hold {_IMAGES} and {_LABELS} as Keras' "
            "mnist.npz does."
        ) from None
    if info.compress_type not in _METHODS:
        raise MalformedFileError(
            f"{path} is compressed in another way than numpy does it: save it with "
            "numpy.savez_compressed."
        )
    with archive.open(info) as stream:
        head = BytesIO(stream.read(_MAX_HEADER))
    try:
        read_header = {
            (1, 0): npy.read_array_header_1_0,
            (2, 0): npy.read_array_header_2_0,
        }[npy.read_magic(head)]
        shape, fortran, dtype = read_header(head)
    except Exception as error:  # a header is a Python literal, and fails in as many ways
        raise MalformedFileError(
            f"{path} is damaged at the start of {name}: download or copy it again."
        ) from error
    if dtype.hasobject:
        raise UnsuitableDataError(
            f"{path} holds Python objects in {name}, which are never loaded: "
            "it must hold plain numbers."
        )
    return _Member(info, head.tell(), shape, fortran, dtype)


def _check_images(path: Path, images: _Member) -> None:
    count, *size = images.shape or (0,)
    if images.dtype != np.uint8 or size != [IMAGE_SIZE, IMAGE_SIZE]:
        raise UnsuitableDataError(
            f"{path} holds {images.dtype} of shape {images.shape} in {_IMAGES}: "
            f"it must be uint8 of shape (n, {IMAGE_SIZE}, {IMAGE_SIZE})."
        )
    check_count(path, "images", count)


def _check_labels(path: Path, labels: _Member) -> None:
    if labels.dtype.kind not in "iu" or len(labels.shape) != 1:
        raise UnsuitableDataError(
            f"{path} holds {labels.dtype} of shape {labels.shape} in {_LABELS}: "
            "it must be integers of shape (n,)."
        )
    check_count(path, "labels", labels.shape[0])


def _check_size(path: Path, member: _Member, stored: int) -> None:
    size = member.offset + math.prod(member.shape) * member.dtype.itemsize
    if member.info.file_size != size or size > stored * DEFLATE_LIMIT:
        raise MalformedFileError(
            f"{path} does not hold as many bytes in {member.info.filename} as its header promises: "
            "download or copy it again."
        )


def _read_array(archive: zipfile.ZipFile, member: _Member) -> NDArray[np.integer]:
    """Read the numbers of an array whose header was found good."""
    count = math.prod(member.shape)
    with archive.open(member.info) as stream:
        stream.read(member.offset)
        numbers = read_bytes(stream, count * member.dtype.itemsize).view(member.dtype)
    if member.fortran:
        return numbers.reshape(member.shape[::-1]).T
    return numbers.reshape(member.shape)


@contextmanager
def _unzipping(path: Path) -> Iterator[None]:
    """Say in words what goes wrong in a broken archive: `zipfile` raises all of these."""
    with explained(path):
        try:
            yield
        except DataError:
            raise
        except (
            zipfile.BadZipFile,
            zlib.error,
            struct.error,
            EOFError,
            RuntimeError,
            ValueError,
            OverflowError,
        ) as error:
            raise MalformedFileError(
                f"{path} is not a whole npz file: download or copy it again, "
                "or choose another file."
            ) from error
