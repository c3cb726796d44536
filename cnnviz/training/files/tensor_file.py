"""Writes one tensor to a file that other programs read."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Final, cast

import numpy as np

from cnnviz.atomic_file import UnwritableFileError, replacing
from cnnviz.numerics.blocks import report_progress
from cnnviz.numerics.network import Floats
from cnnviz.numerics.tensors import TENSORS, Tensor
from cnnviz.training.errors import DebuggerError

MOST_ROWS: Final = 2_000_000
"""Numbers that a .csv file may hold, one a row."""
_BLOCK: Final = 2_000
"""Rows that are written at once; no other thread runs meanwhile."""
_CHUNK: Final = 1_000_000
"""Numbers of an .npy file that are written at once."""


def write_tensor(path: Path, name: str, values: Floats, image: int | None = None) -> None:
    """Write a tensor whole or not at all.

    The path ends in ``.npy``, or in ``.csv`` for one row per number: its indices, then its value
    with all digits that it takes to read the same number.

    `name` is the tensor's, which says what its indices count. `image` is the one whose part alone
    the values are, along an axis of length 1.

    Raises DebuggerError if the ending is another, the file would be too long, or it cannot be
    written.
    """
    ending = path.suffix.lower()
    if ending not in {".npy", ".csv"}:
        raise DebuggerError(f"{path.name} must end in .npy or .csv.")
    try:
        parts = tensor_content(ending, name, values, image)
        with replacing(path) as file:
            file.writelines(parts)
    except UnwritableFileError as error:
        raise DebuggerError(str(error)) from error


def tensor_content(
    ending: str, name: str, values: Floats, image: int | None = None
) -> Iterator[bytes]:
    """Return what `write_tensor` writes, part by part, reporting the progress in between.

    Raises UnwritableFileError if the file would be too long.
    """
    if ending == ".npy":
        return _array(values)
    if values.size > MOST_ROWS:
        raise UnwritableFileError(
            f"{values.size:,} numbers are too many for a .csv file, which holds up to "
            f"{MOST_ROWS:,} here: save them as .npy."
        )
    return _rows(TENSORS[name], values, image)


def _array(values: Floats) -> Iterator[bytes]:
    header, done = io.BytesIO(), 0
    described = np.lib.format.header_data_from_array_1_0(values) | {"fortran_order": False}
    np.lib.format.write_array_header_1_0(header, described)
    yield header.getvalue()
    chunks = np.nditer(
        values, ["external_loop", "buffered", "zerosize_ok"], buffersize=_CHUNK, order="C"
    )
    for chunk in cast("Iterator[Floats]", chunks):
        yield chunk.tobytes()
        done += chunk.size
        report_progress(done / max(1, values.size))


def _rows(tensor: Tensor, values: Floats, image: int | None) -> Iterator[bytes]:
    yield f"{','.join([*tensor.axis_titles(values.ndim), 'value'])}\n".encode()
    image_axis = None if image is None else tensor.image_axis(values.ndim)
    digits = "%.9g" if values.dtype == np.float32 else "%.17g"
    row = f"{','.join(['%d'] * values.ndim + [digits])}\n"
    flat = values.reshape(-1)
    for start in range(0, values.size, _BLOCK):
        part = np.arange(start, min(start + _BLOCK, values.size))
        indices = [axis.tolist() for axis in np.unravel_index(part, values.shape)]
        if image_axis is not None:
            indices[image_axis] = [image] * len(part)
        # Python's numbers are written several times faster than numpy's.
        numbers = zip(*indices, flat[part].tolist(), strict=True)
        yield "".join([row % number for number in numbers]).encode()
        report_progress((part[-1] + 1) / values.size)
