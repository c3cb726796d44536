"""Arrays out of an npz file that may be anything, without taking memory on its word."""

import math
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedReader, BytesIO
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from cnnviz.data.reading import DEFLATE_LIMIT, file_size
from cnnviz.training.errors import RunFileError

_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_HEADER: Final = 4096
"""Bytes in which an array's header must end; numpy writes 128."""
_CONTENTS: Final = 1 << 17
"""Bytes that an archive's table of contents, or any other part of it, is read in at a time."""


@dataclass(frozen=True, slots=True)
class Header:
    """What an array in an archive claims to be; found to agree with the bytes that are there.

    Attributes
    ----------
    shape : tuple of int
    dtype : dtype
    size : int
        Bytes that it takes in memory.
    """

    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    size: int


class Archive:
    """An npz file that is open for reading; see `open_archive`."""

    def __init__(self, path: Path, archive: zipfile.ZipFile, stored: int) -> None:
        self._path = path
        self._archive = archive
        self._stored = stored

    def header(self, name: str) -> Header:
        """Return what an array claims to be, before any memory is taken for it.

        Raises
        ------
        RunFileError
            Where there is no such array, or its header is damaged or promises other bytes than
            there are.
        """
        try:
            info = self._archive.getinfo(f"{name}.npy")
        except KeyError:
            raise RunFileError(
                f"{self._path} is not a run of cnnviz: it has no array {name}."
            ) from None
        if info.compress_type not in _METHODS:
            raise RunFileError(
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
            shape, _, dtype = read_header(head)
        except Exception as error:  # a header is a Python literal, and fails in as many ways
            raise RunFileError(
                f"{self._path} is damaged at the start of {name}: record the run again."
            ) from error
        if dtype.hasobject:
            raise RunFileError(
                f"{self._path} holds Python objects in {name}, which are never loaded: it must "
                "hold plain numbers."
            )
        size = math.prod(shape) * dtype.itemsize
        most = self._stored * (1 if info.compress_type == zipfile.ZIP_STORED else DEFLATE_LIMIT)
        if info.file_size != head.tell() + size or size > most:
            raise RunFileError(
                f"{self._path} does not hold as many bytes of {name} as it promises: record the "
                "run again."
            )
        return Header(tuple(shape), dtype, size)

    def read(self, name: str) -> NDArray[Any]:
        """Read an array whose header was found good, in this machine's byte order."""
        with self._archive.open(f"{name}.npy") as stream:
            array: NDArray[Any] = npy.read_array(stream, allow_pickle=False)
        return np.ascontiguousarray(array, array.dtype.newbyteorder("=")).reshape(array.shape)


@contextmanager
def open_archive(path: Path) -> Iterator[Archive]:
    """Open an npz file; nothing in it is unpickled.

    Parameters
    ----------
    path : Path
        As `numpy.savez` and `numpy.savez_compressed` write it.

    Raises
    ------
    RunFileError
        Where it is not there or not readable, or turns out to be no archive or a damaged one.
    """
    try:
        if not path.is_file():
            raise RunFileError(f"{path} is not a file: choose a run that cnnviz has saved.")
        with (
            _Sparing(path.open("rb", buffering=0)) as file,
            zipfile.ZipFile(file) as archive,
        ):
            yield Archive(path, archive, file_size(file))
    except OSError as error:
        raise RunFileError(
            f"{path} cannot be read ({error.strerror or error}): choose another file."
        ) from error
    except (
        zipfile.BadZipFile,
        zlib.error,
        struct.error,
        EOFError,
        RuntimeError,  # of encrypted files
        ValueError,
        OverflowError,
    ) as error:
        raise RunFileError(
            f"{path} is not a whole npz file: record the run again, or choose another file."
        ) from error


class _Sparing(BufferedReader):
    """A file that gives little at a time, whatever size an archive claims a part of it has."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(_CONTENTS if size is None or size < 0 else min(size, _CONTENTS))
