"""MNIST's own file format, IDX, plain or compressed with gzip."""

import gzip
import math
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.checks import check_count, check_labels, check_pair
from cnnviz.data.dataset import IMAGE_SIZE
from cnnviz.data.errors import MalformedFileError, UnsuitableDataError
from cnnviz.data.late_images import LateImages
from cnnviz.data.reading import (
    DEFLATE_LIMIT,
    Readable,
    explained,
    file_size,
    open_regular,
    read_bytes,
)

_GZIP_MAGIC = b"\x1f\x8b"
_AT_ONCE: Final = 200
"""Images of a gzipped file that are decompressed at once: the default subset."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """One of the two kinds of files, with its name, first four bytes and shape of an entry."""

    name: str
    magic: bytes
    shape: tuple[int, ...]

    @property
    def size(self) -> int:
        """Bytes of an entry."""
        return math.prod(self.shape)


_IMAGES = _Kind("images", b"\x00\x00\x08\x03", (IMAGE_SIZE, IMAGE_SIZE))
_LABELS = _Kind("labels", b"\x00\x00\x08\x01", ())
_IMAGES_START: Final = 16
"""Bytes before the first image."""


def read_idx_pair(
    images_path: Path, labels_path: Path
) -> tuple[NDArray[np.uint8] | LateImages, NDArray[np.uint8]]:
    """Read a file of images and the file of their labels.

    Both headers are compared with each other and with the sizes of the files before memory is
    taken. The first bytes of a file, not its name, say whether it is compressed.

    The images of a large gzipped file are decompressed only as far as they are needed. Damage
    behind the first ones is reported then, as a MalformedFileError; a file that is cut off or too
    long is refused at once.

    Returns
    -------
    images : ndarray of uint8, shape (n, 28, 28), or LateImages
    labels : ndarray of uint8, shape (n,)

    Raises
    ------
    MissingDataError, UnreadableFileError
        If a file is not there or cannot be read.
    MalformedFileError
        If a file is no IDX file, or cut off, damaged, or longer than its header says.
    UnsuitableDataError
        If the images are not 28 × 28, too many or none, if labels and images differ in number, or
        if a label is not a digit.
    """
    with (
        _open_idx(images_path, _IMAGES) as (image_stream, image_count),
        _open_idx(labels_path, _LABELS) as (label_stream, label_count),
    ):
        check_pair((images_path, image_count), (labels_path, label_count))
        labels = _read_entries(label_stream, labels_path, _LABELS, label_count)
        check_labels(labels_path, labels)
        late = _late_images(images_path, image_count)
        images = late or _read_entries(image_stream, images_path, _IMAGES, image_count)
    return images, labels


def _late_images(path: Path, count: int) -> LateImages | None:
    """Return the images of a gzipped file that are decompressed as far as they are needed.

    None if all are better read at once: the file is hardly compressed, they are few, or the size at
    the end of the gzip differs from the header's, which is to be reported now.
    """
    size = _IMAGES_START + count * _IMAGES.size
    with open_regular(path) as file:
        stored = file_size(file)
        if count <= _AT_ONCE or stored >= size or file.peek(2)[:2] != _GZIP_MAGIC:
            return None
        file.seek(-4, os.SEEK_END)
        if int.from_bytes(file.read(4), "little") != size:
            return None
        file.seek(0)
        packed = _PackedImages(path, count, file.read(stored))
    images = LateImages((count, IMAGE_SIZE, IMAGE_SIZE), packed.read)
    images.first(_AT_ONCE)
    return images


class _PackedImages:
    """A gzipped file of images, in memory as it is stored."""

    def __init__(self, path: Path, count: int, content: bytes) -> None:
        self._path, self._count, self._content = path, count, content
        self._stream: gzip.GzipFile | None = None

    def read(self, start: int, stop: int) -> NDArray[np.uint8]:
        """Decompress the images from one index up to another, in their order."""
        stream, self._stream = self._stream, None  # after a failure its position is unknown
        with _decoding(self._path):
            if stream is None:
                stream = gzip.GzipFile(fileobj=BytesIO(self._content))
                stream.seek(_IMAGES_START + start * _IMAGES.size)
            images = _read_entries(stream, self._path, _IMAGES, self._count, start, stop)
        self._stream = stream
        return images


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
                if count * kind.size > stored * DEFLATE_LIMIT:
                    raise _cut_off(path, kind, count)
                yield stream, count
        else:
            count = _read_header(file, path, kind)
            if count * kind.size > stored:
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


def _read_entries(
    stream: Readable, path: Path, kind: _Kind, count: int, start: int = 0, stop: int | None = None
) -> NDArray[np.uint8]:
    """Read the next entries, all by default, and check that nothing follows the last."""
    stop = count if stop is None else stop
    with _decoding(path):
        try:
            entries = read_bytes(stream, (stop - start) * kind.size)
        except EOFError:
            raise _cut_off(path, kind, count) from None
        if stop == count and stream.read(1):
            raise MalformedFileError(
                f"{path} goes on after the {count:,} {kind.name} that its header promises: "
                "download or copy it again."
            )
    return entries.reshape(stop - start, *kind.shape)


def _cut_off(path: Path, kind: _Kind, count: int) -> MalformedFileError:
    return MalformedFileError(
        f"{path} ends before the {count:,} {kind.name} that its header promises: "
        "download or copy it again."
    )


@contextmanager
def _decoding(path: Path) -> Iterator[None]:
    """Turn what goes wrong while a file is read and decompressed into a sentence."""
    with explained(path):
        try:
            yield
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise MalformedFileError(
                f"{path} is cut off or damaged: download or copy it again."
            ) from error
