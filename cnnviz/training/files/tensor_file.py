"""Writes one tensor to a file that other programs read."""

import io
from pathlib import Path
from typing import BinaryIO, Final

import numpy as np

from cnnviz.atomic_file import UnwritableFileError, replacing
from cnnviz.numerics.network import Floats
from cnnviz.training.errors import DebuggerError

MOST_ROWS: Final = 2_000_000
"""Numbers that a .csv file may hold, one a row."""
_BLOCK: Final = 100_000
"""Rows that are written at once."""


def write_tensor(path: Path, values: Floats) -> None:
    """Write a tensor whole or not at all.

    The path ends in ``.npy``, or in ``.csv`` for one row per number: its indices, then its value
    with all digits that it takes to read the same number.

    Raises
    ------
    DebuggerError
        If the ending is another, the file would be too long, or it cannot be written.
    """
    ending = path.suffix.lower()
    if ending not in {".npy", ".csv"}:
        raise DebuggerError(f"{path.name} names no kind of file: end it in .npy or .csv.")
    _check_length(ending, values)
    try:
        with replacing(path) as file:
            _write(file, ending, values)
    except UnwritableFileError as error:
        raise DebuggerError(str(error)) from error


def tensor_content(ending: str, values: Floats) -> bytes:
    """Return the bytes that `write_tensor` writes.

    Raises
    ------
    UnwritableFileError
        If the file would be too long.
    """
    try:
        _check_length(ending, values)
    except DebuggerError as error:
        raise UnwritableFileError(str(error)) from error
    content = io.BytesIO()
    _write(content, ending, values)
    return content.getvalue()


def _check_length(ending: str, values: Floats) -> None:
    if ending == ".csv" and values.size > MOST_ROWS:
        raise DebuggerError(
            f"{values.size:,} numbers are too many for a .csv file, which holds up to "
            f"{MOST_ROWS:,} here: save them as .npy."
        )


def _write(file: BinaryIO, ending: str, values: Floats) -> None:
    if ending == ".npy":
        np.save(file, values)
    else:
        _write_rows(file, values)


def _write_rows(file: BinaryIO, values: Floats) -> None:
    names = [*(f"index {axis}" for axis in range(values.ndim)), "value"]
    file.write(f"{','.join(names)}\n".encode())
    digits = "%.9g" if values.dtype == np.float32 else "%.17g"
    row = f"{','.join(['%d'] * values.ndim + [digits])}\n"
    flat = values.reshape(-1)
    for start in range(0, values.size, _BLOCK):
        part = np.arange(start, min(start + _BLOCK, values.size))
        indices = (axis.tolist() for axis in np.unravel_index(part, values.shape))
        # Python's numbers are written several times faster than numpy's.
        numbers = zip(*indices, flat[part].tolist(), strict=True)
        file.write("".join([row % number for number in numbers]).encode())
