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
    """Read upright images, shape (n, 28, 28), and their labels; a line of names may come first.

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
        lines = _lines(path, file)
        while batch := list(islice(lines, _TOGETHER)):
            parts.append(_parsed(path, batch, count))
            count += len(batch)
            check_count(path, "images", count)
    check_count(path, "images", count)
    table = np.concatenate(parts)
    labels = np.ascontiguousarray(table[:, 0])
    check_labels(path, labels)
    return table[:, 1:].reshape(count, IMAGE_SIZE, IMAGE_SIZE), labels


def _lines(path: Path, file: BufferedReader) -> Iterator[bytes]:
    """Yield the lines that are neither empty nor names; refuse another number of columns."""
    names = not file.peek(1)[:1].isdigit()
    while line := file.readline(_LONGEST_LINE):
        if line.strip() and line.count(b",") != _COLUMNS - 1:
            found = f"{line.count(b',') + 1:,} columns" if b"," in line else "a line without commas"
            raise UnsuitableDataError(
                f"{path} holds {found}: each line must hold a label and {_COLUMNS - 1} grey "
                "levels, separated by commas, as in Kaggle's train.csv."
            )
        if line.strip() and not names:
            yield line
        names = False


def _parsed(path: Path, lines: list[bytes], before: int) -> NDArray[np.uint8]:
    where = f"in images {before:,} to {before + len(lines) - 1:,}"
    try:
        numbers = np.loadtxt(lines, np.int64, delimiter=",", comments=None, ndmin=2)
    except ValueError as error:
        raise MalformedFileError(
            f"{path} holds something else than whole numbers {where}: download or copy it again."
        ) from error
    if numbers.min() < 0 or numbers.max() > 255:
        raise MalformedFileError(
            f"{path} holds numbers outside of 0 to 255 {where}: "
            "they must be labels and grey levels."
        )
    return numbers.astype(np.uint8)
