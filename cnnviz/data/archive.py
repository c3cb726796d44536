"""Reads arrays of npz files from outside, whose claims are checked before memory is taken."""

import math
import os
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader, BytesIO, FileIO
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from cnnviz.data.errors import DataError, MalformedFileError, UnsuitableDataError
from cnnviz.data.reading import DEFLATE_LIMIT, file_size, read_bytes

_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_HEADER: Final = 4096
"""Bytes in which an array's header must end; numpy writes 128."""
_LOCAL: Final = struct.Struct("<26x2H")
"""The header of each part of an archive, with the lengths of its name and of the extra field."""
_CONTENTS: Final = 1 << 17
"""Bytes that an archive's table of contents, or any other part of it, is read in at a time."""


@dataclass(frozen=True, slots=True)
class Header:
    """The header of an array in an archive.

    `offset` is the number of bytes before its numbers; in `fortran` order the first index runs
    fastest.
    """

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    offset: int
    fortran: bool

    @property
    def size(self) -> int:
        """Bytes that it takes in memory."""
        return math.prod(self.shape) * self.dtype.itemsize

    @property
    def is_copied(self) -> bool:
        """Whether it is copied once it is read, in this machine's byte order and numpy's layout."""
        return not self.dtype.isnative or (self.fortran and len(self.shape) > 1)


class Archive:
    """An npz file that is open for reading; see `open_archive`."""

    def __init__(self, path: Path, archive: zipfile.ZipFile, stored: int, again: str) -> None:
        self._path = path
        self._archive = archive
        self._stored = stored
        self._again = again

    def __contains__(self, name: str) -> bool:
        return f"{name}.npy" in self._archive.namelist()

    @property
    def has_arrays(self) -> bool:
        """Whether any array is in it; a zip archive may hold anything."""
        return any(name.endswith(".npy") for name in self._archive.namelist())

    def header(self, name: str) -> Header:
        """Return the header of an existing array, without taking memory for the array.

        Raises MalformedFileError if its header is damaged, or its compression is none of numpy's.
        Raises UnsuitableDataError if it holds Python objects.
        """
        info = self._archive.getinfo(f"{name}.npy")
        if info.compress_type not in _METHODS:
            raise MalformedFileError(
                f"{self._path} is compressed in another way than numpy does it: save it with "
                "numpy.savez_compressed."
            )
        with self._archive.open(info) as stream:
            head = BytesIO(stream.read(_HEADER))
        try:
            read_header = {
                (1, 0): npy.read_array_header_1_0,
                (2, 0): npy.read_array_header_2_0,
            }[npy.read_magic(head)]
            shape, fortran, dtype = read_header(head)
        except Exception as error:  # a header is a Python literal, and fails in as many ways
            raise MalformedFileError(
                f"{self._path} is damaged at the start of {name}: {self._again}."
            ) from error
        if dtype.hasobject:
            raise UnsuitableDataError(
                f"{self._path} holds Python objects in {name}, which are never loaded: it must "
                "hold plain numbers."
            )
        return Header(name, tuple(shape), dtype, head.tell(), fortran)

    def check_size(self, header: Header) -> None:
        """Compare a header with the bytes of the archive.

        Raises MalformedFileError if they differ, or are more than an archive of this size can hold.
        """
        info = self._archive.getinfo(f"{header.name}.npy")
        most = self._stored * (1 if info.compress_type == zipfile.ZIP_STORED else DEFLATE_LIMIT)
        if info.file_size != header.offset + header.size or header.size > most:
            raise MalformedFileError(
                f"{self._path} does not hold as many bytes of {header.name} as its header "
                f"promises: {self._again}."
            )

    def offset_of(self, header: Header) -> int | None:
        """Return where an array's numbers begin in the file, in bytes.

        None if they do not lie there as this machine has them in memory: if they are compressed, or
        in another order.
        """
        info, file = self._archive.getinfo(f"{header.name}.npy"), self._archive.fp
        if info.compress_type != zipfile.ZIP_STORED or header.is_copied or file is None:
            return None
        file.seek(info.header_offset)
        name, extra = _LOCAL.unpack(file.read(_LOCAL.size))
        return int(info.header_offset + _LOCAL.size + name + extra + header.offset)

    def verify(self, header: Header) -> None:
        """Read an array, and compare its checksum; a damaged one raises as `open_archive` says."""
        with self._archive.open(f"{header.name}.npy") as stream:
            while stream.read(_CONTENTS):
                pass

    def duplicate(self) -> FileIO:
        """Return the open file, to be read from once the archive is closed."""
        assert self._archive.fp is not None  # noqa: S101  (it is open)
        return FileIO(os.dup(self._archive.fp.fileno()))

    def read(self, header: Header) -> NDArray[Any]:
        """Read an array whose size has been checked, in this machine's byte order."""
        with self._archive.open(f"{header.name}.npy") as stream:
            stream.read(header.offset)
            numbers = read_bytes(stream, header.size).view(header.dtype)
        order: Any = "F" if header.fortran else "C"
        array = numbers.reshape(header.shape, order=order)
        return array.astype(header.dtype.newbyteorder("="), order="C", copy=False)


@contextmanager
def open_archive(path: Path, file: BufferedReader, again: str) -> Iterator[Archive]:
    """Open an npz file that has been opened as a `file`; nothing in it is unpickled.

    `again` says in messages what to do with a damaged one, such as "download it again".

    Raises MalformedFileError if it turns out to be no archive or a damaged one, now or while it is
    open.
    """
    try:
        with _Sparing(file.raw) as sparing, zipfile.ZipFile(sparing) as archive:
            yield Archive(path, archive, file_size(sparing), again)
    except DataError:
        raise
    except (
        zipfile.BadZipFile,
        zlib.error,
        struct.error,
        EOFError,
        RuntimeError,  # of encrypted files
        ValueError,
        OverflowError,
    ) as error:
        raise MalformedFileError(
            f"{path} is not a whole npz file: {again}, or choose another file."
        ) from error


class _Sparing(BufferedReader):
    """A file that is read in small pieces, whatever size an archive claims for a part of it."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(_CONTENTS if size is None or size < 0 else min(size, _CONTENTS))
