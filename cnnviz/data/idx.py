"""MNIST's own file format, IDX, plain or compressed with gzip."""

import gzip
import math
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.checks import check_count, check_labels, check_pair
from cnnviz.data.dataset import IMAGE_SIZE
from cnnviz.data.errors import MalformedFileError, UnsuitableDataError
from cnnviz.data.reading import (
    DEFLATE_LIMIT,
    Readable,
    explained,
    file_size,
    open_regular,
    read_bytes,
)

_GZIP_MAGIC = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class _Kind:
    """One of the two kinds of files: its name, its first four bytes, the shape of an entry."""

    name: str
    magic: bytes
    shape: tuple[int, ...]


_IMAGES = _Kind("images", b"\x00\x00\x08\x03", (IMAGE_SIZE, IMAGE_SIZE))
_LABELS = _Kind("labels", b"\x00\x00\x08\x01", ())


def read_idx_pair(
    images_path: Path, labels_path: Path
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Read a file of images and the file of their labels.

    Both headers are held against each other and against the sizes of the files before memory is
    taken for what they promise.

    Parameters
    ----------
    images_path, labels_path : Path
        IDX files; whether they are compressed is seen from their first bytes.

    Returns
    -------
    images : ndarray of uint8, shape (n, 28, 28)
    labels : ndarray of uint8, shape (n,)

    Raises
    ------
    MissingDataError, UnreadableFileError
        If a file is not there or cannot be read.
    MalformedFileError
        If a file is no IDX file, or cut off, damaged, or longer than its header says.
    UnsuitableDataError
        If the images are not 28 × 28, too many or none, if labels and images differ in number, or
        if a label is no digit.
    """
    with (
        _open_idx(images_path, _IMAGES) as (image_stream, image_count),
        _open_idx(labels_path, _LABELS) as (label_stream, label_count),
    ):
        check_pair((images_path, image_count), (labels_path, label_count))
        labels = _read_entries(label_stream, labels_path, _LABELS, label_count)
        check_labels(labels_path, labels)
        images = _read_entries(image_stream, images_path, _IMAGES, image_count)
    return images, labels


@contextmanager
def _open_idx(path: Path, kind: _Kind) -> Iterator[tuple[Readable, int]]:
    """Open an IDX file behind its header; yield the stream of its entries and their number."""
    with open_regular(path) as file:
        stored = file_size(file)
        if stored == 0:
            raise MalformedFileError(f"{path} is empty: choose an IDX file of {kind.name}.")
        if file.peek(2)[:2] == _GZIP_MAGIC:
            with gzip.GzipFile(fileobj=file) as stream:
                count = _read_header(stream, path, kind)
                if count * math.prod(kind.shape) > stored * DEFLATE_LIMIT:
                    raise _cut_off(path, kind, count)
                yield stream, count
        elif path.suffix == ".gz":
            raise MalformedFileError(
                f"{path} is not compressed with gzip although its name ends in .gz: "
                "download or copy it again."
            )
        else:
            count = _read_header(file, path, kind)
            if count * math.prod(kind.shape) > stored:
                raise _cut_off(path, kind, count)
            yield file, count


def _read_header(stream: Readable, path: Path, kind: _Kind) -> int:
    """Read and check the header; return the number of entries."""
    with _decoding(path):
        magic = stream.read(4)
        if magic != kind.magic:
            known = {k.magic: f"holds {k.name}" for k in (_IMAGES, _LABELS)}
            found = known.get(magic, "is not an IDX file of bytes")
            raise MalformedFileError(f"{path} {found}: choose an IDX file of {kind.name}.")
        count, *shape = read_bytes(stream, 4 + 4 * len(kind.shape)).view(">u4").tolist()
    if tuple(shape) != kind.shape:
        raise UnsuitableDataError(
            f"{path} holds images of {' × '.join(map(str, shape))} pixels: "
            f"they must be {IMAGE_SIZE} × {IMAGE_SIZE}."
        )
    check_count(path, kind.name, count)
    return int(count)


def _read_entries(stream: Readable, path: Path, kind: _Kind, count: int) -> NDArray[np.uint8]:
    """Read all entries, and find that nothing follows them."""
    with _decoding(path):
        try:
            entries = read_bytes(stream, count * math.prod(kind.shape))
        except EOFError:
            raise _cut_off(path, kind, count) from None
        if stream.read(1):
            raise MalformedFileError(
                f"{path} goes on after the {count:,} {kind.name} that its header promises: "
                "download or copy it again."
            )
    return entries.reshape(count, *kind.shape)


def _cut_off(path: Path, kind: _Kind, count: int) -> MalformedFileError:
    return MalformedFileError(
        f"{path} ends before the {count:,} {kind.name} that its header promises: "
        "download or copy it again."
    )


@contextmanager
def _decoding(path: Path) -> Iterator[None]:
    """Say in words what goes wrong while a file is read, decompressed and understood."""
    with explained(path):
        try:
            yield
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise MalformedFileError(
                f"{path} is cut off or damaged: download or copy it again."
            ) from error
