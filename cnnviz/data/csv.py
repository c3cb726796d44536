"""Images as lines of a table: a label and 784 grey levels, as Kaggle has MNIST."""

from collections.abc import Iterator
from io import BufferedReader
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from cnnviz.data.checks import check_count, check_labels
from cnnviz.data.dataset import IMAGE_SIZE
from cnnviz.data.errors import MalformedFileError, UnsuitableDataError
from cnnviz.data.reading import open_regular

_COLUMNS: Final = 1 + IMAGE_SIZE**2
_LONGEST_LINE: Final = 16 * _COLUMNS
_TOGETHER: Final = 1000
"""Lines that are parsed at a time."""


def read_csv(path: Path) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Read upright images and their labels; a first line of names is left out.

    Returns
    -------
    images : ndarray of uint8, shape (n, 28, 28)
    labels : ndarray of uint8, shape (n,)

    Raises
    ------
    MissingDataError, UnreadableFileError
        If the file is not there or cannot be read.
    MalformedFileError
        If a line does not hold numbers from 0 to 255.
    UnsuitableDataError
        If a line does not hold a label and 784 grey levels, or if there are too many or none.
    """
    parts, count = [], 0
    with open_regular(path) as file:
        lines = _lines(file, path)
        while batch := list(islice(lines, _TOGETHER)):
            parts.append(_parsed(path, batch, count))
            count += len(batch)
            check_count(path, "images", count)
    check_count(path, "images", count)
    table = np.concatenate(parts)
    labels = np.ascontiguousarray(table[:, 0])
    check_labels(path, labels)
    return table[:, 1:].reshape(count, IMAGE_SIZE, IMAGE_SIZE), labels


def _lines(file: BufferedReader, path: Path) -> Iterator[bytes]:
    """Yield the lines of numbers."""
    first = True
    while line := file.readline(_LONGEST_LINE):
        names, first = first and not line[:1].isdigit(), False
        if len(line) == _LONGEST_LINE:
            raise _unsuitable(path, line)
        if names:
            _check_columns(path, line)
        elif line.strip():
            yield line


def _parsed(path: Path, lines: list[bytes], before: int) -> NDArray[np.uint8]:
    for line in lines:
        _check_columns(path, line)
    try:
        numbers = np.loadtxt(lines, np.int64, delimiter=",", comments=None, ndmin=2)
    except ValueError as error:
        raise MalformedFileError(
            f"{path} holds something else than whole numbers in images {before:,} to "
            f"{before + len(lines) - 1:,}: download or copy it again."
        ) from error
    if numbers.min() < 0 or numbers.max() > 255:
        raise MalformedFileError(
            f"{path} holds numbers outside of 0 to 255 in images {before:,} to "
            f"{before + len(lines) - 1:,}: they must be labels and grey levels."
        )
    return numbers.astype(np.uint8)


def _check_columns(path: Path, line: bytes) -> None:
    if line.count(b",") != _COLUMNS - 1:
        raise _unsuitable(path, line)


def _unsuitable(path: Path, line: bytes) -> UnsuitableDataError:
    return UnsuitableDataError(
        f"{path} holds {line.count(b',') + 1:,} columns: each line must hold a label and "
        f"{_COLUMNS - 1} grey levels, as in Kaggle's train.csv."
    )
